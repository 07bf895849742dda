"""What the clients' programs do with Factorization Machines."""

from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from cloudlet.algorithms import record_protobuf

from . import formats

NAME = "factorization-machines"
WIDTH = 20
HYPERPARAMETERS = {
    "feature_dim": str(WIDTH),
    "num_factors": "4",
    "predictor_type": "binary_classifier",
    "epochs": "20",
    "mini_batch_size": "100",
    "linear_lr": "0.02",
    "factors_lr": "0.02",
    "factors_init_sigma": "0.1",
}
WAYS = {formats.RECORDS: dict.fromkeys(("train", "test"), formats.RECORDS)}
METRICS = (
    "test:binary_classification_accuracy",
    "test:binary_classification_cross_entropy",
    "test:binary_f_beta",
    "train:binary_classification_cross_entropy:epoch",
)
# Ten users, ten items: a user likes an item if both numbers are even or both odd, which
# neither of them tells alone.
DRAWN = np.random.default_rng(1).integers(0, 10, (1200, 2))
LABELS = (DRAWN.sum(axis=1) % 2 == 0).astype(np.float32)
ROWS = csr_matrix(
    (
        np.ones(DRAWN.size, np.float32),
        (DRAWN + np.array([0, 10])).ravel(),
        np.arange(0, DRAWN.size + 1, 2),
    ),
    shape=(len(DRAWN), WIDTH),
)


def write(folder: Path, way: str) -> None:
    """One folder for each channel, sparse records."""
    for name, part in {"train": slice(0, 1000), "test": slice(1000, 1200)}.items():
        (folder / name).mkdir()
        body = record_protobuf.write(ROWS[part], LABELS[part].tolist())
        (folder / name / "rows.pbr").write_bytes(body)


def check(predict: formats.Predict) -> None:
    """Most likings are told right, of sparse rows in each format."""
    instances = [
        {
            "data": {
                "features": {"keys": [user, 10 + item], "shape": [WIDTH]}
                | {"values": [1.0, 1.0]}
            }
        }
        for user, item in DRAWN[1000:1020].tolist()
    ]
    bodies = {
        kind: formats.lines_or_list(instances, kind)
        for kind in (formats.JSON, formats.JSON_LINES)
    }
    bodies[formats.RECORDS] = record_protobuf.write(ROWS[1000:1020])
    told = formats.answers(predict, bodies, "predictions")
    right = [r["predicted_label"] for r in told] == LABELS[1000:1020]
    assert right.sum() >= 18
    assert {0 <= record["score"] <= 1 for record in told} == {True}
