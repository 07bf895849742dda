"""What the clients' programs do with PCA."""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA

NAME = "pca"
HYPERPARAMETERS = {"num_components": "2", "feature_dim": "4", "mini_batch_size": "50"}
CHANNELS = {"train": "text/csv;label_size=0", "test": "text/csv;label_size=0"}
METRICS: tuple[str, ...] = ()
ROWS = load_iris().data.astype(np.float32)


def write(folder: Path) -> None:
    """One folder for each channel."""
    for name, rows in {"train": ROWS, "test": ROWS[100:]}.items():
        (folder / name).mkdir()
        np.savetxt(folder / name / "rows.csv", rows, delimiter=",", fmt="%.6g")


def check(predict: Any) -> None:
    """`predict(body, content_type, accept)` gives the answer's bytes or JSON."""
    body = "\n".join(",".join(f"{v:.6g}" for v in row) for row in ROWS[:10])
    told = predict(body, "text/csv", "application/json")["projections"]
    projected = [record["projection"][::-1] for record in told]
    expected = PCA(2).fit(ROWS).transform(ROWS[:10])
    np.testing.assert_allclose(np.abs(projected), np.abs(expected), atol=1e-3)
