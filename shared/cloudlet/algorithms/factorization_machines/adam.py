"""Adam with weight decay and clipping, for the rows of a part that occur in a batch.

Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), in the form of
MXNet's `adam_update` with `lazy_update`: weight decay is added to the gradient before
clipping, and rows that a batch does not touch keep their weights and moments.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cloudlet.algorithms.factorization_machines.machine import picked

_BETA1, _BETA2 = 0.9, 0.999


class Adam:
    """The optimiser of one part.

    Args:
        weights: updated in place.
        rate: the learning rate.
        decay: the weight decay.
        values: the job's hyperparameters, for `eps` and `clip_gradient`.
    """

    def __init__(
        self, weights: np.ndarray, rate: float, decay: float, values: Mapping[str, Any]
    ) -> None:
        self._weights = weights
        self._rate, self._decay = rate, np.float32(decay)
        self._eps = max(np.float32(values["eps"]), np.finfo(np.float32).tiny)
        self._clip = values.get("clip_gradient")
        self._mean, self._square = np.zeros_like(weights), np.zeros_like(weights)
        self._steps = 0

    def step(self, gradient: np.ndarray, rows: np.ndarray | slice) -> None:
        """One update of these rows by their gradient, which is spent."""
        self._steps += 1
        weights = picked(self._weights, rows)
        gradient += self._decay * weights
        if self._clip is not None:
            np.clip(gradient, -self._clip, self._clip, out=gradient)
        mean = _BETA1 * picked(self._mean, rows) + (1 - _BETA1) * gradient
        gradient *= gradient
        square = _BETA2 * picked(self._square, rows) + (1 - _BETA2) * gradient
        self._mean[rows], self._square[rows] = mean, square
        correction = (1 - _BETA2**self._steps) ** 0.5 / (1 - _BETA1**self._steps)
        rate = np.float32(self._rate * correction)
        self._weights[rows] = weights - rate * mean / (np.sqrt(square) + self._eps)
