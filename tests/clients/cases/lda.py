"""What the clients' programs do with LDA."""

from pathlib import Path

import numpy as np

from . import formats

NAME = "lda"
HYPERPARAMETERS = {"num_topics": "3", "feature_dim": "12", "mini_batch_size": "400"}
WAYS = {
    kind: dict.fromkeys(("train", "test"), kind)
    for kind in ("text/csv;label_size=0", formats.RECORDS)
}
METRICS = ("test:pwll",)
#: Three topics of four words each; a document's words are mostly of one topic.
TOPICS = np.kron(np.eye(3), np.full(4, 0.25))


def documents(number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts of 40 words each, and each document's mixture of topics."""
    random = np.random.default_rng(seed)
    mixtures = random.dirichlet([0.2] * 3, number)
    words = mixtures @ TOPICS
    return random.multinomial(40, words / words.sum(axis=1, keepdims=True)), mixtures


def write(folder: Path, way: str) -> None:
    """One folder for each channel."""
    for seed, (name, number) in enumerate({"train": 400, "test": 50}.items()):
        formats.write_rows(folder / name, documents(number, seed)[0], None, way)


def check(predict: formats.Predict) -> None:
    """The words of one topic are of that topic."""
    bodies = {kind: formats.request(TOPICS * 160, kind) for kind in formats.ALL}
    told = formats.answers(predict, bodies, "predictions")
    mixtures = np.array([record["topic_mixture"] for record in told])
    np.testing.assert_allclose(mixtures.sum(axis=1), 1, atol=1e-5)
    assert sorted(mixtures.argmax(axis=1)) == [0, 1, 2]
    assert mixtures.max(axis=1).min() > 0.9
