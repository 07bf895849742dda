"""Centres of an inverted index's lists, and the product quantiser of what is left."""

import warnings
from dataclasses import dataclass

import numpy as np

from cloudlet.algorithms.knn import neighbours
from cloudlet.algorithms.knn.hyperparameters import L2

SEED = 0
_PER_CENTER = 256
"""FAISS too draws at most so many rows for each centre that it looks for."""

_CODES = 256
_PASSES = 10
"""Of k-means, from centres drawn at random: FAISS's number for the lists' centres."""


@dataclass(frozen=True)
class Quantiser:
    """Vectors as one byte for each of their parts.

    Attributes:
        codebooks: shape (parts, codes, d / parts), float32.
    """

    codebooks: np.ndarray

    @classmethod
    def fit(cls, vectors: np.ndarray, parts: int) -> "Quantiser":
        """The codebooks for vectors of shape (n, d), where `parts` divides d."""
        codes = min(_CODES, len(vectors))
        books = [_centers(part, codes) for part in np.split(vectors, parts, axis=1)]
        return cls(np.stack(books))

    def encode(self, vectors: np.ndarray) -> np.ndarray:
        """Shape (n, d) → codes, shape (n, parts), uint8."""
        parts = np.split(vectors, len(self.codebooks), axis=1)
        codes = [
            closest(part, book, L2)
            for part, book in zip(parts, self.codebooks, strict=True)
        ]
        return np.stack(codes, axis=1).astype(np.uint8)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Codes, shape (n, parts) → vectors, shape (n, d), float32."""
        parts = self.codebooks[np.arange(codes.shape[1]), codes]
        return np.asarray(parts.reshape(len(codes), -1))


def coarse_centers(rows: np.ndarray, lists: int, metric: str) -> np.ndarray:
    """The lists' centres, shape (lists, d); for inner products they are directions."""
    if metric == L2:
        return _centers(rows, lists)
    centers = _centers(neighbours.with_length_one(rows), lists)
    return neighbours.with_length_one(centers)


def closest(rows: np.ndarray, centers: np.ndarray, metric: str) -> np.ndarray:
    """For each row the number of its closest centre, shape (n,)."""
    if metric != L2:
        return neighbours.nearest(rows, centers, 1, metric)[1][:, 0]
    from sklearn.metrics import pairwise_distances_argmin

    return np.asarray(pairwise_distances_argmin(rows, centers))


def _centers(vectors: np.ndarray, count: int) -> np.ndarray:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    most = _PER_CENTER * count
    if len(vectors) > most:
        drawn = np.random.RandomState(SEED).permutation(len(vectors))[:most]
        vectors = vectors[np.sort(drawn)]
    model = KMeans(count, init="random", n_init=1, max_iter=_PASSES, random_state=SEED)
    with warnings.catch_warnings():
        # Fewer distinct vectors than centres: some centres coincide, nothing is lost.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(np.ascontiguousarray(vectors))
    return np.asarray(model.cluster_centers_, np.float32)
