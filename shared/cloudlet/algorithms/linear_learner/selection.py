"""Which of the parallel models is kept, and where a binary one draws its line."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from cloudlet.algorithms import log
from cloudlet.algorithms.linear_learner import thresholds
from cloudlet.algorithms.linear_learner.grid import Setting
from cloudlet.algorithms.linear_learner.hyperparameters import BINARY
from cloudlet.algorithms.linear_learner.task import Task
from cloudlet.algorithms.linear_learner.thresholds import Cut
from cloudlet.algorithms.linear_learner.watching import Rows

#: How many rows models are compared on, where the hyperparameter is `auto`.
SAMPLE = 100_000


def choose(
    rows: Rows,
    models: np.ndarray,
    losses: np.ndarray,
    settings: Sequence[Setting],
    task: Task,
) -> tuple[int, float]:
    """The number of the best model, and its threshold.

    Args:
        rows: to judge by, of the channel `validation`, or else a sample of `train`.
        models: parameters, shape (features + 1, models * columns).
        losses: of each model, shape (models,), as the `Watcher` has them.
        settings: of each model.
        task: the job's.
    """
    values = task.values
    if values["positive_example_weight_mult"] == "auto":
        # Losses with different weights cannot be compared.
        losses = rows.losses(models, task.loss([]))
    criterion = values["binary_classifier_model_selection_criteria"]
    if values["predictor_type"] != BINARY or criterion in thresholds.LOSSES:
        best, threshold = int(losses.argmin()), 0.0
    else:
        best, threshold = _by_criterion(rows, models, losses, values)
    found = json.dumps(asdict(settings[best]))
    log.info(f"Best model found for hyperparameters: {found}")
    return best, threshold


def _by_criterion(
    rows: Rows, models: np.ndarray, losses: np.ndarray, values: Mapping[str, Any]
) -> tuple[int, float]:
    """The model with the best value at its best threshold; among equals the least loss.

    The model is sought on a sample; its threshold is set on all rows, unless the sample
    was asked for.
    """
    asked = values["num_calibration_samples"]
    sample = rows.sample(SAMPLE if asked == "auto" else asked)
    sound = np.flatnonzero(np.isfinite(losses)).tolist()
    cuts = {n: _cut(sample, models[:, n, None], values) for n in sound}
    best = max(sound, key=lambda n: (cuts[n].met, cuts[n].value, -losses[n]))
    cut = cuts[best]
    if asked == "auto" and sample is not rows:
        cut = _cut(rows, models[:, best, None], values)
    if not cut.met:
        log.warning(
            f"no threshold reaches target_precision {values['target_precision']};"
            f" the most precise one is taken, {cut.value:.4f}"
        )
    criterion = values["binary_classifier_model_selection_criteria"]
    log.info(f"{criterion} is {cut.value:.6f} at the threshold {cut.threshold:.6f}")
    return best, cut.threshold


def _cut(rows: Rows, parameters: np.ndarray, values: Mapping[str, Any]) -> Cut:
    outputs = rows.design.outputs(parameters)[:, 0]
    return thresholds.best_cut(outputs, rows.labels, values)
