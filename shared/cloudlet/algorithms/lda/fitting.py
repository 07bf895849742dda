"""An LDA model for documents: spectral starts, the likeliest, made better."""

from dataclasses import dataclass

import numpy as np

from cloudlet.algorithms import log
from cloudlet.algorithms.dataset import Features
from cloudlet.algorithms.lda import variational
from cloudlet.algorithms.lda.counts import sample
from cloudlet.algorithms.lda.moments import whitened
from cloudlet.algorithms.lda.tensor import decompose
from cloudlet.algorithms.lda.variational import Model

#: The starts, and documents that stand in for missing topics, are drawn from it.
SEED = 0
#: How many documents the moments, the choice of a start, and the first learning see.
_MOMENTS, _CHOICE, _FIRST = 50_000, 1_000, 5_000
#: A prior per topic that makes mixtures broad: with it, learning is rarely caught in a
#: topic that is two, or half of one.
_BROAD = 0.5
_CHOICE_SWEEPS, _SWEEPS, _COARSE, _FINE = 30, 150, 1e-4, 1e-5


@dataclass(frozen=True)
class Settings:
    """The hyperparameters, under AWS's names."""

    num_topics: int
    alpha0: float
    max_restarts: int
    max_iterations: int
    tol: float


def fit(counts: Features, settings: Settings) -> Model:
    """The topics and the prior, the most frequent topic first.

    Args:
        counts: shape (documents, words); each document has three words or more.
        settings: what is wanted.
    """
    even = np.full(settings.num_topics, settings.alpha0 / settings.num_topics)
    broad = np.maximum(even, _BROAD)
    start = Model(broad, _start(counts, settings, broad))
    first = variational.learn(sample(counts, _FIRST), start, _SWEEPS, _COARSE)[0]
    model, bound = variational.learn(counts, Model(even, first.topics), _SWEEPS, _FINE)
    log.info(f"the documents' log-likelihood per word is {bound:.4f} or more")
    return _by_frequency(counts, model, settings.alpha0)


def _start(counts: Features, settings: Settings, broad: np.ndarray) -> np.ndarray:
    """The likeliest of what `max_restarts` decompositions lead to."""
    random = np.random.default_rng(SEED)
    judged = sample(counts, _CHOICE)
    best, likeliest = np.empty(0), -np.inf
    for topics in _decomposed(counts, random, settings):
        start = _completed(topics, judged, settings.num_topics, random)
        model, bound = variational.learn(
            judged, Model(broad, start), _CHOICE_SWEEPS, _COARSE
        )
        if bound > likeliest:
            best, likeliest = model.topics, bound
    return best


def _decomposed(
    counts: Features, random: np.random.Generator, settings: Settings
) -> list[np.ndarray]:
    """The topics of each restart that comes to a solution of its own."""
    moments = whitened(sample(counts, _MOMENTS), settings.num_topics, settings.alpha0)
    found: dict[float, np.ndarray] = {}
    for restart in range(1, settings.max_restarts + 1):
        made = decompose(moments.tensor, random, settings.max_iterations, settings.tol)
        log.info(
            f"restart {restart}: error {made.error:.4f} after {made.iterations}"
            " iterations"
        )
        found.setdefault(round(made.error, 4), moments.topics(made.components))
    return list(found.values())


def _completed(
    topics: np.ndarray, counts: Features, wanted: int, random: np.random.Generator
) -> np.ndarray:
    """Positive topics, as many as wanted: documents stand in for missing ones."""
    missing = wanted - len(topics)
    if missing:
        drawn = counts[np.sort(random.integers(0, counts.shape[0], missing))]
        rows = drawn if isinstance(drawn, np.ndarray) else drawn.toarray()
        more = rows / rows.sum(axis=1, keepdims=True, dtype=np.float64)
        topics = np.concatenate([topics, variational.smoothed(more, 0.5)])
    return variational.smoothed(topics, 1e-3)


def _by_frequency(counts: Features, model: Model, alpha0: float) -> Model:
    """The prior follows how often the topics occur; its sum is `alpha0`."""
    seen = sample(counts, _FIRST)
    often = variational.mixtures(variational.infer(seen, model)).mean(axis=0)
    order = np.argsort(-often, kind="stable")
    return Model(alpha0 * often[order], model.topics[order])
