"""Jobs and answers of DeepAR: formats, options, repeatability."""

import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("gluonts")

import torch
from built_in import measured
from forecasting import START, STEPS, ask, job, lines, made, model, parquet, records

from cloudlet.algorithms import artefact
from cloudlet.algorithms.deepar import METRICS, channel
from cloudlet.algorithms.deepar.serve import VARIABLE, load
from cloudlet.algorithms.deepar.train import train
from cloudlet.algorithms.serving import ModelLoadError, PayloadError
from cloudlet.runner.container import RENDEZVOUS, ClientError

#: On busy cores, OpenMP's threads wait for each other far longer than they work.
torch.set_num_threads(1)
VALUES, GROUP = made(12, 60)
PLAIN = records(VALUES)
CAT = [[int(group), number % 3] for number, group in enumerate(GROUP)]
FULL = records(VALUES, cat=CAT, dynamic_feat=np.ones((12, 2, 60)).tolist())
AHEAD = [r | {"dynamic_feat": np.ones((2, 60 + STEPS)).tolist()} for r in FULL]
JSON_LINES = "application/jsonlines"
_kept = {}


@pytest.fixture
def plain(make_container):
    """A predictor of series alone, trained once."""
    if "plain" not in _kept:
        _kept["plain"] = model(make_container, PLAIN)
    return _kept["plain"]


@pytest.fixture
def full(make_container):
    """A predictor that takes two categories and two features, trained once."""
    if "full" not in _kept:
        _kept["full"] = model(make_container, FULL)
    return _kept["full"]


def test_metrics_and_log(make_container, capsys):
    past = records(VALUES[:, :-STEPS])
    changes = {"epochs": "3", "test_quantiles": "[0.25, 0.9]"}
    train(job(make_container, lines(past), lines(PLAIN), **changes))
    log = capsys.readouterr().out
    found = measured(log, METRICS)
    assert found.keys() == {metric.name for metric in METRICS}
    assert len(found["train:loss"]) == 3
    assert found["train:final_loss"] == [min(found["train:loss"])]
    assert found["train:progress"][-1] == 100
    scores = dict(re.findall(r"#test_score \(algo-1, (\S+)\): (\S+)", log))
    assert float(scores["RMSE"]) == found["test:RMSE"][0]
    each = [float(scores[f"wQuantileLoss[{q}]"]) for q in (0.25, 0.9)]
    assert np.mean(each) == pytest.approx(found["test:mean_wQuantileLoss"][0])
    total = np.abs(VALUES[:, -STEPS:]).sum()
    absolute = float(scores["mean_absolute_QuantileLoss"])
    assert absolute / total == pytest.approx(np.mean(each), rel=1e-4)


def test_formats_and_repetition_give_the_same_weights(make_container):
    jobs = [
        job(make_container, lines(FULL)),
        job(make_container, lines(FULL)),
        job(make_container, parquet(FULL), name="a.parquet"),
    ]
    for each in jobs:
        train(each)
    about, first = artefact.read(jobs[0].model)
    assert about["cardinality"] == [2, 3]
    assert about["num_dynamic_feat"] == 2
    for other in jobs[1:]:
        same, weights = artefact.read(other.model)
        assert same == about
        assert weights.keys() == first.keys()
        for name, array in weights.items():
            np.testing.assert_array_equal(array, first[name])
    answers = [ask(load(each.model), AHEAD[:2]) for each in jobs]
    assert answers[0] == answers[1] == answers[2]


def test_early_stopping_keeps_the_best_epoch(make_container, capsys):
    changes = {"epochs": "40", "early_stopping_patience": "1", "learning_rate": "0.1"}
    train(job(make_container, lines(PLAIN), **changes))
    found = measured(capsys.readouterr().out, METRICS)
    losses = found["train:loss"]
    assert len(losses) < 40
    assert losses[-1] >= losses[-2] == min(losses) == found["train:final_loss"][0]


def test_a_loss_that_is_not_finite_fails_the_job(make_container):
    with pytest.raises(ClientError, match="Try a lower learning_rate"):
        train(job(make_container, lines(PLAIN), learning_rate="1e30"))


@pytest.mark.parametrize(
    ("likelihood", "values"),
    [
        ("gaussian", VALUES),
        ("student-T", VALUES - 50),
        ("deterministic-L1", VALUES),
        ("beta", np.clip(VALUES / 150 - 0.2, 0, 1)),
        ("negative-binomial", np.floor(np.maximum(VALUES - 80, 0))),
    ],
)
def test_samples_are_what_the_likelihood_allows(make_container, likelihood, values):
    predictor = model(make_container, records(values), likelihood=likelihood)
    kinds = ["mean", "quantiles", "samples"]
    for told in ask(predictor, records(values), output_types=kinds, num_samples=30):
        samples = np.array(told["samples"])
        assert samples.shape == (30, STEPS)
        assert np.isfinite(samples).all()
        spread = samples.std(0).max()
        assert (spread == 0) == (likelihood == "deterministic-L1")
        if likelihood == "beta":
            assert 0 <= samples.min() <= samples.max() <= 1
        if likelihood == "negative-binomial":
            assert samples.min() >= 0
            assert (samples == np.floor(samples)).all()


def test_zeros_before_the_first_sale_do_no_harm(make_container):
    values = np.where(np.arange(60) < 40, 0, np.floor(VALUES))
    predictor = model(make_container, records(values), epochs="5")
    (told,) = ask(predictor, records(np.zeros((1, 30))))
    assert np.abs(told["mean"]).max() < 200


@pytest.mark.parametrize(
    "frequency", ["M", "2M", "W", "2W", "1D", "3D", "H", "12H", "min", "5min", "30min"]
)
def test_frequencies(make_container, frequency):
    predictor = model(make_container, PLAIN, time_freq=frequency)
    (told,) = ask(predictor, PLAIN[:1])
    assert len(told["mean"]) == STEPS
    assert np.isfinite(told["mean"]).all()


def test_what_is_ignored_is_not_asked_for(make_container):
    for cardinality, features in (("ignore", ""), ("", "ignore")):
        changes = {"cardinality": cardinality, "num_dynamic_feat": features}
        predictor = model(make_container, FULL, **changes)
        assert ask(predictor, PLAIN) == ask(predictor, AHEAD)


def test_series_that_are_too_short_are_left_out(make_container, capsys):
    short = {"start": START, "target": [1.0] * STEPS}
    train(job(make_container, lines([short, *PLAIN]), lines([short, *PLAIN])))
    log = capsys.readouterr().out
    assert "1 of 13 time series are not longer than prediction_length" in log
    assert "test:RMSE" in measured(log, METRICS)


def test_an_answer_has_what_the_configuration_asks_for(plain):
    told = ask(plain, PLAIN[:2])
    assert [list(each) for each in told] == [["quantiles", "mean"]] * 2
    assert list(told[0]["quantiles"]) == [f"0.{number}" for number in range(1, 10)]
    kinds = ["mean", "quantiles", "samples"]
    (told,) = ask(
        plain,
        PLAIN[:1],
        num_samples=50,
        output_types=kinds,
        quantiles=["0.1", "0.50", "0.9"],
    )
    samples = np.array(told["samples"])
    assert samples.shape == (50, STEPS)
    np.testing.assert_allclose(told["mean"], samples.mean(0), rtol=1e-5)
    for name in ("0.1", "0.50", "0.9"):
        quantile = np.quantile(samples, float(name), axis=0)
        np.testing.assert_allclose(told["quantiles"][name], quantile, rtol=1e-5)
    (told,) = ask(plain, PLAIN[:1], num_samples=250, output_types=["samples"])
    assert list(told) == ["samples"]
    assert len(told["samples"]) == 250


def test_json_lines(plain, make_container, monkeypatch):
    told = ask(plain, PLAIN[:3])
    body, kind = plain.predict(lines(PLAIN[:3]) + b"\n", JSON_LINES, "")
    assert kind == JSON_LINES
    assert [json.loads(line) for line in body.decode().splitlines()] == told
    body, kind = plain.predict(lines(PLAIN[:3]), JSON_LINES, "application/json")
    assert json.loads(body) == {"predictions": told}
    request = json.dumps({"instances": PLAIN[:3]}).encode()
    assert plain.predict(request, "application/json", JSON_LINES)[1] == JSON_LINES

    container = job(make_container, lines(PLAIN))
    train(container)
    asked = {"num_samples": 20, "output_types": ["mean"]}
    monkeypatch.setenv(VARIABLE, json.dumps(asked))
    body, _ = load(container.model).predict(lines(PLAIN[:3]), JSON_LINES, "")
    assert {tuple(json.loads(line)) for line in body.splitlines()} == {("mean",)}
    monkeypatch.setenv(VARIABLE, '{"output_types": ["median"]}')
    with pytest.raises(ModelLoadError, match="DEEPAR_INFERENCE_CONFIG cannot be used"):
        load(container.model)


def test_missing_values_and_the_answer_to_many_at_once(plain):
    target = [None, "NaN", *PLAIN[0]["target"]]
    asked = [PLAIN[0] | {"target": target}, {"start": "2024-03-01", "target": []}]
    for told in ask(plain, asked):
        assert np.isfinite(told["mean"]).all()
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: ask(plain, PLAIN[:4]), range(6)))
    assert all(answer == answers[0] for answer in answers)


def bad(**fields):
    return {"instances": [PLAIN[0], PLAIN[1] | fields]}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "cannot be read as application/json"),
        (b"[]", "it has no list of instances"),
        ({"instances": []}, "it has no time series"),
        ({"instances": [5]}, "time series 0: a record has to be a JSON object"),
        (bad(target=None), "time series 1: the field 'target' is missing"),
        (bad(start="soon"), "time series 1: start is 'soon'"),
        (bad(target=["x"]), "time series 1: target has to be a list of numbers"),
        ({"instances": PLAIN, "configuration": 5}, "has to be a JSON object"),
        ({"instances": PLAIN, "configuration": {"samples": 5}}, "fields ['samples']"),
        (
            {"instances": PLAIN, "configuration": {"num_samples": 0}},
            "num_samples is 0, not a whole number from 1",
        ),
        (
            {"instances": PLAIN, "configuration": {"output_types": ["median"]}},
            "output_types is ['median']; it can have ['mean', 'quantiles', 'samples']",
        ),
        (
            {"instances": PLAIN, "configuration": {"quantiles": ["p90"]}},
            "quantiles is ['p90'], not a list like",
        ),
    ],
)
def test_bad_requests_are_named(plain, body, says):
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(PayloadError) as error:
        plain.predict(sent, "application/json", "")
    assert error.value.status == 400
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cat": None}, "trained with 2 categorical features, and cat is None"),
        ({"cat": [1]}, "trained with 2 categorical features, and cat is [1]"),
        ({"cat": [0, 3]}, "a category from 0 that it has not seen"),
        ({"dynamic_feat": None}, "dynamic_feat is missing; it has to be 2 features"),
        ({"dynamic_feat": FULL[0]["dynamic_feat"]}, "2 × 60; it has to be 2 features"),
    ],
)
def test_instances_that_do_not_fit_the_model_are_named(full, change, says):
    assert len(ask(full, AHEAD[:1])) == 1
    with pytest.raises(PayloadError) as error:
        ask(full, [AHEAD[0] | change])
    assert says in str(error.value)


def test_types_that_are_not_offered(plain):
    with pytest.raises(PayloadError) as error:
        plain.predict(b"1,2", "text/csv", "")
    assert error.value.status == 415
    with pytest.raises(PayloadError) as error:
        plain.predict(lines(PLAIN), JSON_LINES, "text/csv")
    assert error.value.status == 406


def test_an_artefact_of_something_else_is_refused(make_container, tmp_path):
    with pytest.raises(ModelLoadError, match="model_algo-1 is missing"):
        load(tmp_path)
    container = job(make_container, lines(PLAIN))
    artefact.write(container, {}, centers=np.ones((2, 2)))
    with pytest.raises(ModelLoadError, match="is not one of DeepAR"):
        load(container.model)
    train(container)
    about, weights = artefact.read(container.model)
    for change in ({"num_cells": 9}, {"likelihood": "beta"}, {"lags": "x"}):
        artefact.write(container, about | change, **weights)
        with pytest.raises(ModelLoadError, match="is not one of DeepAR"):
            load(container.model)


def test_sharded_series_are_those_of_all_hosts(make_container, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv(RENDEZVOUS, f"127.0.0.1:{port}")
    containers = []
    for number, share in enumerate((FULL[:5], FULL[5:], []), 1):
        container = job(make_container, lines(share))
        resources = {
            "current_host": f"algo-{number}",
            "hosts": ["algo-1", "algo-2", "algo-3"],
        }
        config = {"train": {"S3DistributionType": "ShardedByS3Key"}}
        (container.config / "resourceconfig.json").write_text(json.dumps(resources))
        (container.config / "inputdataconfig.json").write_text(json.dumps(config))
        containers.append(container)
    with ThreadPoolExecutor() as pool:
        first, *others = pool.map(lambda c: channel.load(c, "train"), containers)
    assert others == [None, None]
    expected = channel.load(job(make_container, lines(FULL)), "train")
    assert [series.record() for series in first] == [s.record() for s in expected]
