"""What the clients' programs do with BlazingText, in mode `supervised`."""

import json
from pathlib import Path

import numpy as np

from . import formats

NAME = "blazingtext"
HYPERPARAMETERS = {
    "mode": "supervised",
    "epochs": "10",
    "learning_rate": "0.2",
    "min_count": "1",
    "vector_dim": "10",
    "buckets": "1000",
}
WAYS = {
    kind: dict.fromkeys(("train", "validation"), kind)
    for kind in ("text/plain", formats.JSON_LINES)
}
METRICS = ("train:accuracy", "validation:accuracy")
WORDS = {
    "sports": ["goal", "match", "team", "coach", "season", "win"],
    "business": ["shares", "market", "profit", "bank", "quarter", "win"],
}
SENTENCES = {
    "sports": "the coach of the team saw the match",
    "business": "the bank told the market of a profit",
}


def write(folder: Path, way: str) -> None:
    """One folder for each channel."""
    random = np.random.default_rng(1)
    for name, count in {"train": 400, "validation": 100}.items():
        (folder / name).mkdir()
        lines = []
        for label in random.choice(list(WORDS), count):
            words = [*random.choice(WORDS[label], 3), *random.choice(["the", "of"], 3)]
            text = " ".join(random.permutation(words))
            if way == formats.JSON_LINES:
                lines.append(json.dumps({"source": text, "label": str(label)}))
            else:
                lines.append(f"__label__{label} {text}")
        (folder / name / "lines.txt").write_text("\n".join(lines))


def check(predict: formats.Predict) -> None:
    """Each sentence gets its label; JSON is answered in JSON, lines in lines."""
    sentences = list(SENTENCES.values())
    asked = json.dumps({"instances": sentences, "configuration": {"k": 2}}).encode()
    told = json.loads(predict(asked, formats.JSON, formats.JSON))
    asked = "\n".join(json.dumps({"source": s, "k": 2}) for s in sentences).encode()
    lines = predict(asked, formats.JSON_LINES, formats.JSON_LINES).splitlines()
    assert list(map(json.loads, lines)) == told
    first = [record["label"][0] for record in told]
    assert first == [f"__label__{label}" for label in SENTENCES]
    for record in told:
        assert len(record["label"]) == 2
        assert record["prob"][0] > 0.8
        assert abs(sum(record["prob"]) - 1) < 1e-4
