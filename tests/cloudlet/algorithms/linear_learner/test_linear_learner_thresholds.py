"""The threshold of a binary classifier, by each criterion."""

import numpy as np
import pytest
from trainings import BINARY, CANCER, ONE

from cloudlet.algorithms.linear_learner.thresholds import best_cut


def values_of(criterion, **more):
    return {
        "binary_classifier_model_selection_criteria": criterion,
        "target_recall": 0.8,
        "target_precision": 0.8,
        "f_beta": 2.0,
        **more,
    }


def brute_force(z, labels, criterion):
    """The criterion's best value over all thresholds, spelled out."""
    best = -1.0
    for threshold in [*z, np.inf]:
        called = z >= threshold
        hits = (called & (labels > 0)).sum()
        precision = hits / max(called.sum(), 1)
        recall = hits / labels.sum()
        beta = {"f1": 1, "f_beta": 4}.get(criterion, 0)
        f = (1 + beta) * hits / (beta * labels.sum() + called.sum() or 1)
        value = {
            "accuracy": (called == labels).mean(),
            "f1": f,
            "f_beta": f,
            "precision_at_target_recall": precision if recall >= 0.8 else -1,
            "recall_at_target_precision": recall if precision >= 0.8 else -1,
        }[criterion]
        best = max(best, value)
    return best


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "criterion",
    [
        "accuracy",
        "f1",
        "f_beta",
        "precision_at_target_recall",
        "recall_at_target_precision",
    ],
)
def test_thresholds_are_the_best_there_are(criterion, seed):
    random = np.random.default_rng(seed)
    labels = (random.random(60) < 0.4).astype(np.float32)
    # Rounded, so that outputs of both classes tie.
    z = np.round(random.normal(size=60) + 2.5 * labels, 1).astype(np.float32)
    cut = best_cut(z, labels, values_of(criterion))
    assert cut.value == pytest.approx(brute_force(z, labels, criterion))
    again = best_cut(z[z >= cut.threshold], labels[z >= cut.threshold], values_of("f1"))
    assert again.value > 0 and cut.met


def test_an_equally_good_threshold_close_to_one_half_is_taken():
    z, labels = np.array([-3.0, -1, 2, 3]), np.array([0, 0, 1, 1])
    assert best_cut(z, labels, values_of("accuracy")).threshold == 0
    assert best_cut(z + 4, labels, values_of("accuracy")).threshold == 4.5


def test_a_precision_out_of_reach_is_told(run):
    random = np.random.default_rng(0)
    rows = random.normal(size=(500, 2)), (random.random(500) < 0.3).astype(float)
    # The highest output is of a negative row however the line is drawn.
    rows[0][0], rows[1][0] = [50, 50], 0
    rows[0][1:3] = [60, -60]
    rows[1][1:3] = 0
    rows[0][3:5] = [-60, 60]
    rows[1][3:5] = 0
    given = {
        "binary_classifier_model_selection_criteria": "recall_at_target_precision",
        "target_precision": "0.99",
    }
    _, _, log = run(BINARY | ONE | given, rows)
    assert "no threshold reaches target_precision 0.99" in log


@pytest.mark.parametrize("criterion", ["cross_entropy_loss", "loss_function"])
def test_losses_leave_the_line_at_one_half(run, criterion):
    given = {"binary_classifier_model_selection_criteria": criterion}
    found, _, _ = run(BINARY | given | {"epochs": "2"}, CANCER)
    assert found.threshold == 0
