"""What the clients' programs do with LDA."""

from pathlib import Path
from typing import Any

import numpy as np

NAME = "lda"
HYPERPARAMETERS = {"num_topics": "3", "feature_dim": "12", "mini_batch_size": "400"}
CHANNELS = {"train": "text/csv;label_size=0", "test": "text/csv;label_size=0"}
METRICS = ("test:pwll",)
#: Three topics of four words each; a document's words are mostly of one topic.
TOPICS = np.kron(np.eye(3), np.full(4, 0.25))


def documents(number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts of 40 words each, and each document's mixture of topics."""
    random = np.random.default_rng(seed)
    mixtures = random.dirichlet([0.2] * 3, number)
    words = mixtures @ TOPICS
    return random.multinomial(40, words / words.sum(axis=1, keepdims=True)), mixtures


def write(folder: Path) -> None:
    """One folder for each channel."""
    for seed, (name, number) in enumerate({"train": 400, "test": 50}.items()):
        (folder / name).mkdir()
        counts = documents(number, seed)[0]
        np.savetxt(folder / name / "counts.csv", counts, delimiter=",", fmt="%d")


def check(predict: Any) -> None:
    """`predict(body, content_type, accept)` gives the answer's bytes or JSON."""
    body = "\n".join(",".join(f"{v * 160:g}" for v in topic) for topic in TOPICS)
    told = predict(body, "text/csv", "application/json")["predictions"]
    mixtures = np.array([record["topic_mixture"] for record in told])
    np.testing.assert_allclose(mixtures.sum(axis=1), 1, atol=1e-5)
    assert sorted(mixtures.argmax(axis=1)) == [0, 1, 2]
    assert mixtures.max(axis=1).min() > 0.9
