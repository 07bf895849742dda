"""What a model of DeepAR must show: it beats a baseline, and uses what it is given."""

import numpy as np
import pytest

pytest.importorskip("gluonts")

import torch
from built_in import measured
from forecasting import (
    START,
    STEPS,
    ask,
    job,
    lines,
    made,
    mean_loss,
    model,
    records,
    seasonal_naive,
)

from cloudlet.algorithms.deepar import METRICS
from cloudlet.algorithms.deepar.serve import load
from cloudlet.algorithms.deepar.train import train

#: On busy cores, OpenMP's threads wait for each other far longer than they work.
torch.set_num_threads(1)
VALUES, GROUP = made(60)
PAST, TRUTH = VALUES[:, :-STEPS], VALUES[:, -STEPS:]
QUANTILES = [number / 10 for number in range(1, 10)]
SETTINGS = {
    "epochs": "20",
    "num_cells": "24",
    "mini_batch_size": "32",
    "learning_rate": "0.01",
}


def answer_losses(predictor, past, truth, **fields):
    told = ask(
        predictor,
        records(past, **fields),
        output_types=["quantiles"],
        quantiles=[str(q) for q in QUANTILES],
    )
    return mean_loss(
        truth, {q: np.array([t["quantiles"][str(q)] for t in told]) for q in QUANTILES}
    )


def naive_loss(past, truth):
    """The naive forecast as all quantiles."""
    return mean_loss(truth, dict.fromkeys(QUANTILES, seasonal_naive(past)))


def gluonts_loss(seed):
    """GluonTS's own estimator with the same settings, trained and asked by itself."""
    import pandas as pd
    from gluonts.torch import DeepAREstimator

    np.random.seed(seed)
    torch.manual_seed(seed)
    data = [{"start": pd.Period(START, "D"), "target": row} for row in PAST]
    estimator = DeepAREstimator(
        freq="D",
        prediction_length=STEPS,
        context_length=14,
        num_layers=1,
        hidden_size=24,
        lr=0.01,
        batch_size=32,
        num_batches_per_epoch=10,
        trainer_kwargs={
            "max_epochs": 20,
            "accelerator": "cpu",
            "logger": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
        },
    )
    predictor = estimator.train(data, cache_data=True)
    forecasts = list(predictor.predict(data))
    return mean_loss(
        TRUTH, {q: np.array([f.quantile(q) for f in forecasts]) for q in QUANTILES}
    )


def test_it_beats_the_naive_forecast_and_equals_gluonts(
    make_container, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    container = job(
        make_container, lines(records(PAST)), lines(records(VALUES)), **SETTINGS
    )
    train(container)
    found = measured(capsys.readouterr().out, METRICS)
    (told,) = found["test:mean_wQuantileLoss"]
    naive, library = naive_loss(PAST, TRUTH), gluonts_loss(seed=1)
    assert told < 0.85 * naive
    assert told < 1.1 * library
    # The job measured what the endpoint gives.
    predictor = load(container.model)
    assert answer_losses(predictor, PAST, TRUTH) == pytest.approx(told, rel=0.02)

    # Its quantiles hold what they say.
    told = ask(predictor, records(PAST), quantiles=["0.1", "0.9"], num_samples=200)
    for quantile in (0.1, 0.9):
        bound = np.array([each["quantiles"][str(quantile)] for each in told])
        assert np.mean(bound > TRUTH) == pytest.approx(quantile, abs=0.1)

    # Cold start: series that training has not seen, of three weeks, on other levels.
    unseen = 30 * made(20, 21 + STEPS, seed=9)[0]
    past, truth = unseen[:, :-STEPS], unseen[:, -STEPS:]
    assert answer_losses(predictor, past, truth) < 0.85 * naive_loss(past, truth)


def test_the_group_stands_for_a_history(make_container):
    cat = [[int(group)] for group in GROUP]
    predictor = model(make_container, records(PAST, cat=cat), **SETTINGS)
    new = [{"start": START, "target": [], "cat": [group]} for group in (0, 1)]
    first, second = (np.array(told["mean"]) for told in ask(predictor, new))
    saturday, wednesday = slice(5, None, 7), slice(2, None, 7)
    assert (first[saturday] > 1.15 * second[saturday]).all()
    assert (second[wednesday] > 1.15 * first[wednesday]).all()


def test_a_known_future_is_used(make_container):
    random = np.random.default_rng(4)
    promotion = (random.random(VALUES.shape) < 0.15).astype(float)
    sold = VALUES * (1 + promotion)
    listed = records(sold, dynamic_feat=promotion[:, None].tolist())
    predictor = model(make_container, listed, **SETTINGS)
    plans = np.zeros((2, VALUES.shape[1] + STEPS))
    plans[1, -STEPS:] = 1
    plans[:, :-STEPS] = promotion[0]
    asked = records([sold[0]] * 2, dynamic_feat=plans[:, None].tolist())
    without, promoted = (np.array(told["mean"]) for told in ask(predictor, asked))
    assert 1.5 < promoted.sum() / without.sum() < 2.5
