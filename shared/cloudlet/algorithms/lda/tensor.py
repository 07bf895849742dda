"""A small symmetric tensor as a sum of cubes, by Alternating Least Squares.

T. Kolda, B. Bader, "Tensor Decompositions and Applications", SIAM Review 51 (2009),
figure 3.3: with two of the three factors held, the third is a least-squares problem.
"""

from dataclasses import dataclass

import numpy as np

#: Added to a Gram matrix of unit columns, for when two of them have become one.
_RIDGE = 1e-12


@dataclass(frozen=True)
class Decomposition:
    """What one start led to.

    Attributes:
        components: shape (rank, rank), one a column, of length 1.
        error: of the fit, relative to the tensor's length.
        iterations: how many it took.
    """

    components: np.ndarray
    error: float
    iterations: int


def decompose(
    tensor: np.ndarray, random: np.random.Generator, iterations: int, tol: float
) -> Decomposition:
    """Fit as many cubes as the tensor's side is long, from a random start.

    Args:
        tensor: shape (rank, rank, rank), symmetric.
        random: draws the start, an orthogonal matrix.
        iterations: at most so many.
        tol: ends it when the error changes by less.
    """
    rank = len(tensor)
    flat = tensor.reshape(rank, rank * rank)
    length = np.linalg.norm(flat) or 1.0
    start = np.linalg.qr(random.normal(size=(rank, rank)))[0]
    factors, error, done = [start, start, start], np.inf, 0
    for done in range(1, iterations + 1):  # noqa: B007 - told afterwards
        for place in range(3):
            factors[place], fit = _solved(flat, factors, place)
        before, error = error, float(np.sqrt(max(length**2 - fit, 0)) / length)
        if abs(before - error) < tol:
            break
    return Decomposition(factors[2], error, done)


def _solved(
    flat: np.ndarray, factors: list[np.ndarray], place: int
) -> tuple[np.ndarray, float]:
    """One factor by the other two, its columns of length 1, and how much it fits.

    The tensor is symmetric, so it looks the same from each of its three sides.
    """
    left, right = (factors[other] for other in range(3) if other != place)
    rank = left.shape[1]
    pairs = (left[:, None, :] * right[None, :, :]).reshape(-1, rank)
    target = flat @ pairs
    gram = (left.T @ left) * (right.T @ right)
    gram.flat[:: rank + 1] += _RIDGE
    factor = np.linalg.solve(gram, target.T).T
    fit = float((factor * target).sum())
    weights = np.linalg.norm(factor, axis=0)
    return factor / np.where(weights > 0, weights, 1), fit
