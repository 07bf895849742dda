"""What the clients' programs do with Random Cut Forest."""

from pathlib import Path
from typing import Any

import numpy as np

NAME = "randomcutforest"
HYPERPARAMETERS = {"feature_dim": "3", "num_trees": "50", "num_samples_per_tree": "128"}
CHANNELS = {"train": "text/csv;label_size=0", "test": "text/csv;label_size=1"}
#: AWS takes no others for this algorithm.
DISTRIBUTIONS = {"train": "ShardedByS3Key", "test": "FullyReplicated"}
METRICS = ("test:f1", "test:accuracy", "test:precision", "test:recall")
ROWS = np.random.default_rng(1).normal(size=(900, 3)).astype(np.float32)
ROWS[-5:] += 12


def write(folder: Path) -> None:
    """One folder for each channel; the test channel's first column is the label."""
    labels = np.repeat([0, 1], [295, 5])
    test = np.column_stack([labels, ROWS[600:]])
    for name, rows in {"train": ROWS[:600], "test": test}.items():
        (folder / name).mkdir()
        np.savetxt(folder / name / "rows.csv", rows, delimiter=",", fmt="%.6g")


def check(predict: Any) -> None:
    """`predict(body, content_type, accept)` gives the answer's bytes or JSON."""
    body = "\n".join(",".join(f"{v:.6g}" for v in row) for row in ROWS[-10:])
    told = predict(body, "text/csv", "application/json")["scores"]
    scores = [record["score"] for record in told]
    assert len(scores) == 10
    assert min(scores) > 0
    assert min(scores[5:]) > 1.5 * max(scores[:5])
