"""What LDA says of documents, and topics that say it better: variational inference.

D. Blei, A. Ng, M. Jordan, "Latent Dirichlet Allocation", JMLR 3 (2003), sections 5.2
and 5.3. A document's topic mixture is a Dirichlet distribution with parameters γ, and
the bound is what its words' log-likelihood is at least.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammaln, psi

from cloudlet.algorithms.dataset import Features
from cloudlet.algorithms.lda.counts import blocks, lengths

#: Added to a word's count in every topic, so that none is impossible in a new document.
UNSEEN = 0.01
_ROUNDS, _SETTLED = 100, 1e-4
_TINY = 1e-300


@dataclass(frozen=True)
class Model:
    """LDA's two parameters.

    Attributes:
        alpha: the Dirichlet prior of topic mixtures, shape (topics,), positive.
        topics: β, each one's distribution over words, shape (topics, words), positive.
    """

    alpha: np.ndarray
    topics: np.ndarray


def infer(counts: Features, model: Model) -> np.ndarray:
    """γ of each document, shape (documents, topics): the sum tells how sure it is.

    A document goes on until its own mixture has settled, so an answer does not depend
    on what else is in the request.
    """
    gamma = _even(counts, model.alpha)
    for place, block in blocks(counts):
        found, open_ = gamma[place], np.arange(block.shape[0])
        for _ in range(_ROUNDS):
            old = found[open_]
            new = _updated(block, old, model)
            found[open_] = new
            sums = new.sum(axis=1)
            moved = np.abs(new - old).max(axis=1) > _SETTLED * sums
            if not moved.any():
                break
            if not moved.all():
                open_, block = open_[moved], block[moved]
    return gamma


def mixtures(gamma: np.ndarray) -> np.ndarray:
    """The expected topic mixtures, shape (documents, topics); rows sum to 1."""
    made: np.ndarray = gamma / gamma.sum(axis=1, keepdims=True)
    return made


def per_word(counts: Features, gamma: np.ndarray, model: Model) -> float:
    """The bound on the log-likelihood of the documents, divided by their words."""
    total = words = 0.0
    for place, block in blocks(counts):
        found = _probabilities(block, _weights(gamma[place]), model.topics)
        total += _log_likelihood(block, found) - _divergence(gamma[place], model.alpha)
        words += float(block.sum(dtype=np.float64))
    return total / words


def learn(
    counts: Features, model: Model, sweeps: int, enough: float
) -> tuple[Model, float]:
    """Better topics for the same prior, by variational EM, and their bound per word.

    Args:
        counts: shape (documents, words).
        model: where to start.
        sweeps: at most so many.
        enough: ends it when the bound per word grows by less.
    """
    words = float(lengths(counts).sum())
    gamma, bound = _even(counts, model.alpha), -np.inf
    for sweep in range(sweeps):
        rounds = 1 if sweep else 10
        topics, total = _swept(counts, gamma, model, rounds)
        before, bound = bound, total / words
        model = Model(model.alpha, topics)
        if sweep and bound - before < enough:
            break
    return model, bound


def smoothed(topics: np.ndarray, share: float) -> np.ndarray:
    """Topics with a share of the even distribution mixed in."""
    made: np.ndarray = (1 - share) * topics + share / topics.shape[1]
    return made


def _swept(
    counts: Features, gamma: np.ndarray, model: Model, rounds: int
) -> tuple[np.ndarray, float]:
    """One sweep: γ in place, the topics that it makes likely, the bound before."""
    made, bound = np.zeros(model.topics.T.shape), 0.0
    for place, block in blocks(counts):
        own = gamma[place]
        for _ in range(rounds):
            own = _updated(block, own, model)
        gamma[place] = own
        weights = _weights(own)
        found = _probabilities(block, weights, model.topics)
        made += _ratio(block, found).T @ weights
        bound += _log_likelihood(block, found) - _divergence(own, model.alpha)
    raw = model.topics * made.T + UNSEEN
    return raw / raw.sum(axis=1, keepdims=True), bound


def _even(counts: Features, alpha: np.ndarray) -> np.ndarray:
    return alpha + lengths(counts)[:, None] / len(alpha)


def _updated(block: Features, gamma: np.ndarray, model: Model) -> np.ndarray:
    """γ after one round of the fixed point."""
    weights = _weights(gamma)
    ratio = _ratio(block, _probabilities(block, weights, model.topics))
    made: np.ndarray = model.alpha + weights * (ratio @ model.topics.T)
    return made


def _weights(gamma: np.ndarray) -> np.ndarray:
    """exp E[log θ], shape (documents, topics)."""
    made: np.ndarray = np.exp(psi(gamma) - psi(gamma.sum(axis=1, keepdims=True)))
    return made


def _probabilities(block: Features, weights: np.ndarray, topics: np.ndarray) -> Any:
    """Σ_k weight · β of each word: of all, or of a sparse block's own."""
    if isinstance(block, np.ndarray):
        return np.maximum(weights @ topics, _TINY)
    rows = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
    by_word = np.ascontiguousarray(topics.T)
    return np.maximum(
        np.einsum("ik,ik->i", weights[rows], by_word[block.indices]), _TINY
    )


def _ratio(block: Features, probabilities: np.ndarray) -> Any:
    """Each count by its word's probability, in the block's own form."""
    if isinstance(block, np.ndarray):
        return block / probabilities
    made = block.astype(np.float64)
    made.data /= probabilities
    return made


def _log_likelihood(block: Features, probabilities: np.ndarray) -> float:
    counts = block if isinstance(block, np.ndarray) else block.data
    return float((counts * np.log(probabilities)).sum())


def _divergence(gamma: np.ndarray, alpha: np.ndarray) -> float:
    """The Kullback-Leibler divergence of mixtures from their prior, over documents."""
    sums = gamma.sum(axis=1)
    expected = psi(gamma) - psi(sums)[:, None]
    own = gammaln(sums) - gammaln(gamma).sum(axis=1)
    prior = gammaln(alpha.sum()) - gammaln(alpha).sum()
    return float((own - prior + ((gamma - alpha) * expected).sum(axis=1)).sum())
