"""What the clients' programs do with IP Insights."""

from pathlib import Path
from typing import Any

import numpy as np

NAME = "ipinsights"
HYPERPARAMETERS = {
    "num_entity_vectors": "1000",
    "vector_dim": "16",
    "mini_batch_size": "200",
    "learning_rate": "0.02",
    "epochs": "8",
}
CHANNELS = {"train": "text/csv", "validation": "text/csv"}
METRICS = ("validation:discriminator_auc",)
ACCOUNTS = 40


def _log_in(account: int, network: int, host: int) -> str:
    """From one of the 20 networks 10.n.0.0/16, two of which an account uses."""
    return f"user_{account},10.{network % 20}.{host >> 8}.{host & 255}"


def _log_ins(rows: int) -> list[str]:
    drawn = np.random.default_rng(rows).integers(0, [ACCOUNTS, 2, 1 << 16], (rows, 3))
    return [_log_in(a, a + 7 * which, host) for a, which, host in drawn.tolist()]


def write(folder: Path) -> None:
    """One folder for each channel."""
    for name, rows in {"train": 2000, "validation": 300}.items():
        (folder / name).mkdir()
        (folder / name / "log_ins.csv").write_text("\n".join(_log_ins(rows)))


def check(predict: Any) -> None:
    """`predict(body, content_type, accept)` gives the answer's bytes or JSON."""
    real = [_log_in(account, account, 5000 + account) for account in range(ACCOUNTS)]
    stolen = [_log_in(account, account + 3, 77) for account in range(ACCOUNTS)]
    body = "\n".join(real + stolen)
    told = predict(body, "text/csv", "application/json")["predictions"]
    scores = np.array([record["dot_product"] for record in told])
    assert len(scores) == 2 * ACCOUNTS
    assert np.mean(scores[:ACCOUNTS] > 0) >= 0.9, scores
    assert np.mean(scores[ACCOUNTS:] < 0) >= 0.9, scores
    told = predict(real[0], "text/csv", "application/json;verbose=True")["predictions"]
    assert len(told[0]["ip_embedding"]) == len(told[0]["entity_embedding"]) == 16
