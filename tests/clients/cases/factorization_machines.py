"""What the clients' programs do with Factorization Machines."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from cloudlet.algorithms import record_protobuf

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
RECORDS = "application/x-recordio-protobuf"
CHANNELS = {"train": RECORDS, "test": RECORDS}
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


def write(folder: Path) -> None:
    """One folder for each channel, sparse records."""
    for name, part in {"train": slice(0, 1000), "test": slice(1000, 1200)}.items():
        (folder / name).mkdir()
        body = record_protobuf.write(ROWS[part], LABELS[part].tolist())
        (folder / name / "rows.pbr").write_bytes(body)


def check(predict: Any) -> None:
    """`predict(body, content_type, accept)` gives the answer's bytes or JSON."""
    instances = [
        {
            "data": {
                "features": {"keys": [user, 10 + item], "shape": [WIDTH]}
                | {"values": [1.0, 1.0]}
            }
        }
        for user, item in DRAWN[1000:1020].tolist()
    ]
    body = json.dumps({"instances": instances})
    told = predict(body, "application/json", "application/json")["predictions"]
    right = [r["predicted_label"] for r in told] == LABELS[1000:1020]
    assert right.sum() >= 18
    assert {0 <= record["score"] <= 1 for record in told} == {True}
