"""What the clients' programs do with Random Cut Forest."""

from pathlib import Path

import numpy as np

from . import formats

NAME = "randomcutforest"
HYPERPARAMETERS = {"feature_dim": "3", "num_trees": "50", "num_samples_per_tree": "128"}
WAYS = {
    formats.CSV: {"train": "text/csv;label_size=0", "test": "text/csv;label_size=1"},
    formats.RECORDS: dict.fromkeys(("train", "test"), formats.RECORDS),
}
#: AWS takes no others for this algorithm.
DISTRIBUTIONS = {"train": "ShardedByS3Key", "test": "FullyReplicated"}
METRICS = ("test:f1", "test:accuracy", "test:precision", "test:recall")
ROWS = np.random.default_rng(1).normal(size=(900, 3)).astype(np.float32)
ROWS[-5:] += 12


def write(folder: Path, way: str) -> None:
    """One folder for each channel; the test channel has labels."""
    labels = np.repeat([0, 1], [295, 5])
    formats.write_rows(folder / "train", ROWS[:600], None, way)
    formats.write_rows(folder / "test", ROWS[600:], labels, way)


def check(predict: formats.Predict) -> None:
    """What is far from the rest scores higher."""
    bodies = {kind: formats.request(ROWS[-10:], kind) for kind in formats.ALL}
    told = formats.answers(predict, bodies, "scores")
    scores = [record["score"] for record in told]
    assert len(scores) == 10
    assert min(scores) > 0
    assert min(scores[5:]) > 1.5 * max(scores[:5])
