"""Documents as word counts, shape (documents, words): blocks and samples."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from cloudlet.algorithms.dataset import Dataset, Features
from cloudlet.runner.container import ClientError

_BLOCK = 2048
#: Below this share of counts that are not 0, a sparse matrix is quicker and smaller.
_SPARSE = 0.2
_LEAST_WORDS = 3


def of_channel(data: Dataset, name: str) -> Features:
    """A channel's counts, dense or sparse, whichever suits them.

    Raises:
        ClientError: a count is negative.
    """
    features: Any = data.features
    values = features.data if data.is_sparse else features
    if values.size and values.min() < 0:
        raise ClientError(
            f"The channel '{name}' has negative values. LDA's features are counts of"
            " words: 0 or more."
        )
    return fitting(features)


def fitting(counts: Features) -> Features:
    """The same counts, dense or sparse, whichever suits them."""
    if isinstance(counts, np.ndarray):
        if np.count_nonzero(counts) >= _SPARSE * counts.size:
            return counts
        from scipy.sparse import csr_matrix

        return csr_matrix(counts)
    counts.eliminate_zeros()
    return counts


def lengths(counts: Features) -> np.ndarray:
    """The number of words of each document, float64."""
    return np.asarray(counts.sum(axis=1, dtype=np.float64)).ravel()


def usable(counts: Features, name: str) -> Features:
    """The documents with three words or more, which third moments need.

    Raises:
        ClientError: there are none.
    """
    long = lengths(counts) >= _LEAST_WORDS
    if not long.any():
        raise ClientError(
            f"No document in channel '{name}' has {_LEAST_WORDS} words or more: LDA"
            " learns from words that occur together."
        )
    return counts if long.all() else counts[long]


def sample(counts: Features, most: int) -> Features:
    """At most so many documents, evenly over all."""
    number = counts.shape[0]
    if number <= most:
        return counts
    return counts[np.linspace(0, number - 1, most).astype(int)]


def blocks(counts: Features) -> Iterator[tuple[slice, Features]]:
    """Some thousands of documents at a time, and which they are."""
    for start in range(0, counts.shape[0], _BLOCK):
        place = slice(start, start + _BLOCK)
        yield place, counts[place]
