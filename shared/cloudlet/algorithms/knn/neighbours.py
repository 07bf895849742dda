"""The nearest of some rows, by one metric, without an index.

A distance is squared Euclidean for `L2`, and 1 minus the inner product else: always
the nearest has the smallest. Rows for `COSINE` have been brought to length 1.
"""

import numpy as np

from cloudlet.algorithms.knn.hyperparameters import L2

_BLOCK = 1 << 23
"""Distances that are held at a time."""


def nearest(
    queries: np.ndarray, rows: np.ndarray, k: int, metric: str
) -> tuple[np.ndarray, np.ndarray]:
    """Distances and numbers of the nearest rows, nearest first.

    Args:
        queries: shape (n, d).
        rows: shape (m, d), m > 0.
        k: how many are wanted.
        metric: `L2`, `INNER_PRODUCT` or `COSINE`.

    Returns:
        Two arrays of shape (n, min(k, m)).
    """
    step = max(1, _BLOCK // len(rows))
    found = [
        smallest(distances(queries[begin : begin + step], rows, metric), k)
        for begin in range(0, len(queries), step)
    ]
    return (
        np.concatenate([distance for distance, _ in found]),
        np.concatenate([number for _, number in found]),
    )


def distances(queries: np.ndarray, rows: np.ndarray, metric: str) -> np.ndarray:
    """All distances, shape (n, m)."""
    if metric != L2:
        return np.asarray(1 - queries @ rows.T)
    # In float64, and about a common centre: |q|² - 2qr + |r|² cancels.
    centre = rows.mean(axis=0, dtype=np.float64)
    q, r = queries - centre, rows - centre
    squares = np.einsum("ij,ij->i", q, q)[:, None] + np.einsum("ij,ij->i", r, r)
    squares -= 2 * (q @ r.T)
    return np.asarray(np.maximum(squares, 0, out=squares))


def smallest(values: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k smallest of each line in ascending order, and their columns."""
    if k < values.shape[1]:
        columns = np.argpartition(values, k - 1, axis=1)[:, :k]
    else:
        columns = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    picked = np.take_along_axis(values, columns, 1)
    order = np.argsort(picked, axis=1, kind="stable")
    return (
        np.take_along_axis(picked, order, 1),
        np.take_along_axis(columns, order, 1),
    )


def with_length_one(rows: np.ndarray) -> np.ndarray:
    """The rows divided by their Euclidean lengths; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), np.float32)
