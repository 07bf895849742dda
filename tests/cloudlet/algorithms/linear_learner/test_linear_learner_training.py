"""Weights of rows, scales, channels, and what is left as an artefact."""

import json
import re

import numpy as np
import pytest
from built_in import CSV_LABELLED, csv
from trainings import (
    BINARY,
    CANCER,
    DIABETES,
    EXACT,
    MANY,
    ONE,
    REGRESSOR,
)

from cloudlet.algorithms import artefact
from cloudlet.algorithms.linear_learner.design import Scaler
from cloudlet.algorithms.linear_learner.train import train
from cloudlet.runner.container import ClientError


def skewed(rows=4000, share=0.05):
    random = np.random.default_rng(2)
    labels = (random.random(rows) < share).astype(np.float32)
    features = random.normal(size=(rows, 3)).astype(np.float32)
    features[:, 0] += 1.5 * labels
    return features, labels


@pytest.mark.parametrize("weight", ["balanced", "19"])
def test_positive_rows_can_weigh_more(run, weight):
    """A weighted classifier's line, where the loss has it, finds more positives."""
    rows = skewed()
    plain = {"binary_classifier_model_selection_criteria": "loss_function"}
    heavy = {"positive_example_weight_mult": weight}
    recalls = []
    for more in ({}, heavy):
        found, _, _ = run(BINARY | ONE | plain | more, rows)
        assert found.threshold == 0
        called = found.labels(found.outputs(rows[0]))
        recalls.append(called[rows[1] > 0].mean())
    assert recalls[0] < 0.2 and recalls[1] > 0.7


def test_the_weight_of_positive_rows_can_be_chosen(run):
    _, _, log = run(
        BINARY | {"positive_example_weight_mult": "auto", "epochs": "2"},
        skewed(),
        validation=skewed(),
    )
    settings = json.loads(re.findall(r"hyperparameters: (\{.*\})", log)[0])
    assert settings["positive_weight"] >= 1


def test_rare_classes_can_weigh_as_much(run):
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [1800, 1800, 60])
    features = random.normal(size=(len(labels), 3)).astype(np.float32)
    features[np.arange(len(labels)), labels] += 1.2
    given = MANY | ONE | {"num_classes": "3"}
    recalls = []
    for flag in ("false", "True"):
        more = {"balance_multiclass_weights": flag}
        found, _, _ = run(given | more, (features, labels))
        called = found.labels(found.outputs(features))
        recalls.append((called[labels == 2] == 2).mean())
    assert recalls[0] < 0.3 and recalls[1] > 0.5


def test_scaling_can_be_turned_off(run):
    """Far from zero and uneven, the data need it within a few epochs."""
    random = np.random.default_rng(0)
    features = random.normal(size=(500, 3)) * [1, 100, 10_000] + [0, 5, 50_000]
    labels = features @ [1, 0.01, 0.0001] + 7
    given = REGRESSOR | ONE | {"learning_rate": "0.05"}
    losses = {}
    for flag in ("true", "false"):
        more = {"normalize_data": flag, "unbias_data": flag}
        _, found, _ = run(given | more, (features, labels))
        losses[flag] = found["train:objective_loss"][-1]
    assert losses["true"] < 0.2 < losses["false"]


def test_without_normalized_labels_the_model_lags(run):
    losses = {}
    for flag in ("auto", "false"):
        more = {"normalize_label": flag, "unbias_label": flag}
        _, found, _ = run(REGRESSOR | ONE | more, DIABETES)
        losses[flag] = found["train:objective_loss"][-1]
    assert losses["auto"] < 3500 < losses["false"]


def test_without_bias_zero_stays_zero(run):
    found, _, _ = run(REGRESSOR | ONE | {"use_bias": "False"}, DIABETES)
    assert found.outputs(np.zeros((1, 10), np.float32)).tolist() == [[0]]


def test_a_constant_feature_does_no_harm(run):
    features, labels = DIABETES
    wide = np.column_stack([features, np.full(len(features), 3.7)])
    found, told, _ = run(REGRESSOR | ONE, (wide, labels))
    assert np.isfinite(found.weights).all()
    assert told["train:objective_loss"][-1] < 3500


def test_large_means_leave_the_scores_exact(run):
    features, labels = DIABETES
    far = features * 100 + 10_000
    _, told, _ = run(REGRESSOR | EXACT, (far, labels), test=(far, labels))
    _, near, _ = run(REGRESSOR | EXACT, DIABETES)
    assert told["test:mse"][-1] == pytest.approx(
        near["train:objective_loss"][-1], rel=0.01
    )


def test_a_scaler_keeps_what_does_not_vary():
    sample = np.array([[1, 5.0], [3, 5.0]], np.float32)
    scaler = Scaler.of(sample, unbias=True, normalize=True)
    assert (scaler.mean.tolist(), scaler.scale.tolist()) == ([2, 5], [1, 1])


def test_only_the_channels_that_there_are_are_measured(run):
    _, found, _ = run(BINARY | {"epochs": "1"}, CANCER)
    assert found.keys() == {"train:objective_loss"}


def test_an_unknown_channel_is_refused(make_container):
    files = {name: {"a": csv(*CANCER)} for name in ("train", "holdout")}
    with pytest.raises(ClientError, match="Extraneous channel found: holdout"):
        train(make_container(BINARY, files, CSV_LABELLED))


def test_the_artefact_is_a_numpy_archive(make_container):
    container = make_container(BINARY, {"train": {"a": csv(*CANCER)}}, CSV_LABELLED)
    train(container)
    with np.load(container.model / artefact.NAME) as archive:
        shapes = {name: archive[name].shape for name in ("weights", "bias", "means")}
    assert shapes == {"weights": (30, 1), "bias": (1,), "means": (30,)}
