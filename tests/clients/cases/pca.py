"""What the clients' programs do with PCA."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA

from . import formats

NAME = "pca"
HYPERPARAMETERS = {"num_components": "2", "feature_dim": "4", "mini_batch_size": "50"}
WAYS = {
    kind: dict.fromkeys(("train", "test"), kind)
    for kind in ("text/csv;label_size=0", formats.RECORDS)
}
METRICS: tuple[str, ...] = ()
ROWS = load_iris().data.astype(np.float32)


def write(folder: Path, way: str) -> None:
    """One folder for each channel."""
    for name, rows in {"train": ROWS, "test": ROWS[100:]}.items():
        formats.write_rows(folder / name, rows, None, way)


def check(predict: formats.Predict) -> None:
    """The projections are scikit-learn's, but for their signs."""
    bodies = {kind: formats.request(ROWS[:10], kind) for kind in formats.ALL}
    told = formats.answers(predict, bodies, "projections")
    projected = [record["projection"][::-1] for record in told]
    expected = PCA(2).fit(ROWS).transform(ROWS[:10])
    np.testing.assert_allclose(np.abs(projected), np.abs(expected), atol=1e-3)
