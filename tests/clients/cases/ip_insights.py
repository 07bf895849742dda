"""What the clients' programs do with IP Insights."""

import json
from pathlib import Path

import numpy as np

from . import formats

NAME = "ipinsights"
HYPERPARAMETERS = {
    "num_entity_vectors": "1000",
    "vector_dim": "16",
    "mini_batch_size": "200",
    "learning_rate": "0.02",
    "epochs": "8",
}
WAYS = {formats.CSV: dict.fromkeys(("train", "validation"), formats.CSV)}
METRICS = ("validation:discriminator_auc",)
ACCOUNTS = 40


def _log_in(account: int, network: int, host: int) -> str:
    """From one of the 20 networks 10.n.0.0/16, two of which an account uses."""
    return f"user_{account},10.{network % 20}.{host >> 8}.{host & 255}"


def _log_ins(rows: int) -> list[str]:
    drawn = np.random.default_rng(rows).integers(0, [ACCOUNTS, 2, 1 << 16], (rows, 3))
    return [_log_in(a, a + 7 * which, host) for a, which, host in drawn.tolist()]


def write(folder: Path, way: str) -> None:
    """One folder for each channel."""
    for name, rows in {"train": 2000, "validation": 300}.items():
        (folder / name).mkdir()
        (folder / name / "log_ins.csv").write_text("\n".join(_log_ins(rows)))


def check(predict: formats.Predict) -> None:
    """Log-ins from an account's own networks score above 0, stolen ones below."""
    real = [_log_in(account, account, 5000 + account) for account in range(ACCOUNTS)]
    stolen = [_log_in(account, account + 3, 77) for account in range(ACCOUNTS)]
    lines = real + stolen
    instances = [{"features": line.split(",")} for line in lines]
    bodies = {formats.CSV: "\n".join(lines).encode()} | {
        kind: formats.lines_or_list(instances, kind)
        for kind in (formats.JSON, formats.JSON_LINES)
    }
    kinds = (formats.JSON, formats.JSON_LINES)
    told = formats.answers(predict, bodies, "predictions", kinds)
    scores = np.array([record["dot_product"] for record in told])
    assert len(scores) == 2 * ACCOUNTS
    assert np.mean(scores[:ACCOUNTS] > 0) >= 0.9, scores
    assert np.mean(scores[ACCOUNTS:] < 0) >= 0.9, scores
    verbose = "application/json;verbose=True"
    body = predict(real[0].encode(), formats.CSV, verbose)
    record = json.loads(body)["predictions"][0]
    assert len(record["ip_embedding"]) == len(record["entity_embedding"]) == 16
