"""The model: vectors of entities, the encoder of addresses, and the log odds of pairs.

The score of a pair is the dot product of both embeddings, source:
https://docs.aws.amazon.com/sagemaker/latest/dg/ip-insights-howitworks.html.
"""

from collections.abc import Mapping

import numpy as np

from cloudlet.algorithms.ip_insights.encoder import Encoder
from cloudlet.algorithms.ip_insights.prefixes import Prefixes
from cloudlet.algorithms.ip_insights.table import Table

_AT_ONCE = 1 << 14
ARRAYS = (
    "entity_slots",
    "entity_vectors",
    "prefixes",
    "prefix_vectors",
    "bit_weights",
    "layer_weights",
)


class Network:
    """A model in training or in service.

    Args:
        slots: those of the entities that have a vector, ascending, uint32.
        vectors: theirs, shape (slots, dim), float32.
        encoder: that of the addresses.
    """

    def __init__(
        self, slots: np.ndarray, vectors: np.ndarray, encoder: Encoder
    ) -> None:
        self.slots, self.table, self.encoder = slots, Table(vectors), encoder

    @classmethod
    def start(
        cls,
        slots: np.ndarray,
        addresses: np.ndarray,
        dim: int,
        layers: int,
        rng: np.random.Generator,
    ) -> "Network":
        """Before training on these pairs: small random vectors."""
        known = np.unique(slots)
        vectors = rng.normal(0, 1 / np.sqrt(dim), (len(known), dim))
        encoder = Encoder.start(Prefixes.seen(addresses), dim, layers, rng)
        return cls(known, vectors.astype(np.float32), encoder)

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> "Network":
        """From the arrays of an artefact."""
        encoder = Encoder(Prefixes(arrays["prefixes"]), arrays)
        return cls(arrays["entity_slots"], arrays["entity_vectors"], encoder)

    def arrays(self) -> dict[str, np.ndarray]:
        """Those of an artefact, named as in ARRAYS."""
        own = {"entity_slots": self.slots, "entity_vectors": self.table.vectors}
        return own | self.encoder.arrays()

    def embeddings(
        self, slots: np.ndarray, addresses: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Of entities and of addresses, each of shape (pairs, dim), float32."""
        at = np.minimum(np.searchsorted(self.slots, slots), len(self.slots) - 1)
        known = self.slots[at] == slots
        numbers = self.encoder.prefixes.numbers(addresses)
        encoded, _ = self.encoder.encode(addresses, numbers)
        return self.table.vectors[at] * known[:, None], encoded

    def scores(self, slots: np.ndarray, addresses: np.ndarray) -> np.ndarray:
        """The dot products, shape (pairs,)."""
        parts = [np.empty(0, np.float32)]
        for start in range(0, len(slots), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            parts.append(dots(*self.embeddings(slots[part], addresses[part])))
        return np.concatenate(parts)


def dots(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Row by row, shape (rows,)."""
    found: np.ndarray = np.einsum("bd,bd->b", left, right)
    return found
