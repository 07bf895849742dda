"""Made series with a trend and a weekly season, jobs that learn them, and baselines."""

import gzip
import io
import json

import numpy as np
import pandas as pd

from cloudlet.algorithms.deepar.serve import load
from cloudlet.algorithms.deepar.train import train

START = "2024-01-01 00:00:00"
WEEK = 7
STEPS = 14
#: Busy at the week's end, and in its middle.
WEEKS = np.array([[0, 0, 0, 0, 0.3, 1, 0.8], [0.2, 0.8, 1, 0.8, 0.2, 0, 0]])
QUICK = {
    "context_length": "14",
    "prediction_length": str(STEPS),
    "time_freq": "D",
    "epochs": "1",
    "num_cells": "8",
    "num_layers": "1",
    "mini_batch_size": "16",
}


def made(count, length=120, seed=0, groups=2):
    """Values, shape (count, length), and the group of each; a level of its own each."""
    random = np.random.default_rng(seed)
    group = np.arange(count) % groups
    level = random.uniform(10, 200, (count, 1))
    days = np.arange(length)
    trend = 1 + random.uniform(0, 0.004, (count, 1)) * days
    season = WEEKS[group][:, days % WEEK]
    noise = 0.08 * random.standard_normal((count, length))
    return level * (trend + season + noise), group


def records(values, **fields):
    """One record a series; `fields` have a value a series."""
    return [
        {"start": START, "target": [round(float(v), 3) for v in row]}
        | {name: each[number] for name, each in fields.items()}
        for number, row in enumerate(values)
    ]


def lines(listed):
    return "\n".join(json.dumps(record) for record in listed).encode()


def zipped(listed):
    return gzip.compress(lines(listed))


def parquet(listed):
    def value(name, field):
        return [np.nan if v in (None, "NaN") else v for v in field]

    rows = [{**r, "target": value("target", r["target"])} for r in listed]
    file = io.BytesIO()
    frame = pd.DataFrame(rows)
    frame["start"] = pd.to_datetime(frame["start"])
    frame.to_parquet(file)
    return file.getvalue()


def job(make, train_file, test_file=None, name="a.json", content_type=None, **changes):
    """A container; a hyperparameter that is None is left out."""
    given = {k: v for k, v in (QUICK | changes).items() if v is not None}
    channels = {"train": {name: train_file}}
    if test_file is not None:
        channels["test"] = {name: test_file}
    return make(given, channels, content_type)


def model(make, listed, **changes):
    """The predictor that these records train."""
    container = job(make, lines(listed), **changes)
    train(container)
    return load(container.model)


def ask(predictor, instances, **configuration):
    """The predictions for instances."""
    request = {"instances": instances, "configuration": configuration}
    body, kind = predictor.predict(json.dumps(request).encode(), "", "")
    assert kind == "application/json"
    return json.loads(body)["predictions"]


def seasonal_naive(past, steps=STEPS):
    """The last week again and again, shape (series, steps)."""
    return (
        np.resize(past[:, -WEEK:], (steps // WEEK, *past[:, -WEEK:].shape))
        .swapaxes(0, 1)
        .reshape(len(past), steps)
    )


def mean_loss(truth, forecasts):
    """`mean_wQuantileLoss`, of forecasts by quantile, each of the truth's shape."""
    losses = []
    for quantile, forecast in forecasts.items():
        ahead = truth - forecast
        pinball = np.maximum(quantile * ahead, (quantile - 1) * ahead)
        losses.append(2 * pinball.sum() / np.abs(truth).sum())
    return float(np.mean(losses))
