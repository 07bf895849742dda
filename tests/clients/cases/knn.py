"""What the clients' programs do with k-NN."""

import json
from pathlib import Path

from sklearn.datasets import load_digits

from . import formats

NAME = "knn"
HYPERPARAMETERS = {
    "feature_dim": "64",
    "k": "5",
    "predictor_type": "classifier",
    "sample_size": "1000",
}
WAYS = {
    kind: dict.fromkeys(("train", "test"), kind)
    for kind in (formats.CSV, formats.RECORDS)
}
METRICS = ("test:accuracy",)
DIGITS, LABELS = load_digits(return_X_y=True)


def write(folder: Path, way: str) -> None:
    """One folder for each channel."""
    for name, part in {"train": slice(1000), "test": slice(1000, 1200)}.items():
        formats.write_rows(folder / name, DIGITS[part], LABELS[part], way)


def check(predict: formats.Predict) -> None:
    """Most digits are told right; a verbose answer has the neighbours too."""
    rows = DIGITS[1200:1220]
    bodies = {kind: formats.request(rows, kind) for kind in formats.ALL}
    told = formats.answers(predict, bodies, "predictions")
    right = [r["predicted_label"] for r in told] == LABELS[1200:1220]
    assert right.sum() >= 18
    body = predict(bodies[formats.CSV], formats.CSV, "application/json; verbose=true")
    record = json.loads(body)["predictions"][0]
    assert record["predicted_label"] == told[0]["predicted_label"]
    assert len(record["labels"]) == 5
    assert record["distances"] == sorted(record["distances"])
