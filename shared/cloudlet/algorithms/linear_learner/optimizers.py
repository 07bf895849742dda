"""Steps of gradient descent for all models at once: sgd, adam and rmsprop.

Each takes the gradient, shape (features + 1, columns), and the learning rates, of the
same shape, and says how far each parameter moves, and at which pace: what a gradient of
one would have moved it. The pace is what L1's shrinkage goes by.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

Moves = tuple[np.ndarray, np.ndarray]
_EPSILON = np.float32(1e-8)
_RMSPROP_DECAY = np.float32(0.9)


class Optimizer(Protocol):
    """One of the three, with its state."""

    def step(self, gradient: np.ndarray, rates: np.ndarray) -> Moves:
        """What to take from the parameters, and the pace."""
        ...


class Sgd:
    """Gradient descent with momentum."""

    def __init__(self, shape: tuple[int, int], momentum: float) -> None:
        self._velocity = np.zeros(shape, np.float32)
        self._momentum = np.float32(momentum)

    def step(self, gradient: np.ndarray, rates: np.ndarray) -> Moves:
        """See Optimizer."""
        self._velocity *= self._momentum
        self._velocity += rates * gradient
        # A gradient of one moves a parameter by the whole series of its echoes.
        return self._velocity, rates / (1 - self._momentum)


class Adam:
    """Adam, https://arxiv.org/abs/1412.6980."""

    def __init__(self, shape: tuple[int, int], beta_1: float, beta_2: float) -> None:
        self._first, self._second = np.zeros((2, *shape), np.float32)
        self._beta_1, self._beta_2, self._steps = beta_1, beta_2, 0

    def step(self, gradient: np.ndarray, rates: np.ndarray) -> Moves:
        """See Optimizer."""
        self._steps += 1
        self._first *= np.float32(self._beta_1)
        self._first += np.float32(1 - self._beta_1) * gradient
        self._second *= np.float32(self._beta_2)
        gradient *= gradient
        gradient *= np.float32(1 - self._beta_2)
        self._second += gradient
        unbiased = np.float32(1 - self._beta_2**self._steps)
        pace = np.sqrt(self._second / unbiased)
        pace += _EPSILON
        np.divide(rates, pace, out=pace)
        return self._first * pace * np.float32(
            1 / (1 - self._beta_1**self._steps)
        ), pace


class RmsProp:
    """RMSProp: each gradient over the root of its squares' running mean."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._second = np.zeros(shape, np.float32)

    def step(self, gradient: np.ndarray, rates: np.ndarray) -> Moves:
        """See Optimizer."""
        self._second *= _RMSPROP_DECAY
        self._second += (1 - _RMSPROP_DECAY) * gradient * gradient
        pace = rates / (np.sqrt(self._second) + _EPSILON)
        return gradient * pace, pace


def momentum(values: Mapping[str, Any]) -> float:
    """Of sgd; `auto` is 0.9."""
    return _known(values, "momentum", 0.9)


def make(values: Mapping[str, Any], shape: tuple[int, int]) -> Optimizer:
    """The optimizer that the hyperparameters ask for; `auto` is adam."""
    if values["optimizer"] == "sgd":
        return Sgd(shape, momentum(values))
    if values["optimizer"] == "rmsprop":
        return RmsProp(shape)
    return Adam(shape, _known(values, "beta_1", 0.9), _known(values, "beta_2", 0.999))


def _known(values: Mapping[str, Any], name: str, default: float) -> float:
    return default if values[name] == "auto" else float(values[name])
