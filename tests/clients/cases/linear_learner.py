"""What the clients' programs do with Linear Learner."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer

from . import formats

NAME = "linear-learner"
HYPERPARAMETERS = {
    "predictor_type": "binary_classifier",
    "feature_dim": "30",
    "mini_batch_size": "50",
    "binary_classifier_model_selection_criteria": "precision_at_target_recall",
    "target_recall": "0.9",
}
WAYS = {
    kind: dict.fromkeys(("train", "validation", "test"), kind)
    for kind in (formats.CSV, formats.RECORDS)
}
METRICS = (
    "train:objective_loss",
    "validation:objective_loss",
    "validation:recall",
    "test:binary_classification_accuracy",
    "test:roc_auc_score",
)
FEATURES, LABELS = load_breast_cancer(return_X_y=True)


def write(folder: Path, way: str) -> None:
    """One folder for each channel."""
    parts = {"train": slice(350), "validation": slice(350, 450)}
    for name, part in {**parts, "test": slice(450, None)}.items():
        formats.write_rows(folder / name, FEATURES[part], LABELS[part], way)


def check(predict: formats.Predict) -> None:
    """Most tumours are told right."""
    bodies = {kind: formats.request(FEATURES[450:], kind) for kind in formats.ALL}
    told = formats.answers(predict, bodies, "predictions")
    labels = np.array([record["predicted_label"] for record in told])
    assert (labels == LABELS[450:]).mean() > 0.85
    assert all(0 <= record["score"] <= 1 for record in told)
