"""What the clients' programs do with Linear Learner."""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer

NAME = "linear-learner"
HYPERPARAMETERS = {
    "predictor_type": "binary_classifier",
    "feature_dim": "30",
    "mini_batch_size": "50",
    "binary_classifier_model_selection_criteria": "precision_at_target_recall",
    "target_recall": "0.9",
}
CHANNELS = {"train": "text/csv", "validation": "text/csv", "test": "text/csv"}
METRICS = (
    "train:objective_loss",
    "validation:objective_loss",
    "validation:recall",
    "test:binary_classification_accuracy",
    "test:roc_auc_score",
)
FEATURES, LABELS = load_breast_cancer(return_X_y=True)


def write(folder: Path) -> None:
    """One folder for each channel, the label first."""
    rows = np.column_stack([LABELS, FEATURES])
    parts = {"train": rows[:350], "validation": rows[350:450], "test": rows[450:]}
    for name, part in parts.items():
        (folder / name).mkdir()
        np.savetxt(folder / name / "rows.csv", part, delimiter=",", fmt="%.6g")


def check(predict: Any) -> None:
    """`predict(body, content_type, accept)` gives the answer's bytes or JSON."""
    body = "\n".join(",".join(f"{v:.6g}" for v in row) for row in FEATURES[450:])
    told = predict(body, "text/csv", "application/json")["predictions"]
    labels = np.array([record["predicted_label"] for record in told])
    assert (labels == LABELS[450:]).mean() > 0.85
    assert all(0 <= record["score"] <= 1 for record in told)
