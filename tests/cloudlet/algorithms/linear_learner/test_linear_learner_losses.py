"""Losses, optimizers and penalties find what mathematics says."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso, QuantileRegressor, Ridge
from sklearn.preprocessing import StandardScaler
from trainings import (
    BINARY,
    CANCER,
    DIABETES,
    DIGITS,
    EXACT,
    MANY,
    ONE,
    REGRESSOR,
    scaled_weights,
)

from cloudlet.algorithms.linear_learner.hyperparameters import LOSSES, TABLE
from cloudlet.algorithms.linear_learner.losses import classification, regression


@pytest.mark.parametrize(
    ("kind", "name"), [(k, n) for k, ns in LOSSES.items() for n in ns]
)
def test_a_gradient_is_the_values_slope(kind, name):
    """By finite differences, of two models at once."""
    values = TABLE.validate({"predictor_type": kind, "num_classes": "3", "loss": name})
    random = np.random.default_rng(0)
    if kind == "regressor":
        loss, labels = regression(values, 1.0), random.normal(size=20)
    else:
        classes = 2 if kind == "binary_classifier" else 3
        weights = np.array([1, 2.5] if classes == 2 else [1, 2, 0.5])
        loss, labels = classification(values, weights), random.integers(0, classes, 20)
    z, step = random.normal(size=(20, 2 * loss.columns)), 1e-6
    slope = loss.gradient(z.copy(), labels) * loss.factor
    for column in range(z.shape[1]):
        nudge = np.zeros_like(z)
        nudge[:, column] = step
        change = loss.values(z + nudge, labels) - loss.values(z - nudge, labels)
        rise = change[:, column // loss.columns] / (2 * step)
        np.testing.assert_allclose(slope[:, column], rise, atol=1e-5)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_every_optimizer_finds_the_least_squares(run, optimizer):
    features, labels = DIABETES
    given = EXACT | {"optimizer": optimizer, "epochs": "300"}
    _, found, _ = run(REGRESSOR | given, DIABETES)
    best = Ridge(1e-6).fit(features, labels).predict(features)
    least = ((best - labels) ** 2).mean()
    assert found["train:objective_loss"][-1] == pytest.approx(least, rel=0.005)


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
def test_quantile_loss_finds_the_quantile(run, q):
    features, labels = DIABETES
    given = {"loss": "quantile_loss", "quantile": str(q)}
    found, told, _ = run(REGRESSOR | EXACT | given, DIABETES)
    below = (labels < found.outputs(features.astype(np.float32))[:, 0]).mean()
    assert below == pytest.approx(q, abs=0.03)
    exact = QuantileRegressor(quantile=q, alpha=0).fit(features, labels)
    r = labels - exact.predict(features)
    least = np.maximum(q * r, (q - 1) * r).mean()
    assert told["train:objective_loss"][-1] == pytest.approx(least, rel=0.01)


def test_absolute_and_huber_loss_ignore_outliers(run):
    random = np.random.default_rng(0)
    features = random.normal(size=(600, 2)).astype(np.float32)
    labels = 3 * features[:, 0] + 5 + 0.1 * random.normal(size=600)
    labels[:60] += 200
    for loss, off in (("absolute_loss", 0), ("huber_loss", 0), ("squared_loss", 20)):
        found, _, _ = run(REGRESSOR | EXACT | {"loss": loss}, (features, labels))
        middle = found.outputs(np.zeros((1, 2), np.float32))[0, 0]
        assert middle == pytest.approx(5 + off, abs=3 if off else 0.3), loss


@pytest.mark.parametrize(
    "loss", ["eps_insensitive_squared_loss", "eps_insensitive_absolute_loss"]
)
def test_small_errors_are_none(run, loss):
    """Insensitivity is in the label's units: wider than all errors, no loss is left."""
    given = {"loss": loss, "loss_insensitivity": "1000"}
    _, found, _ = run(REGRESSOR | ONE | given, DIABETES)
    assert found["train:objective_loss"][-1] == 0
    _, found, _ = run(REGRESSOR | ONE | given | {"loss_insensitivity": "10"}, DIABETES)
    assert found["train:objective_loss"][-1] > 1


def test_wd_is_ridges_penalty(run):
    features, labels = DIABETES
    wd = 0.5
    found, _, _ = run(REGRESSOR | EXACT | {"wd": str(wd)}, DIABETES)
    scaled = StandardScaler().fit_transform(features)
    # Mean squares plus wd / 2 * |w|^2 is 1 / rows of Ridge's sum with this alpha.
    exact = Ridge(wd / 2 * len(scaled)).fit(scaled, labels).coef_
    np.testing.assert_allclose(scaled_weights(found, features), exact, atol=0.4)


def test_l1_leaves_lassos_zeros(run):
    features, labels = DIABETES
    l1 = 0.3
    found, _, _ = run(REGRESSOR | EXACT | {"l1": str(l1)}, DIABETES)
    scaled = StandardScaler().fit_transform(features)
    # Labels are scaled, and Lasso halves the mean of squares.
    exact = Lasso(l1 / 2 * labels.std()).fit(scaled, labels).coef_
    weights = scaled_weights(found, features)
    assert (weights == 0).tolist() == (exact == 0).tolist()
    assert 0 < (weights == 0).sum() < 10
    np.testing.assert_allclose(weights, exact, atol=0.5)


def test_hinge_loss_scores_are_margins(run):
    features = CANCER[0].astype(np.float32)
    found, _, _ = run(BINARY | ONE | {"loss": "hinge_loss"}, CANCER)
    outputs = found.outputs(features)
    scores = found.scores(outputs)
    assert scores.min() < -1 and scores.max() > 1
    assert (found.labels(outputs) == CANCER[1]).mean() > 0.97


def test_hinge_loss_of_many_classes(run):
    features = DIGITS[0].astype(np.float32)
    found, _, _ = run(MANY | ONE | {"loss": "hinge_loss"}, DIGITS)
    outputs = found.outputs(features)
    assert (found.scores(outputs) == outputs).all()
    assert (found.labels(outputs) == DIGITS[1]).mean() > 0.95
