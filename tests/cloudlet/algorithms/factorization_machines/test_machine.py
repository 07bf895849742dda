"""The formula, its gradient and the optimiser, against what defines them."""

from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from cloudlet.algorithms.dataset import Dataset
from cloudlet.algorithms.factorization_machines import learning
from cloudlet.algorithms.factorization_machines.adam import Adam
from cloudlet.algorithms.factorization_machines.hyperparameters import TABLE
from cloudlet.algorithms.factorization_machines.machine import Machine

RANDOM = np.random.RandomState(5)
ROWS = RANDOM.randn(12, 6) * (RANDOM.rand(12, 6) < 0.6)
MACHINE = Machine(RANDOM.randn(1), RANDOM.randn(6, 1), RANDOM.randn(6, 3))
FORMS = pytest.mark.parametrize("form", [np.asarray, csr_matrix])


def values(**more):
    given = {"feature_dim": "6", "num_factors": "3", "predictor_type": "regressor"}
    return TABLE.validate(given | more)


def by_definition(row):
    pairs = sum(
        MACHINE.factors[i] @ MACHINE.factors[j] * row[i] * row[j]
        for i, j in combinations(range(6), 2)
    )
    return MACHINE.bias[0] + row @ MACHINE.linear[:, 0] + pairs


@FORMS
def test_the_score_is_rendles_sum_over_pairs(form):
    expected = [by_definition(row) for row in ROWS]
    np.testing.assert_allclose(MACHINE.raw(form(ROWS))[0], expected)


@FORMS
def test_the_gradient_is_that_of_differences(form):
    slopes = RANDOM.randn(12)
    sums = MACHINE.raw(form(ROWS))[1]
    gradient = MACHINE.gradient(form(ROWS), slopes, sums)
    for part in ("bias", "linear", "factors"):
        weights, found = getattr(MACHINE, part), getattr(gradient, part)
        assert found.shape == weights.shape
        for place in np.ndindex(*weights.shape):
            ends = []
            for step in (1e-5, -1e-5):
                moved = {n: getattr(MACHINE, n).copy() for n in ("bias", "linear")}
                moved["factors"] = MACHINE.factors.copy()
                moved[part][place] += step
                ends.append(Machine(**moved).raw(ROWS)[0] @ slopes)
            assert found[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, abs=1e-5)


def adam_by_the_book(weights, gradients, rate):
    mean = square = np.zeros_like(weights)
    for step, gradient in enumerate(gradients, 1):
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        unbiased = mean / (1 - 0.9**step), square / (1 - 0.999**step)
        weights = weights - rate * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8)
    return weights


def test_a_step_is_adams():
    weights = np.float32([[1, -2], [3, 4]])
    gradients = RANDOM.randn(5, 2, 2).astype(np.float32)
    expected = adam_by_the_book(weights.astype(float), gradients, 0.1)
    optimiser = Adam(weights, 0.1, 0.0, values())
    for gradient in gradients.copy():
        optimiser.step(gradient, slice(None))
    np.testing.assert_allclose(weights, expected, rtol=1e-5)


def test_decay_comes_before_clipping_and_other_rows_stay():
    weights = np.float32([[10], [10], [10]])
    optimiser = Adam(weights, 0.5, 0.1, values(clip_gradient="0.25", eps="1"))
    optimiser.step(np.float32([[0], [-0.9]]), np.array([0, 2]))
    # Gradients are 1 and 0.1 with decay, clipped 0.25 and 0.1: m/(√v + eps) of each.
    first = [0.1 * g / (np.sqrt(0.001) * g + 1) for g in (0.25, 0.1)]
    rate = 0.5 * np.sqrt(0.001) / 0.1
    expected = [10 - rate * first[0], 10, 10 - rate * first[1]]
    np.testing.assert_allclose(weights[:, 0], expected, rtol=1e-6)


def test_parts_begin_as_they_are_asked():
    more = {
        "feature_dim": "5000",
        "bias_init_method": "constant",
        "bias_init_value": "-2.5",
        "linear_init_method": "uniform",
        "linear_init_scale": "0.5",
        "factors_init_sigma": "0.2",
    }
    machine = Machine.begun(values(**more), 0)
    assert machine.bias.tolist() == [-2.5]
    assert machine.linear.min() == pytest.approx(-0.5, abs=0.01)
    assert machine.linear.max() == pytest.approx(0.5, abs=0.01)
    assert machine.factors.shape == (5000, 3)
    assert machine.factors.std() == pytest.approx(0.2, rel=0.05)
    assert machine.factors.mean() == pytest.approx(0, abs=0.01)
    assert {part.dtype for part in vars(machine).values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("part", ["bias", "linear", "factors"])
def test_a_part_whose_rate_is_zero_stays(part):
    given = values(**{f"{part}_lr": "0"})
    machine, begun = Machine.begun(given, 0), Machine.begun(given, 0)
    rows = ROWS.astype(np.float32)
    list(learning.epochs(machine, Dataset(rows, rows[:, 0]), given, 0))
    stays = [n for n in vars(begun) if (vars(begun)[n] == vars(machine)[n]).all()]
    assert stays == [part]


def test_weight_decay_keeps_weights_small():
    sizes = []
    rows = RANDOM.randn(500, 6).astype(np.float32)
    data = Dataset(rows, 5 * rows[:, 0])
    for decay in ("0", "3"):
        more = {"linear_wd": decay, "linear_lr": "0.05", "epochs": "60"}
        given = values(mini_batch_size="50", **more)
        machine = Machine.begun(given, 0)
        list(learning.epochs(machine, data, given, 0))
        sizes.append(machine.linear[0, 0])
    assert sizes[0] == pytest.approx(5, rel=0.02)
    # With the loss ½(y - 5x)² and decay 3 the optimum is 5 · 1 / (1 + 3).
    assert sizes[1] == pytest.approx(1.25, rel=0.1)


def test_rescale_grad_stands_for_the_mean():
    rows = RANDOM.randn(40, 6).astype(np.float32)
    machines = []
    for more in ({}, {"rescale_grad": "0.025"}, {"rescale_grad": "25"}):
        given = values(epochs="3", mini_batch_size="40", clip_gradient="0.001", **more)
        machines.append(Machine.begun(given, 0))
        list(learning.epochs(machines[-1], Dataset(rows, rows[:, 0]), given, 0))
    factors = [machine.factors for machine in machines]
    np.testing.assert_allclose(factors[0], factors[1], rtol=1e-6)
    assert not np.allclose(factors[0], factors[2], rtol=1e-6)


def test_metrics_are_scikit_learns():
    from sklearn import metrics

    raw = RANDOM.randn(300).astype(np.float32)
    truth = (RANDOM.rand(300) < 0.4).astype(np.float32)
    told = learning.measured(raw, truth, "binary_classifier")
    score = 1 / (1 + np.exp(-raw.astype(float)))
    assert told == {
        "binary_classification_accuracy": metrics.accuracy_score(truth, score >= 0.5),
        "binary_classification_cross_entropy": pytest.approx(
            metrics.log_loss(truth, score)
        ),
        "binary_f_beta": pytest.approx(metrics.f1_score(truth, score >= 0.5)),
    }
    mse = metrics.mean_squared_error(truth, raw)
    assert learning.measured(raw, truth, "regressor") == {
        "rmse": pytest.approx(mse**0.5),
        "mse": pytest.approx(mse),
        "absolute_loss": pytest.approx(metrics.mean_absolute_error(truth, raw)),
    }
