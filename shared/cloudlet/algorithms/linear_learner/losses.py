"""The losses: how wrong outputs are, and which way they should move.

Outputs `z` have the shape (rows, models * columns); a model has one column, or one for
each class. `gradient` may overwrite `z` and leaves out the constant `factor`, which is
cheaper to apply to the weights' gradient. Labels of regression are normalised, and so
are the losses' own parameters (`huber_delta`, …), which the user gives in the label's
units.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from cloudlet.algorithms.linear_learner.hyperparameters import BINARY, LOSSES, REGRESSOR

Array = np.ndarray


class Loss(Protocol):
    """What descent and evaluation need of a loss.

    Attributes:
        columns: how many outputs a model has.
        factor: constant that `gradient` leaves out.
        curvature: an upper bound of the second derivative by an output.
        emphasis: what training multiplies the loss by, beside the penalties.
    """

    columns: int
    factor: float
    curvature: float
    emphasis: float

    def gradient(self, z: Array, y: Array) -> Array:
        """By the outputs, weighted: shape (rows, models * columns)."""
        ...

    def values(self, z: Array, y: Array) -> Array:
        """Of each row under each model, weighted: shape (rows, models)."""
        ...


class Binary:
    """Logistic and hinge loss; `y` is 0 or 1, `weights` those of a positive row.

    Args:
        weights: shape (models,), or None for 1.
        margin: of hinge loss; None makes the loss logistic.
    """

    columns = 1
    emphasis = 1.0

    def __init__(self, weights: Array | None, margin: float | None) -> None:
        self._weights, self._margin = weights, margin
        # tanh(z / 2) is 2 * sigmoid(z) - 1, so that one pass over z is enough.
        self.factor = 0.5 if margin is None else 1.0
        self.curvature = 0.25 if margin is None else 1.0

    def gradient(self, z: Array, y: Array) -> Array:
        """See Loss."""
        sign = (2 * y - 1)[:, None]
        if self._margin is None:
            z *= np.float32(0.5)
            np.tanh(z, out=z)
            z -= sign
        else:
            z = np.where(z * sign < self._margin, -sign, np.float32(0))
        return self._weighted(z, y)

    def values(self, z: Array, y: Array) -> Array:
        """See Loss."""
        ahead = z * (2 * y - 1)[:, None]
        if self._margin is None:
            loss = np.maximum(-ahead, 0) + np.log1p(np.exp(-np.abs(ahead)))
        else:
            loss = np.maximum(self._margin - ahead, 0)
        return self._weighted(loss, y)

    def _weighted(self, values: Array, y: Array) -> Array:
        if self._weights is not None:
            values *= 1 + y[:, None] * (self._weights - 1)
        return values


class Multiclass:
    """Softmax loss, and the hinge loss of Crammer and Singer (2001).

    Args:
        classes: how many there are; `y` is their number.
        weights: shape (classes,), or None for 1.
        margin: of hinge loss; None makes the loss softmax.
    """

    factor = 1.0
    curvature = 0.5
    emphasis = 1.0

    def __init__(
        self, classes: int, weights: Array | None, margin: float | None
    ) -> None:
        self.columns = classes
        self._weights, self._margin = weights, margin

    def gradient(self, z: Array, y: Array) -> Array:
        """See Loss."""
        cube, at = z.reshape(len(z), -1, self.columns), np.arange(len(z))
        if self._margin is None:
            cube -= cube.max(2, keepdims=True)
            np.exp(cube, out=cube)
            cube /= cube.sum(2, keepdims=True)
            cube[at, :, y] -= 1
        else:
            rival, loss = self._rivals(cube, y)
            wrong = (loss > 0).astype(np.float32)
            cube[:] = 0
            np.put_along_axis(cube, rival[:, :, None], wrong[:, :, None], 2)
            cube[at, :, y] -= wrong
        if self._weights is not None:
            cube *= self._weights[y][:, None, None]
        return cube.reshape(len(cube), -1)

    def values(self, z: Array, y: Array) -> Array:
        """See Loss."""
        cube, at = z.reshape(len(z), -1, self.columns), np.arange(len(z))
        if self._margin is None:
            top = cube.max(2)
            spread = np.log(np.exp(cube - top[:, :, None]).sum(2))
            loss = spread + top - cube[at, :, y]
        else:
            loss = self._rivals(cube, y)[1]
        if self._weights is not None:
            loss = loss * self._weights[y][:, None]
        made: Array = loss
        return made

    def _rivals(self, cube: Array, y: Array) -> tuple[Array, Array]:
        """The best of the other classes, and the loss, each (rows, models)."""
        at = np.arange(len(cube))
        own = cube[at, :, y].copy()
        others = cube.copy()
        others[at, :, y] = -np.inf
        rival = others.argmax(2)
        best = np.take_along_axis(others, rival[:, :, None], 2)[:, :, 0]
        return rival, np.maximum(np.float32(self._margin or 0) + best - own, 0)


class Regression:
    """A loss of the residual `z - y`.

    Args:
        value: from residuals to losses.
        slope: from residuals to derivatives, without `factor`.
        power: losses of labels in their own units are those of normalised labels
            times the label's scale to this power.
        factor: see Loss, without `emphasis`.
        emphasis: see Loss.
    """

    columns = 1

    def __init__(
        self,
        value: Callable[[Array], Array],
        slope: Callable[[Array], Array],
        power: int,
        factor: float = 1.0,
        emphasis: float = 1.0,
    ) -> None:
        self._value, self._slope = value, slope
        self.power, self.emphasis = power, emphasis
        self.factor = self.curvature = factor * emphasis

    def gradient(self, z: Array, y: Array) -> Array:
        """See Loss."""
        z -= y[:, None]
        return self._slope(z)

    def values(self, z: Array, y: Array) -> Array:
        """See Loss."""
        return self._value(z - y[:, None])


def name_of(values: Mapping[str, Any]) -> str:
    """The loss that is meant, `auto` resolved."""
    loss = str(values["loss"])
    return LOSSES[values["predictor_type"]][0] if loss == "auto" else loss


def classification(values: Mapping[str, Any], weights: Array | None) -> Loss:
    """The loss of a classifier.

    Args:
        values: the job's hyperparameters.
        weights: of positive rows by model, or of classes; None for 1.
    """
    margin = values["margin"] if name_of(values) == "hinge_loss" else None
    if values["predictor_type"] == BINARY:
        return Binary(weights, margin)
    return Multiclass(values["num_classes"], weights, margin)


def regression(values: Mapping[str, Any], scale: float) -> Regression:
    """The loss of a regressor whose labels are divided by `scale`."""
    eps = np.float32(values["loss_insensitivity"] / scale)
    delta = np.float32(values["huber_delta"] / scale)
    q = np.float32(values["quantile"])
    # A tiny delta in units of the label's spread would hide the loss behind `wd`.
    steepness = 1 / min(1.0, float(delta))

    def beyond(r: Array) -> Array:
        made: Array = np.maximum(np.abs(r) - eps, 0)
        return made

    def huber(r: Array) -> Array:
        size = np.abs(r)
        made: Array = np.where(size <= delta, r * r / 2, delta * (size - delta / 2))
        return made

    made = {
        "squared_loss": Regression(np.square, lambda r: r, 2, 2.0),
        "absolute_loss": Regression(np.abs, np.sign, 1),
        "eps_insensitive_squared_loss": Regression(
            lambda r: beyond(r) ** 2, lambda r: np.sign(r) * beyond(r), 2, 2.0
        ),
        "eps_insensitive_absolute_loss": Regression(
            beyond, lambda r: np.sign(r) * (np.abs(r) > eps), 1
        ),
        "quantile_loss": Regression(
            lambda r: np.maximum(-q * r, (1 - q) * r), lambda r: (r > 0) - q, 1
        ),
        "huber_loss": Regression(
            huber, lambda r: np.clip(r, -delta, delta), 2, emphasis=steepness
        ),
    }
    return made[name_of(values)]


def is_regressor(values: Mapping[str, Any]) -> bool:
    """Whether the job's predictor is one."""
    return bool(values["predictor_type"] == REGRESSOR)
