"""What the clients' programs do with DeepAR."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import formats

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
WAYS = {
    kind: dict.fromkeys(("train", "test"), kind)
    for kind in ("json", formats.JSON_LINES, "parquet")
}
METRICS = ("train:final_loss", "test:RMSE", "test:mean_wQuantileLoss")
DAYS = np.arange(70)
SEASON = np.array([1.0, 1.1, 1.2, 1.1, 1.5, 2.0, 1.8])[DAYS % 7]
VALUES = np.linspace(10, 50, 12)[:, None] * SEASON * (1 + 0.005 * DAYS)


def write(folder: Path, way: str) -> None:
    """One folder for each channel; training ends a week before the test data do."""
    for name, length in {"train": 70 - STEPS, "test": 70}.items():
        (folder / name).mkdir()
        records = [_record(row[:length]) for row in VALUES]
        if way == "parquet":
            pd.DataFrame(records).to_parquet(folder / name / "series.parquet")
        else:
            lines = "\n".join(map(json.dumps, records))
            (folder / name / "series.json").write_text(lines)


def check(predict: formats.Predict) -> None:
    """Quantiles and means of a week; with lines, those of the default configuration."""
    instances = [_record(row[: 70 - STEPS]) for row in VALUES[:3]]
    request = {
        "instances": instances,
        "configuration": {
            "num_samples": 20,
            "output_types": ["mean", "quantiles"],
            "quantiles": ["0.1", "0.9"],
        },
    }
    body = predict(json.dumps(request).encode(), formats.JSON, formats.JSON)
    asked = formats.lines_or_list(instances, formats.JSON_LINES)
    lines = predict(asked, formats.JSON_LINES, formats.JSON_LINES).splitlines()
    for told in (json.loads(body)["predictions"], list(map(json.loads, lines))):
        assert len(told) == 3
        for prediction in told:
            low, high = (np.array(prediction["quantiles"][q]) for q in ("0.1", "0.9"))
            assert low.shape == (STEPS,)
            assert (low <= high).all()
            assert len(prediction["mean"]) == STEPS


def _record(target: np.ndarray) -> dict[str, Any]:
    values = [round(float(value), 2) for value in target]
    return {"start": "2026-01-05 00:00:00", "target": values}
