"""What the clients' programs do with K-Means."""

from pathlib import Path

import numpy as np
from sklearn.datasets import make_blobs

from . import formats

NAME = "kmeans"
HYPERPARAMETERS = {"k": "5", "feature_dim": "4"}
WAYS = {
    kind: dict.fromkeys(("train", "test"), kind)
    for kind in ("text/csv;label_size=0", formats.RECORDS)
}
METRICS = ("train:msd", "test:msd", "test:ssd")
ROWS = make_blobs(600, 4, centers=5, random_state=1)[0].astype(np.float32)


def write(folder: Path, way: str) -> None:
    """One folder for each channel."""
    for name, rows in {"train": ROWS[:500], "test": ROWS[500:]}.items():
        formats.write_rows(folder / name, rows, None, way)


def check(predict: formats.Predict) -> None:
    """Each row is near the centre of its cluster."""
    bodies = {kind: formats.request(ROWS[:10], kind) for kind in formats.ALL}
    told = formats.answers(predict, bodies, "predictions")
    assert len(told) == 10
    assert {0 <= record["closest_cluster"] < 5 for record in told} == {True}
    assert max(record["distance_to_cluster"] for record in told) < 6
