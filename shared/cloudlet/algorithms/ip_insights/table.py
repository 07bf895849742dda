"""A table of vectors, of which a batch uses a few: sums of them, and lazy Adam.

Kingma and Ba, Adam: A Method for Stochastic Optimization, https://arxiv.org/abs/1412.6980.
A vector moves only in batches that use it, and its moments count those batches alone.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix

BETAS = (0.9, 0.999)
EPSILON = 1e-8
_IN_CACHE = 512  # vectors at once: their temporary copies stay in the processor's cache


@dataclass(frozen=True)
class Uses:
    """Which vectors each row of a batch sums.

    Attributes:
        touched: the numbers of the vectors in use, each once, ascending.
        counts: shape (rows, touched), sparse: how often a row uses each.
    """

    touched: np.ndarray
    counts: csr_matrix

    @classmethod
    def of(cls, numbers: np.ndarray) -> "Uses":
        """From the vectors' numbers, shape (rows, vectors for each row)."""
        rows, width = numbers.shape
        touched, places = np.unique(numbers, return_inverse=True)
        starts = np.arange(0, rows * width + 1, width)
        ones = np.ones(rows * width, np.float32)
        shape = (rows, len(touched))
        return cls(touched, csr_matrix((ones, places.ravel(), starts), shape=shape))


@dataclass
class Table:
    """Vectors, shape (vectors, dim), and what Adam remembers of each."""

    vectors: np.ndarray
    _pending: list[tuple[Uses, np.ndarray]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._moments = np.zeros((2, *self.vectors.shape), np.float32)
        self._updates = np.zeros(len(self.vectors), np.int64)

    def sums(self, uses: Uses) -> np.ndarray:
        """For each row the sum of its vectors, shape (rows, dim)."""
        summed: np.ndarray = uses.counts @ self.vectors[uses.touched]
        return summed

    def back(self, uses: Uses, slope: np.ndarray, decay: float) -> None:
        """Take the loss's slope by the sums; `decay` is that of one use."""
        gradient = uses.counts.T @ slope
        if decay:
            used = np.asarray(uses.counts.sum(axis=0), np.float32).ravel()
            gradient += (decay * used)[:, None] * self.vectors[uses.touched]
        self._pending.append((uses, gradient))

    def update(self, rate: float) -> None:
        """Move the vectors of all slopes since the last update."""
        touched, gradient = self.gathered()
        for start in range(0, len(touched), _IN_CACHE):
            part = slice(start, start + _IN_CACHE)
            self._move(touched[part], gradient[part], rate)

    def _move(self, touched: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        self._updates[touched] += 1
        times = self._updates[touched][:, None]
        first, second = self._moments
        mean = first[touched] * BETAS[0] + (1 - BETAS[0]) * gradient
        square = second[touched] * BETAS[1] + (1 - BETAS[1]) * gradient**2
        first[touched], second[touched] = mean, square
        mean /= (1 - BETAS[0] ** times).astype(np.float32)
        square /= (1 - BETAS[1] ** times).astype(np.float32)
        self.vectors[touched] -= rate * mean / (np.sqrt(square) + EPSILON)

    def gathered(self) -> tuple[np.ndarray, np.ndarray]:
        """The vectors with a slope since the last update, and theirs; forgets them."""
        pending, self._pending = self._pending, []
        if len(pending) == 1:
            return pending[0][0].touched, pending[0][1]
        numbers = np.concatenate([uses.touched for uses, _ in pending])
        merged = Uses.of(numbers[:, None])
        gradients = np.concatenate([gradient for _, gradient in pending])
        return merged.touched, merged.counts.T @ gradients


class Adam:
    """One dense array of weights, its gradient since the last update, and Adam."""

    def __init__(self, weights: np.ndarray) -> None:
        self.weights = weights
        self.gradient = np.zeros_like(weights)
        self._moments = np.zeros((2, *weights.shape), np.float32)
        self._updates = 0

    def update(self, rate: float, decay: float) -> None:
        """Move all weights, and forget the gradient."""
        gradient = self.gradient + decay * self.weights
        self.gradient[:] = 0
        self._updates += 1
        mean, square = self._moments
        mean += (1 - BETAS[0]) * (gradient - mean)
        square += (1 - BETAS[1]) * (gradient**2 - square)
        size = rate / (1 - BETAS[0] ** self._updates)
        root = np.sqrt(square / (1 - BETAS[1] ** self._updates)) + EPSILON
        self.weights -= size * mean / root
