"""Mini-batch gradient descent for all models at once.

The models' weights are the columns of one matrix, so a batch costs two matrix products
however many models there are. As on AWS, L2 (`wd`) is added to the gradient; L1 shrinks
the weights after each step, which leaves exact zeros (a proximal step). The model of an
epoch is the mean over its second half (Polyak and Juditsky, 1992), which takes out the
noise of the batches.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cloudlet.algorithms.linear_learner import optimizers
from cloudlet.algorithms.linear_learner.design import Design
from cloudlet.algorithms.linear_learner.grid import Setting
from cloudlet.algorithms.linear_learner.losses import Loss

#: AWS has no hyperparameter for it: the same data give the same model.
SEED = 0
#: Where the scheduler is left to us, the learning rate falls by a hundredth so often:
#: to a twentieth over a long job, and less in a short one, which has no time to lose.
_FACTOR, _DECAYS = 0.99, 300

Watch = Callable[[int, np.ndarray, np.ndarray], bool]
"""Told of each epoch, the parameters after it, shape (features + 1, models * columns),
and each model's penalty; says whether to stop."""


def descend(
    design: Design,
    labels: np.ndarray,
    loss: Loss,
    settings: Sequence[Setting],
    values: Mapping[str, Any],
    watch: Watch,
) -> None:
    """Train until the epochs are over or `watch` says so.

    Args:
        design: the training rows.
        labels: shape (rows,), as the loss takes them.
        loss: of all models.
        settings: one for each model.
        values: the job's hyperparameters, `mini_batch_size` among them.
        watch: told of each epoch.
    """
    rng = np.random.default_rng(SEED)
    parameters = _initial(rng, design.width, loss.columns, len(settings), values)
    job = _Job(parameters, loss, settings, values, design.rows)
    size = values["mini_batch_size"]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for epoch in range(values["epochs"]):
            order = rng.permutation(design.rows)
            starts = range(0, design.rows, size)
            for begin in starts:
                rows = order[begin : begin + size]
                job.step(design.take(rows), labels[rows])
                if begin >= starts[len(starts) // 2]:
                    job.remember()
            reached = job.epoch()
            if watch(epoch, reached, job.penalties(reached)):
                return


def _initial(
    rng: np.random.Generator,
    width: int,
    columns: int,
    models: int,
    values: Mapping[str, Any],
) -> np.ndarray:
    """All models begin at the same weights, drawn as `init_method` says."""
    if values["init_method"] == "uniform":
        scale = values["init_scale"]
        drawn = rng.uniform(-scale, scale, (width, columns))
    else:
        drawn = rng.normal(0, values["init_sigma"], (width, columns))
    bias = np.full((1, columns), values["init_bias"] if values["use_bias"] else 0)
    return np.tile(np.concatenate([drawn, bias]).astype(np.float32), (1, models))


class _Job:
    """What a step needs besides the batch."""

    def __init__(
        self,
        parameters: np.ndarray,
        loss: Loss,
        settings: Sequence[Setting],
        values: Mapping[str, Any],
        rows: int,
    ) -> None:
        def spread(name: str, bias: float) -> np.ndarray:
            """One number for each model, as a matrix like the parameters'."""
            row = [getattr(s, name) for s in settings for _ in range(loss.columns)]
            made = np.empty_like(parameters)
            made[:-1] = row
            made[-1] = np.array(row) * bias
            return made

        def known(name: str, default: float) -> float:
            return default if values[name] == "auto" else float(values[name])

        self._parameters, self._loss = parameters, loss
        bias_rate = known("bias_lr_mult", 1.0) if values["use_bias"] else 0.0
        self._full_rates = spread("learning_rate", bias_rate)
        self._rates = self._full_rates
        self._wd = spread("wd", known("bias_wd_mult", 0.0))
        self._l1 = spread("l1", 0.0)
        self._gradient = np.empty_like(parameters)
        self._optimizer = optimizers.make(values, parameters.shape)
        planned = values["epochs"] * -(-rows // values["mini_batch_size"])
        self._every = int(known("lr_scheduler_step", -(-planned // _DECAYS)))
        self._factor = known("lr_scheduler_factor", _FACTOR)
        self._floor = known("lr_scheduler_minimum_lr", 1e-5)
        self._scheduled = values["use_lr_scheduler"]
        self._steps = 0
        self._total, self._counted = np.zeros_like(parameters), 0

    def step(self, batch: Design, labels: np.ndarray) -> None:
        """Move the parameters, in place, by one batch."""
        by_output = self._loss.gradient(batch.outputs(self._parameters), labels)
        batch.gradient(by_output, out=self._gradient)
        self._gradient *= np.float32(self._loss.factor / batch.rows)
        self._gradient += self._wd * self._parameters
        move, pace = self._optimizer.step(self._gradient, self._current_rates())
        self._parameters -= move
        if self._l1.any():
            shrunk = np.maximum(np.abs(self._parameters) - pace * self._l1, 0)
            np.copysign(shrunk, self._parameters, out=self._parameters)

    def remember(self) -> None:
        """Count the parameters as they are now into the epoch's."""
        self._total += self._parameters
        self._counted += 1

    def epoch(self) -> np.ndarray:
        """The epoch's parameters: the mean of what was remembered in it.

        Where L1 is at work they are the last ones, since a mean has no exact zeros.
        """
        mean = self._total / np.float32(self._counted)
        self._total[:], self._counted = 0, 0
        return np.where(self._l1[0] > 0, self._parameters, mean)

    def penalties(self, parameters: np.ndarray) -> np.ndarray:
        """What L1 and L2 add to the loss of each model, shape (models,)."""
        each = self._wd / 2 * parameters**2 + self._l1 * np.abs(parameters)
        total: np.ndarray = each.sum(0).reshape(-1, self._loss.columns).sum(1)
        return total

    def _current_rates(self) -> np.ndarray:
        """The learning rates of this step; they fall by a factor now and then."""
        if self._scheduled and self._steps and self._steps % self._every == 0:
            decay = np.float32(self._factor ** (self._steps // self._every))
            least = np.minimum(np.float32(self._floor), self._full_rates)
            self._rates = np.maximum(self._full_rates * decay, least)
        self._steps += 1
        return self._rates


def automatic_rate(values: Mapping[str, Any], design: Design, loss: Loss) -> float:
    """The learning rate that `auto` stands for.

    For sgd it is the inverse of the loss's largest curvature, the longest step that is
    safe, and less where there are many steps. For adam and rmsprop, whose steps are as
    long as the rate, it is what takes weights of scaled features as far as they may
    have to go.
    """
    planned = values["epochs"] * -(-design.rows // values["mini_batch_size"])
    if values["optimizer"] == "sgd":
        places = np.linspace(0, design.rows - 1, min(design.rows, 10_000))
        steepest = design.take(places.astype(np.int64)).largest_curvature()
        part = min(1.0, max(10 / planned, 0.1))
        return float(part / max(loss.curvature * steepest, 1e-6))
    return float(min(max(10 / planned, 0.005), 0.1, 1 / design.width**0.5))
