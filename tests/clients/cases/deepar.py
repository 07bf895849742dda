"""What the clients' programs do with DeepAR."""

import json
from pathlib import Path
from typing import Any

import numpy as np

NAME = "forecasting-deepar"
STEPS = 7
HYPERPARAMETERS = {
    "time_freq": "D",
    "context_length": "7",
    "prediction_length": str(STEPS),
    "epochs": "2",
    "num_cells": "10",
    "num_layers": "1",
    "mini_batch_size": "16",
}
CHANNELS = {"train": "json", "test": "json"}
METRICS = ("train:final_loss", "test:RMSE", "test:mean_wQuantileLoss")
DAYS = np.arange(70)
SEASON = np.array([1.0, 1.1, 1.2, 1.1, 1.5, 2.0, 1.8])[DAYS % 7]
VALUES = np.linspace(10, 50, 12)[:, None] * SEASON * (1 + 0.005 * DAYS)


def write(folder: Path) -> None:
    """One folder for each channel; training ends a week before the test data do."""
    for name, length in {"train": 70 - STEPS, "test": 70}.items():
        (folder / name).mkdir()
        lines = [json.dumps(_record(row[:length])) for row in VALUES]
        (folder / name / "series.json").write_text("\n".join(lines))


def check(predict: Any) -> None:
    """`predict(body, content_type, accept)` gives the answer's bytes or JSON."""
    request = {
        "instances": [_record(row[: 70 - STEPS]) for row in VALUES[:3]],
        "configuration": {
            "num_samples": 20,
            "output_types": ["mean", "quantiles"],
            "quantiles": ["0.1", "0.9"],
        },
    }
    told = predict(json.dumps(request), "application/json", "application/json")
    predictions = told["predictions"]
    assert len(predictions) == 3
    for prediction in predictions:
        low, high = (np.array(prediction["quantiles"][q]) for q in ("0.1", "0.9"))
        assert low.shape == (STEPS,)
        assert (low <= high).all()
        assert len(prediction["mean"]) == STEPS


def _record(target: np.ndarray) -> dict[str, Any]:
    values = [round(float(value), 2) for value in target]
    return {"start": "2026-01-05 00:00:00", "target": values}
