"""What the clients' programs do with K-Means."""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import make_blobs

NAME = "kmeans"
HYPERPARAMETERS = {"k": "5", "feature_dim": "4"}
CHANNELS = {"train": "text/csv;label_size=0", "test": "text/csv;label_size=0"}
METRICS = ("train:msd", "test:msd", "test:ssd")
ROWS = make_blobs(600, 4, centers=5, random_state=1)[0].astype(np.float32)


def write(folder: Path) -> None:
    """One folder for each channel."""
    for name, rows in {"train": ROWS[:500], "test": ROWS[500:]}.items():
        (folder / name).mkdir()
        np.savetxt(folder / name / "rows.csv", rows, delimiter=",", fmt="%.6g")


def check(predict: Any) -> None:
    """`predict(body, content_type, accept)` gives the answer's bytes or JSON."""
    body = "\n".join(",".join(f"{v:.6g}" for v in row) for row in ROWS[:10])
    told = predict(body, "text/csv", "application/json")["predictions"]
    assert len(told) == 10
    assert {0 <= record["closest_cluster"] < 5 for record in told} == {True}
    assert max(record["distance_to_cluster"] for record in told) < 6
