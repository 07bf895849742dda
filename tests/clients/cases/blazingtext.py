"""What the clients' programs do with BlazingText, in mode `supervised`."""

import json
from pathlib import Path
from typing import Any

import numpy as np

NAME = "blazingtext"
HYPERPARAMETERS = {
    "mode": "supervised",
    "epochs": "10",
    "learning_rate": "0.2",
    "min_count": "1",
    "vector_dim": "10",
    "buckets": "1000",
}
CHANNELS = {"train": "text/plain", "validation": "text/plain"}
METRICS = ("train:accuracy", "validation:accuracy")
WORDS = {
    "sports": ["goal", "match", "team", "coach", "season", "win"],
    "business": ["shares", "market", "profit", "bank", "quarter", "win"],
}
SENTENCES = {
    "sports": "the coach of the team saw the match",
    "business": "the bank told the market of a profit",
}


def write(folder: Path) -> None:
    """One folder for each channel."""
    random = np.random.default_rng(1)
    for name, count in {"train": 400, "validation": 100}.items():
        (folder / name).mkdir()
        lines = []
        for label in random.choice(list(WORDS), count):
            words = [*random.choice(WORDS[label], 3), *random.choice(["the", "of"], 3)]
            lines.append(f"__label__{label} {' '.join(random.permutation(words))}\n")
        (folder / name / "lines.txt").write_text("".join(lines))


def check(predict: Any) -> None:
    """`predict(body, content_type, accept)` gives the answer's bytes or JSON."""
    asked = {"instances": list(SENTENCES.values()), "configuration": {"k": 2}}
    told = predict(json.dumps(asked), "application/json", "application/json")
    first = [record["label"][0] for record in told]
    assert first == [f"__label__{label}" for label in SENTENCES]
    for record in told:
        assert len(record["label"]) == 2
        assert record["prob"][0] > 0.8
        assert abs(sum(record["prob"]) - 1) < 1e-4
