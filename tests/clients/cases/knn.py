"""What the clients' programs do with k-NN."""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

NAME = "knn"
HYPERPARAMETERS = {
    "feature_dim": "64",
    "k": "5",
    "predictor_type": "classifier",
    "sample_size": "1000",
}
CHANNELS = {"train": "text/csv", "test": "text/csv"}
METRICS = ("test:accuracy",)
DIGITS, LABELS = load_digits(return_X_y=True)


def write(folder: Path) -> None:
    """One folder for each channel, the label first."""
    table = np.column_stack([LABELS, DIGITS])
    for name, rows in {"train": table[:1000], "test": table[1000:1200]}.items():
        (folder / name).mkdir()
        np.savetxt(folder / name / "rows.csv", rows, delimiter=",", fmt="%g")


def check(predict: Any) -> None:
    """`predict(body, content_type, accept)` gives the answer's bytes or JSON."""
    body = "\n".join(",".join(f"{v:g}" for v in row) for row in DIGITS[1200:1220])
    told = predict(body, "text/csv", "application/json")["predictions"]
    right = [r["predicted_label"] for r in told] == LABELS[1200:1220]
    assert right.sum() >= 18
    verbose = predict(body, "text/csv", "application/json; verbose=true")
    record = verbose["predictions"][0]
    assert record["predicted_label"] == told[0]["predicted_label"]
    assert len(record["labels"]) == 5
    assert record["distances"] == sorted(record["distances"])
