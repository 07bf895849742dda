"""The model: y = b + Σ wᵢxᵢ + Σ_{i<j} ⟨vᵢ, vⱼ⟩ xᵢxⱼ.

The sum over pairs is ½ Σ_f [(Σ vᵢf xᵢ)² - Σ vᵢf² xᵢ²], so that it costs as much as
there are values that are not zero (Rendle, "Factorization Machines", ICDM 2010,
lemma 3.1). Its gradient is linear in x and x² too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cloudlet.algorithms.dataset import Features
from cloudlet.algorithms.factorization_machines.hyperparameters import NORMAL, UNIFORM


@dataclass(frozen=True)
class Machine:
    """The weights; all float32.

    Attributes:
        bias: shape (1,).
        linear: shape (features, 1).
        factors: shape (features, num_factors).
    """

    bias: np.ndarray
    linear: np.ndarray
    factors: np.ndarray

    @classmethod
    def begun(cls, values: Mapping[str, Any], seed: int) -> "Machine":
        """As the hyperparameters initialise it."""
        random = np.random.RandomState(seed)
        width = values["feature_dim"]
        shapes = {
            "bias": (1,),
            "linear": (width, 1),
            "factors": (width, values["num_factors"]),
        }
        drawn = {part: _drawn(part, shapes[part], values, random) for part in shapes}
        return cls(**drawn)

    def of(self, columns: np.ndarray | slice) -> "Machine":
        """The machine of these features only."""
        parts = (picked(part, columns) for part in (self.linear, self.factors))
        return Machine(self.bias, *parts)

    def raw(self, rows: Features) -> tuple[np.ndarray, np.ndarray]:
        """What it gives for rows of shape (n, features).

        A sparse matrix has no entry twice (`sum_duplicates`).

        Returns:
            y, shape (n,), and the sums Σ vᵢf xᵢ, shape (n, num_factors).
        """
        sums = rows @ self.factors
        squares = squared(rows) @ (self.factors * self.factors)
        pairs = 0.5 * (sums * sums - squares).sum(axis=1)
        return self.bias + (rows @ self.linear)[:, 0] + pairs, sums

    def gradient(self, rows: Features, slopes: np.ndarray, sums: np.ndarray) -> Any:
        """The gradient of a loss by the three parts.

        Args:
            rows: shape (n, features).
            slopes: the loss's derivative by y, shape (n,).
            sums: as `raw` gives them.

        Returns:
            A Machine whose arrays are the derivatives.
        """
        across = rows.T
        own = squared(rows).T @ slopes[:, None]
        return Machine(
            slopes.sum(keepdims=True),
            across @ slopes[:, None],
            across @ (slopes[:, None] * sums) - own * self.factors,
        )


def picked(part: np.ndarray, columns: np.ndarray | slice) -> np.ndarray:
    """These rows of a part; `take` copies them much faster than an index does."""
    if isinstance(columns, slice):
        return part[columns]
    return part.take(columns, axis=0)


def squared(rows: Features) -> Features:
    """Each value squared, dense or sparse."""
    return rows * rows if isinstance(rows, np.ndarray) else rows.power(2)


def sigmoid(raw: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-y), without overflow."""
    from scipy.special import expit

    return np.asarray(expit(raw))


def _drawn(part: str, shape: Any, values: Mapping[str, Any], random: Any) -> np.ndarray:
    method = values[f"{part}_init_method"]
    if method == NORMAL:
        drawn = random.normal(0, values[f"{part}_init_sigma"], shape)
    elif method == UNIFORM:
        scale = values[f"{part}_init_scale"]
        drawn = random.uniform(-scale, scale, shape)
    else:
        drawn = np.full(shape, values[f"{part}_init_value"])
    return np.asarray(drawn, np.float32)
