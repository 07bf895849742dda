"""Topics from the moments of the documents, by spectral tensor decomposition.

What AWS's LDA does, https://docs.aws.amazon.com/sagemaker/latest/dg/lda-how-it-works.html,
after A. Anandkumar, R. Ge, D. Hsu, S. Kakade, M. Telgarsky, "Tensor Decompositions for
Learning Latent Variable Models", JMLR 15 (2014): the second moment of words in one
document gives a whitening matrix of shape (words, topics), the whitened third moment
is a small tensor, and its components, unwhitened, are the topics.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from cloudlet.algorithms.dataset import Features
from cloudlet.algorithms.lda.counts import blocks, lengths

#: With more words than this, the second moment is never written out.
_SMALL_VOCABULARY = 2000
_NOISE = 1e-9
_CUBE = 4_000_000


@dataclass(frozen=True)
class Moments:
    """The whitened third moment, and the way back.

    Attributes:
        tensor: shape (rank, rank, rank); rank is the number of topics, or less if the
            documents do not tell as many apart.
        unwhiten: shape (words, rank).
    """

    tensor: np.ndarray
    unwhiten: np.ndarray

    def topics(self, components: np.ndarray) -> np.ndarray:
        """Components of the tensor, one a column, as distributions over words.

        Args:
            components: shape (rank, rank), of length 1, either sign.

        Returns:
            Shape (rank, words); rows sum to 1.
        """
        weights = np.einsum(
            "ijl,ir,jr,lr->r", self.tensor, *[components] * 3, optimize=True
        )
        raw: np.ndarray = np.maximum(
            (self.unwhiten @ components * np.sign(weights)).T, 0
        )
        sums = raw.sum(axis=1, keepdims=True)
        flat = 1 / raw.shape[1]
        made: np.ndarray = np.where(sums > 0, raw / np.where(sums > 0, sums, 1), flat)
        return made


def whitened(counts: Features, topics: int, alpha0: float) -> Moments:
    """The moments of documents, each with three words or more.

    Args:
        counts: shape (documents, words).
        topics: how many there are to be.
        alpha0: the sum of the Dirichlet prior's elements.
    """
    size = lengths(counts)
    first = _weighted_sum(counts, 1 / size) / len(size)
    values, vectors = _second(counts, size, first, topics, alpha0)
    kept = values > _NOISE * values.max()
    values, vectors = values[kept], vectors[:, kept]
    whitening = vectors / np.sqrt(values)
    tensor = _third(counts, size, first, whitening, alpha0)
    return Moments(tensor, vectors * np.sqrt(values))


def _second(
    counts: Features, size: np.ndarray, first: np.ndarray, topics: int, alpha0: float
) -> tuple[np.ndarray, np.ndarray]:
    """The largest eigenvalues and eigenvectors of (α0+1) E[w₁w₂ᵀ] - α0 m mᵀ."""
    weights = (alpha0 + 1) / (size * (size - 1) * len(size))
    own = _weighted_sum(counts, weights)
    words = counts.shape[1]

    def apply(right: np.ndarray) -> np.ndarray:
        made: np.ndarray = -own[:, None] * right - alpha0 * np.outer(
            first, first @ right
        )
        for place, block in blocks(counts):
            made += block.T @ (weights[place, None] * (block @ right))
        return made

    if words <= max(_SMALL_VOCABULARY, topics + 1):
        strongest = [words - topics, words - 1]
        found = scipy.linalg.eigh(apply(np.eye(words)), subset_by_index=strongest)
    else:
        from scipy.sparse.linalg import LinearOperator, eigsh

        operator = LinearOperator(
            (words, words),
            matvec=lambda v: apply(v.reshape(-1, 1)).ravel(),
            matmat=apply,
            dtype=np.float64,
        )
        found = eigsh(operator, topics, which="LA", v0=np.ones(words))
    return found[0], found[1]


def _third(
    counts: Features,
    size: np.ndarray,
    first: np.ndarray,
    whitening: np.ndarray,
    alpha0: float,
) -> np.ndarray:
    """The third moment, whitened.

    ½(α0+1)(α0+2) E[w₁w₂w₃] - ½α0(α0+1) (E[w₁w₂m] + …) + α0² m m m, where the words are
    three different ones of a document.
    """
    rank, number = whitening.shape[1], len(size)
    weights = 1 / (size * (size - 1) * (size - 2) * number)
    pairs = 1 / (size * (size - 1) * number)
    total, second = np.zeros((rank, rank, rank)), np.zeros((rank, rank))
    by_word = np.zeros((counts.shape[1], rank))
    for place, block in blocks(counts):
        seen = block @ whitening
        second += (seen * pairs[place, None]).T @ seen
        by_word += block.T @ (seen * weights[place, None])
        total += _cubes(seen, seen, seen * weights[place, None])
    second -= (whitening * _weighted_sum(counts, pairs)[:, None]).T @ whitening
    total -= _in_all_places(_cubes(whitening, whitening, by_word))
    own = _weighted_sum(counts, weights)
    total += 2 * _cubes(whitening, whitening, whitening * own[:, None])
    mean = first @ whitening
    total *= (alpha0 + 1) * (alpha0 + 2) / 2
    mixed = _in_all_places(np.multiply.outer(second, mean))
    total -= alpha0 * (alpha0 + 1) / 2 * mixed
    total += alpha0**2 * np.einsum("i,j,l->ijl", mean, mean, mean)
    return total


def _weighted_sum(counts: Features, weights: np.ndarray) -> np.ndarray:
    """Σ weight · document, shape (words,)."""
    total = np.zeros(counts.shape[1])
    for place, block in blocks(counts):
        total += block.T @ weights[place]
    return total


def _cubes(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Σₙ aₙ ⊗ bₙ ⊗ cₙ over rows n, shape (rank, rank, rank)."""
    rank = a.shape[1]
    total = np.zeros((rank * rank, rank))
    for part in _parts(len(a), rank):
        pairs = (a[part, :, None] * b[part, None, :]).reshape(-1, rank * rank)
        total += pairs.T @ c[part]
    return total.reshape(rank, rank, rank)


def _parts(rows: int, rank: int) -> Iterator[slice]:
    step = max(1, _CUBE // rank**2)
    return (slice(start, start + step) for start in range(0, rows, step))


def _in_all_places(tensor: np.ndarray) -> np.ndarray:
    """The sum over which index is the third; the other two are symmetric."""
    made: np.ndarray = tensor + tensor.transpose(0, 2, 1) + tensor.transpose(2, 1, 0)
    return made
