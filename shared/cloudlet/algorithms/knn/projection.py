"""Dimension reduction by random projection, which keeps distances nearly as they are.

`sign` multiplies by a matrix of random signs (Achlioptas, "Database-friendly random
projections", 2003). `fjlt` is a fast Johnson-Lindenstrauss transform: random signs, an
orthogonal transform, a draw of coordinates (Ailon and Chazelle, 2006; with the cosine
transform as in Avron, Maymounkov and Toledo, "Blendenpik", 2010).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cloudlet.algorithms.knn.hyperparameters import FJLT, SIGN

_CHUNK = 1 << 22
"""Values that are transformed at a time, so that memory stays near the result's."""


@dataclass(frozen=True)
class Projection:
    """One projection; its random numbers come from the seed, so no matrix is stored.

    Attributes:
        type: `sign` or `fjlt`.
        seed: of NumPy's RandomState, whose stream no release changes.
        target_dim: how many features come out.
        input_dim: how many go in.
    """

    type: str
    seed: int
    target_dim: int
    input_dim: int

    def __post_init__(self) -> None:
        if self.type not in (SIGN, FJLT):
            raise ValueError(f"there is no dimension reduction of type {self.type!r}")

    def apply(self, rows: np.ndarray) -> np.ndarray:
        """Rows of shape (n, input_dim) as shape (n, target_dim), float32."""
        made = np.empty((len(rows), self.target_dim), np.float32)
        step = max(1, _CHUNK // self.input_dim)
        transform = self._by_signs if self.type == SIGN else self._by_cosines
        for begin in range(0, len(rows), step):
            made[begin : begin + step] = transform(rows[begin : begin + step])
        return made

    def _by_signs(self, rows: np.ndarray) -> np.ndarray:
        return np.asarray(rows @ self._signs)

    def _by_cosines(self, rows: np.ndarray) -> np.ndarray:
        from scipy.fft import dct

        signs, drawn, scale = self._fourier
        # A target above input_dim (see faiss_index_pq_m) is filled up with zeros.
        mixed = dct(rows * signs, n=self._width, axis=1, norm="ortho")
        return np.asarray(mixed[:, drawn] * scale)

    @property
    def _width(self) -> int:
        return max(self.input_dim, self.target_dim)

    @cached_property
    def _signs(self) -> np.ndarray:
        random = np.random.RandomState(self.seed)
        signs = _random_signs(random, (self.input_dim, self.target_dim))
        return np.asarray(signs / np.float32(np.sqrt(self.target_dim)))

    @cached_property
    def _fourier(self) -> tuple[np.ndarray, np.ndarray, np.float32]:
        random = np.random.RandomState(self.seed)
        signs = _random_signs(random, (self.input_dim,))
        drawn = np.sort(random.permutation(self._width)[: self.target_dim])
        return signs, drawn, np.float32(np.sqrt(self._width / self.target_dim))


def _random_signs(random: np.random.RandomState, shape: Any) -> np.ndarray:
    return np.asarray(2 * random.randint(0, 2, shape) - 1, np.float32)
