"""The rows as the models see them: scaled in place, and in batches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cloudlet.algorithms.dataset import Features

_BLOCK = 1 << 20  # numbers that are worked on at once


@dataclass(frozen=True)
class Scaler:
    """What is taken from a feature or label, and what it is then divided by.

    Attributes:
        mean: shape (features,), 0 where nothing is taken away.
        scale: shape (features,), 1 where nothing is divided.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, sample: Features, *, unbias: bool, normalize: bool) -> "Scaler":
        """Learn from a sample, shape (rows, features); a constant keeps its scale."""
        if isinstance(sample, np.ndarray):
            mean = sample.mean(0, dtype=np.float64)
            spread = sample.std(0, dtype=np.float64)
        else:
            exact = sample.astype(np.float64)
            mean = np.asarray(exact.mean(0)).ravel()
            square = np.asarray(exact.multiply(exact).mean(0)).ravel()
            spread = np.sqrt(np.maximum(square - mean**2, 0))
        spread[spread <= 1e-7 * np.abs(mean)] = 1
        return cls(
            (mean if unbias else 0 * mean).astype(np.float32),
            (spread if normalize else 0 * spread + 1).astype(np.float32),
        )


def feature_scaler(features: Features, values: Mapping[str, Any]) -> Scaler:
    """The scaler that `normalize_data`, `unbias_data` and `use_bias` ask for.

    A sample drawn evenly over the rows, since files may be sorted.
    """
    size = min(values["num_point_for_scaler"], features.shape[0])
    places = np.linspace(0, features.shape[0] - 1, size).astype(np.int64)
    unbias = values["unbias_data"]
    return Scaler.of(
        features[places],
        unbias=values["use_bias"] if unbias == "auto" else unbias,
        normalize=values["normalize_data"] is not False,
    )


class Design:
    """Scaled rows. It takes the features over: they are scaled where they lie.

    Sparse rows are divided only; what centring would change is put into each product
    instead, so that zeros stay zeros.

    Args:
        features: shape (rows, features), raw.
        scaler: for them.
    """

    def __init__(self, features: Features, scaler: Scaler) -> None:
        self.rows, self.width = (int(size) for size in features.shape)
        self._shift: np.ndarray | None = None
        if isinstance(features, np.ndarray):
            features -= scaler.mean
            features /= scaler.scale
        else:
            features.data /= scaler.scale[features.indices]
            if scaler.mean.any():
                self._shift = scaler.mean / scaler.scale
        self._features = features

    def take(self, rows: np.ndarray) -> "Design":
        """These rows as a design of their own."""
        made = object.__new__(Design)
        made.rows, made.width = len(rows), self.width
        made._shift = self._shift
        made._features = (
            self._features.take(rows, axis=0)
            if isinstance(self._features, np.ndarray)
            else self._features[rows]
        )
        return made

    def blocks(self, columns: int) -> Iterator[tuple[slice, "Design"]]:
        """All rows in parts whose outputs are about a million numbers."""
        step = max(1, _BLOCK // columns)
        for begin in range(0, self.rows, step):
            part = slice(begin, min(begin + step, self.rows))
            made = object.__new__(Design)
            made.rows, made.width = part.stop - part.start, self.width
            made._shift, made._features = self._shift, self._features[part]
            yield part, made

    def outputs(self, parameters: np.ndarray) -> np.ndarray:
        """Rows times weights, plus bias.

        Args:
            parameters: shape (features + 1, columns), the bias last.

        Returns:
            Shape (rows, columns).
        """
        weights = parameters[:-1]
        made: np.ndarray = self._features @ weights
        bias = parameters[-1]
        made += bias if self._shift is None else bias - self._shift @ weights
        return made

    def gradient(self, by_output: np.ndarray, out: np.ndarray) -> None:
        """From the gradient by outputs to that by parameters, summed over the rows."""
        total = np.ones(self.rows, np.float32) @ by_output
        if isinstance(self._features, np.ndarray):
            np.matmul(self._features.T, by_output, out=out[:-1])
        else:
            out[:-1] = self._features.T @ by_output
        if self._shift is not None:
            out[:-1] -= np.outer(self._shift, total)
        out[-1] = total

    def largest_curvature(self) -> float:
        """The largest eigenvalue of X'X / rows, by twenty power iterations."""
        vector = np.ones((self.width + 1, 1), np.float32)
        product, length = np.empty_like(vector), 1.0
        for _ in range(20):
            vector /= np.linalg.norm(vector)
            self.gradient(self.outputs(vector), product)
            length = float(np.linalg.norm(product)) / self.rows
            vector = product.copy()
            if not length:
                return 1.0
        return length
