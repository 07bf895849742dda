"""One step of learning: real pairs, shuffled ones, random addresses, and their slopes.

The loss is the mean cross entropy of sigmoid(score) over the pairs of a batch and the
negative samples that go with them, source:
https://docs.aws.amazon.com/sagemaker/latest/dg/ip-insights-howitworks.html.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from cloudlet.algorithms.ip_insights.network import Network, dots
from cloudlet.algorithms.ip_insights.table import Uses

_AT_ONCE = 1 << 14


@dataclass(frozen=True)
class How:
    """How to learn: the hyperparameters of these names."""

    learning_rate: float
    weight_decay: float
    random_negative_sampling_rate: int
    shuffled_negative_sampling_rate: int


@dataclass(frozen=True)
class Batch:
    """Pairs to learn from.

    Attributes:
        entities: the numbers of their vectors, shape (pairs,).
        addresses: uint32, shape (pairs,).
        prefixes: the numbers of theirs, shape (pairs, lengths).
    """

    entities: np.ndarray
    addresses: np.ndarray
    prefixes: np.ndarray

    @classmethod
    def of(cls, network: Network, slots: np.ndarray, addresses: np.ndarray) -> "Batch":
        """All pairs; each slot has to have a vector."""
        entities = np.searchsorted(network.slots, slots)
        return cls(entities, addresses, network.encoder.prefixes.numbers(addresses))

    def __len__(self) -> int:
        return len(self.addresses)

    def __getitem__(self, chosen: np.ndarray) -> "Batch":
        return Batch(
            self.entities[chosen], self.addresses[chosen], self.prefixes[chosen]
        )


def learn(network: Network, batch: Batch, how: How, rng: np.random.Generator) -> float:
    """One step of Adam; the mean loss before it, without the weight decay."""
    loss = find_slopes(network, batch, how, rng)
    network.table.update(how.learning_rate)
    network.encoder.update(how.learning_rate, how.weight_decay)
    return loss


def find_slopes(
    network: Network, batch: Batch, how: How, rng: np.random.Generator
) -> float:
    """Leave the loss's slopes with the network's tables and layers; the loss."""
    many, shuffled = len(batch), how.shuffled_negative_sampling_rate
    total = many * (1 + how.random_negative_sampling_rate + shuffled)
    decay = how.weight_decay / many
    uses = Uses.of(batch.entities[:, None])
    entities = network.table.sums(uses)
    slope = np.zeros_like(entities)
    encoded, tape = network.encoder.encode(batch.addresses, batch.prefixes)
    back = np.zeros_like(encoded)
    loss = 0.0
    for order, real in _pairings(many, shuffled, rng):
        other = encoded[order]
        by_score, lost = _by_score(dots(entities, other), real, total)
        loss += lost
        slope += by_score[:, None] * other
        back[order] += by_score[:, None] * entities
    network.encoder.back(tape, back, decay)
    for repeats in _repeats(how.random_negative_sampling_rate, many):
        lost, more = _against_random(network, entities, repeats, total, rng)
        loss += lost
        slope += more
    network.table.back(uses, slope, decay)
    return loss


def random_addresses(many: int, rng: np.random.Generator) -> np.ndarray:
    """Of all of IPv4, uint32."""
    return rng.integers(0, 1 << 32, many, np.uint32)


def _against_random(
    network: Network,
    entities: np.ndarray,
    repeats: int,
    total: int,
    rng: np.random.Generator,
) -> tuple[float, np.ndarray]:
    """Random addresses for each entity: the loss, and its slope by the entities."""
    many, dim = entities.shape
    addresses = random_addresses(repeats * many, rng)
    numbers = network.encoder.prefixes.numbers(addresses)
    encoded, tape = network.encoder.encode(addresses, numbers)
    shaped = encoded.reshape(repeats, many, dim)
    scores = np.einsum("rbd,bd->rb", shaped, entities)
    by_score, loss = _by_score(scores, False, total)
    back = by_score[:, :, None] * entities
    network.encoder.back(tape, back.reshape(-1, dim), 0)
    return loss, np.einsum("rb,rbd->bd", by_score, shaped)


def _pairings(
    many: int, shuffled: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, bool]]:
    """Which address goes with each entity, and whether that is real."""
    yield np.arange(many), True
    for _ in range(shuffled):
        yield rng.permutation(many), False


def _repeats(rate: int, many: int) -> Iterator[int]:
    """`rate` in parts, so that few addresses are in memory at once."""
    most = max(1, _AT_ONCE // many)
    for done in range(0, rate, most):
        yield min(most, rate - done)


def _by_score(scores: np.ndarray, real: bool, total: int) -> tuple[np.ndarray, float]:
    """The slope of the mean cross entropy by each score, and their share of it."""
    lost = np.logaddexp(0, -scores if real else scores)
    slope = (expit(scores) - np.float32(real)) / np.float32(total)
    return slope, float(lost.sum()) / total
