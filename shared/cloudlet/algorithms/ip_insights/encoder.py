"""The network from an IPv4 address to its embedding, with its gradients.

    z = bits · B + b₀ + Σ prefix vectors;  for each layer  z ← z + relu(z) · W + b

The bits make every address unique, the prefixes tell its neighbourhood. A layer adds
to what it gets (He et al., https://arxiv.org/abs/1512.03385), so that 100 layers train
too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cloudlet.algorithms.ip_insights.prefixes import Prefixes
from cloudlet.algorithms.ip_insights.table import Adam, Table, Uses

BITS = 32


@dataclass(frozen=True)
class Tape:
    """What the way back needs of the way there."""

    uses: Uses
    bits: np.ndarray
    inputs: list[np.ndarray]


class Encoder:
    """IP embeddings, shape (addresses, dim).

    Args:
        prefixes: those with a vector.
        arrays: `prefix_vectors` (prefixes, dim), `bit_weights` (32 + 1, dim) with b₀
            last, `layer_weights` (layers, dim + 1, dim) with b last.
    """

    def __init__(self, prefixes: Prefixes, arrays: Mapping[str, np.ndarray]) -> None:
        self.prefixes = prefixes
        self.table = Table(arrays["prefix_vectors"])
        self.bits = Adam(arrays["bit_weights"])
        self.layers = Adam(arrays["layer_weights"])

    @classmethod
    def start(
        cls, prefixes: Prefixes, dim: int, layers: int, rng: np.random.Generator
    ) -> "Encoder":
        """Before training: small random weights."""
        wide = 1 / np.sqrt(dim)
        bits = rng.normal(0, wide / np.sqrt(BITS), (BITS + 1, dim))
        deep = rng.normal(0, wide / max(layers, 1), (layers, dim + 1, dim))
        bits[-1] = 0
        deep[:, -1] = 0
        vectors = rng.normal(0, wide, (len(prefixes), dim))
        arrays = {"prefix_vectors": vectors, "bit_weights": bits, "layer_weights": deep}
        return cls(prefixes, {n: a.astype(np.float32) for n, a in arrays.items()})

    def arrays(self) -> dict[str, np.ndarray]:
        """What the artefact keeps."""
        return {
            "prefixes": self.prefixes.keys,
            "prefix_vectors": self.table.vectors,
            "bit_weights": self.bits.weights,
            "layer_weights": self.layers.weights,
        }

    def encode(
        self, addresses: np.ndarray, numbers: np.ndarray
    ) -> tuple[np.ndarray, Tape]:
        """The embeddings of addresses with these prefixes, and the way back."""
        tape = Tape(Uses.of(numbers), _bits(addresses), [])
        weights = self.bits.weights
        found = tape.bits @ weights[:-1] + weights[-1] + self.table.sums(tape.uses)
        for layer in self.layers.weights:
            tape.inputs.append(found)
            found = found + np.maximum(found, 0) @ layer[:-1] + layer[-1]
        return found, tape

    def back(self, tape: Tape, slope: np.ndarray, decay: float) -> None:
        """Take the loss's slope by the embeddings; `decay` is that of one address."""
        for number in reversed(range(len(tape.inputs))):
            value = tape.inputs[number]
            layer = self.layers.weights[number]
            active = np.maximum(value, 0)
            self.layers.gradient[number, :-1] += active.T @ slope
            self.layers.gradient[number, -1] += slope.sum(axis=0)
            slope = slope + (slope @ layer[:-1].T) * (value > 0)
        self.bits.gradient[:-1] += tape.bits.T @ slope
        self.bits.gradient[-1] += slope.sum(axis=0)
        self.table.back(tape.uses, slope, decay)

    def update(self, rate: float, decay: float) -> None:
        """Move all weights of the slopes since the last update."""
        self.table.update(rate)
        self.bits.update(rate, decay)
        self.layers.update(rate, decay)


def _bits(addresses: np.ndarray) -> np.ndarray:
    """-1 and 1, the highest bit first, float32, shape (addresses, 32)."""
    octets = addresses.astype(">u4").view(np.uint8).reshape(-1, 4)
    return np.unpackbits(octets, axis=1).astype(np.float32) * 2 - 1
