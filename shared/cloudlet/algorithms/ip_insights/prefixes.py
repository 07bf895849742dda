"""The prefixes of IPv4 addresses, numbered."""

import numpy as np

#: In bits: blocks of addresses are given out by these, and those in between.
LENGTHS = (8, 12, 16, 20, 24, 28, 32)
_FEWEST = 2


class Prefixes:
    """The prefixes that a network has vectors for.

    The first numbers are those of the unknown prefix of each length; then come the
    known ones in the order of `keys`.

    Args:
        keys: ascending, uint64: the length above bit 32, and the prefix's own bits.
    """

    def __init__(self, keys: np.ndarray) -> None:
        self.keys = keys
        tags = np.array([length << 32 for length in (*LENGTHS, 33)], np.uint64)
        self._starts = np.searchsorted(keys, tags)

    @classmethod
    def seen(cls, addresses: np.ndarray) -> "Prefixes":
        """Those that occur twice or more.

        Those that occur once have to be unknown, or the network would never see a real
        pair whose address is new, and would take new for false.
        """
        known = []
        for length in LENGTHS:
            keys, counts = np.unique(_keys(addresses, length), return_counts=True)
            known.append(keys[counts >= _FEWEST])
        return cls(np.concatenate(known))

    def __len__(self) -> int:
        return len(LENGTHS) + len(self.keys)

    def numbers(self, addresses: np.ndarray) -> np.ndarray:
        """Those of each address, int32, shape (addresses, lengths)."""
        found = np.empty((len(addresses), len(LENGTHS)), np.int32)
        found[:] = np.arange(len(LENGTHS))
        rest = np.arange(len(addresses))
        for place, length in enumerate(LENGTHS):
            start, end = self._starts[place : place + 2]
            wanted, known = _keys(addresses[rest], length), self.keys[start:end]
            at = np.searchsorted(known, wanted)
            at[at == len(known)] = 0
            fits = known[at] == wanted if len(known) else np.zeros(len(rest), bool)
            # What is below an unknown prefix is unknown.
            rest = rest[fits]
            found[rest, place] = len(LENGTHS) + start + at[fits]
        return found


def _keys(addresses: np.ndarray, length: int) -> np.ndarray:
    tag = np.uint64(length << 32)
    return (addresses >> np.uint32(32 - length)).astype(np.uint64) | tag
