"""The strongest components of rows: exactly, or by a random sketch.

https://docs.aws.amazon.com/sagemaker/latest/dg/how-pca-works.html, and for what follows
the sketch: N. Halko, P. G. Martinsson, J. A. Tropp, "Finding Structure with
Randomness", SIAM Review 53 (2011), algorithm 4.4. Rows are float32, dense or sparse,
and are centred a block at a time, so no copy of the data is made.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from cloudlet.algorithms.dataset import Features

#: Passes over the rows after the sketch, at most, and the relative growth of what the
#: components hold below which another pass is not worth while.
PASSES, ENOUGH = 7, 1e-10
_LEAST_ROWS = 4096


@dataclass(frozen=True)
class Rows:
    """Rows and how to go through them.

    Args:
        features: shape (rows, features), float32, dense or sparse.
        mean: what is subtracted from each, shape (features,), float64.
        batch: how many rows to take at once.
    """

    features: Features
    mean: np.ndarray
    batch: int

    def blocks(self) -> Iterator[Features]:
        """The rows as they are, some thousands at a time."""
        size = max(self.batch, _LEAST_ROWS)
        for start in range(0, self.features.shape[0], size):
            yield self.features[start : start + size]

    @property
    def dense(self) -> bool:
        """Whether they are no sparse matrix."""
        return isinstance(self.features, np.ndarray)


@dataclass(frozen=True)
class Components:
    """What `regular` and `randomized` find, the strongest last.

    Attributes:
        values: singular values of the centred rows, shape (components,), ascending.
        vectors: shape (features, components); their lengths are 1.
        total: the sum of squares of all centred values.
    """

    values: np.ndarray
    vectors: np.ndarray
    total: float


def mean_of(features: Features) -> np.ndarray:
    """The mean of each feature, shape (features,), float64."""
    mean: np.ndarray
    if not isinstance(features, np.ndarray):
        mean = _sums(features) / features.shape[0]
        return mean
    # BLAS adds float32 in float32: what is far from zero, as what it is beyond a guess.
    guess = features[:_LEAST_ROWS].mean(axis=0, dtype=np.float64).astype(np.float32)
    beyond = np.zeros(features.shape[1])
    for block in Rows(features, guess, _LEAST_ROWS).blocks():
        beyond += np.ones(block.shape[0], np.float32) @ (block - guess)
    mean = guess + beyond / features.shape[0]
    return mean


def sum_of_squares(rows: Rows) -> float:
    """Of all centred values."""
    total = 0.0
    for block in rows.blocks():
        if rows.dense:
            centred = (block - rows.mean.astype(np.float32)).ravel()
            total += float(centred @ centred)
        else:
            shift = (block.shape[0] * rows.mean - 2 * _sums(block)) @ rows.mean
            total += float(np.square(block.data, dtype=np.float64).sum() + shift)
    return total


def regular(rows: Rows, count: int) -> Components:
    """The components by LAPACK: of the covariance matrix, or of the rows if those are
    fewer than features.
    """
    height, width = rows.features.shape
    if height < width:
        dense = rows.features if rows.dense else rows.features.toarray()
        _, values, transposed = scipy.linalg.svd(
            dense - rows.mean, full_matrices=False, overwrite_a=True
        )
        strongest, vectors = values[count - 1 :: -1], transposed[count - 1 :: -1].T
        return _ordered(strongest, vectors, float(values @ values))
    scatter = _scatter(rows)
    squares, vectors = scipy.linalg.eigh(
        scatter, subset_by_index=[width - count, width - 1]
    )
    return _ordered(np.sqrt(np.maximum(squares, 0)), vectors, float(scatter.trace()))


def randomized(rows: Rows, count: int, extra: int, seed: int) -> Components:
    """The components by a sketch of `count + extra` rows, and passes that refine it."""
    height, width = rows.features.shape
    basis = _basis(_sketch(rows, min(count + extra, height, width), seed))
    held = 0.0
    for _ in range(PASSES):
        image, inner = _applied(rows, basis)
        before, held = held, float(np.trace(inner))
        if held - before <= ENOUGH * held:
            break
        basis = _basis(image)
    else:
        inner = _applied(rows, basis)[1]
    squares, turn = scipy.linalg.eigh(inner)
    values = np.sqrt(np.maximum(squares[-count:], 0))
    return _ordered(values, basis @ turn[:, -count:], sum_of_squares(rows))


def _sums(matrix: Features) -> np.ndarray:
    """Of a sparse matrix's columns; scipy's own would add in float32."""
    width = matrix.shape[1]
    return np.bincount(matrix.indices, weights=matrix.data, minlength=width)


def _scatter(rows: Rows) -> np.ndarray:
    """Σ (x - mean)ᵀ(x - mean), shape (features, features), in float64."""
    width = rows.features.shape[1]
    total = np.zeros((width, width))
    for block in rows.blocks():
        if rows.dense:
            centred = _centred(block, rows)
            total += centred.T @ centred
        else:
            wide = block.astype(np.float64)
            total += (wide.T @ wide).toarray()
    if not rows.dense:
        total -= rows.features.shape[0] * np.outer(rows.mean, rows.mean)
    return total


def _sketch(rows: Rows, height: int, seed: int) -> np.ndarray:
    """Random signs times the centred rows, transposed: shape (features, height).

    AWS's C = B - (1/n) hᵀs, where a row's signs are drawn in the order of the rows; so
    the sketch does not depend on how they fall into mini-batches.
    """
    random = np.random.default_rng(seed)
    total = np.zeros((rows.features.shape[1], height))
    for block in rows.blocks():
        signs = random.integers(0, 2, (block.shape[0], height), np.int8)
        total += _transposed(block, signs.astype(np.float32) * 2 - 1, rows)
    return total


def _applied(rows: Rows, basis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """With centred rows X and basis Q: XᵀXQ, and QᵀXᵀXQ."""
    image = np.zeros(basis.shape)
    inner = np.zeros((basis.shape[1], basis.shape[1]))
    for block in rows.blocks():
        seen = _centred(block, rows) @ basis.astype(np.float32)
        if not rows.dense:
            seen = seen - rows.mean @ basis
        image += _transposed(block, seen, rows)
        inner += seen.T.astype(np.float64) @ seen
    return image, inner


def _transposed(block: Features, right: np.ndarray, rows: Rows) -> np.ndarray:
    """(x - mean)ᵀ times what has a row for each x."""
    product: np.ndarray = _centred(block, rows).T @ right
    if not rows.dense:
        product = product - np.outer(rows.mean, right.sum(axis=0, dtype=np.float64))
    return product


def _centred(block: Features, rows: Rows) -> Features:
    """Dense rows less their mean; sparse ones stay as they are."""
    return block - rows.mean.astype(np.float32) if rows.dense else block


def _basis(columns: np.ndarray) -> np.ndarray:
    """Orthonormal columns that span the same space."""
    made: np.ndarray = scipy.linalg.qr(columns, mode="economic", check_finite=False)[0]
    return made


def _ordered(values: np.ndarray, vectors: np.ndarray, total: float) -> Components:
    """With the signs of scikit-learn: a component's largest entry is positive."""
    largest = np.abs(vectors).argmax(axis=0)
    signs = np.where(vectors[largest, np.arange(vectors.shape[1])] < 0, -1.0, 1.0)
    return Components(values, vectors * signs, total)
