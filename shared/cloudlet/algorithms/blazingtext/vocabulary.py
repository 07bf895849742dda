"""fastText's dictionary: the words and labels of a text, and hashes of n-grams.

Numbers of words and n-grams agree with fastText's (`dictionary.cc` of
github.com/facebookresearch/fastText), so that its binaries mean the same here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

EOS = b"</s>"
"""The token at the end of each line; a word like others."""
LABEL = b"__label__"

_OFFSET, _PRIME, _MASK = 2166136261, 16777619, 0xFFFFFFFF
#: Bytes as fastText's hash takes them: signed, then widened to 32 bits.
_SIGNED = [byte if byte < 128 else byte | 0xFFFFFF00 for byte in range(256)]
#: The vectors of all buckets are kept up to this size, in bytes of float32.
_ALL_BUCKETS = 64 * 2**20


@dataclass(frozen=True)
class Buckets:
    """Where the vectors of n-grams stand; a bucket is a hash modulo `number`.

    Attributes:
        number: how many buckets there are; 0 without n-grams.
        kept: the buckets that have a vector, ascending, int64; None: all of them.
    """

    number: int
    kept: np.ndarray | None = None

    @property
    def size(self) -> int:
        """How many buckets have a vector."""
        return self.number if self.kept is None else len(self.kept)

    def rows(self, hashes: np.ndarray) -> np.ndarray:
        """For each hash, uint64, the number of its vector, int64; -1 if it has none."""
        numbers = (hashes % np.uint64(self.number)).astype(np.int64)
        if self.kept is None:
            return numbers
        if not len(self.kept):
            return np.full(len(numbers), -1)
        places = np.minimum(np.searchsorted(self.kept, numbers), len(self.kept) - 1)
        return np.where(self.kept[places] == numbers, places, -1)


def buckets_for(hashes: Iterable[np.ndarray], number: int, vector_dim: int) -> Buckets:
    """All buckets if they are small, else those of the hashes, arrays of uint64."""
    if number * vector_dim * 4 <= _ALL_BUCKETS:
        return Buckets(number)
    used = np.zeros(number, bool)
    for part in hashes:
        used[part % np.uint64(number)] = True
    return Buckets(number, np.flatnonzero(used))


@dataclass(frozen=True)
class Vocabulary:
    """What a model knows.

    Attributes:
        words: the words, the vector of each has its number here.
        counts: how often each word occurs.
        labels: with `__label__` before them.
        label_counts: how often each label occurs.
        tokens: how many tokens the text has in all.
    """

    words: list[bytes]
    counts: list[int]
    labels: list[bytes]
    label_counts: list[int]
    tokens: int

    @cached_property
    def word_numbers(self) -> dict[bytes, int]:
        """Word → its number."""
        return {word: number for number, word in enumerate(self.words)}

    @cached_property
    def label_numbers(self) -> dict[bytes, int]:
        """Label → its number."""
        return {label: number for number, label in enumerate(self.labels)}


def build(distinct: list[bytes], counts: np.ndarray, min_count: int) -> Vocabulary:
    """The vocabulary of a text, the frequent first.

    Args:
        distinct: the text's tokens, each once.
        counts: how often each occurs, shape (distinct,).
        min_count: rarer words are left out; labels are not.
    """
    order = np.argsort(-counts, kind="stable").tolist()
    labels = [n for n in order if distinct[n].startswith(LABEL)]
    words = [
        n for n in order if counts[n] >= min_count and not distinct[n].startswith(LABEL)
    ]
    return Vocabulary(
        [distinct[n] for n in words],
        counts[words].tolist(),
        [distinct[n] for n in labels],
        counts[labels].tolist(),
        int(counts.sum()),
    )


def token_hash(token: bytes) -> int:
    """FNV-1a of 32 bits, with bytes taken as signed: fastText's `Dictionary::hash`."""
    value = _OFFSET
    for byte in token:
        value = ((value ^ _SIGNED[byte]) * _PRIME) & _MASK
    return value


def character_ngrams(word: str, shortest: int, longest: int) -> Iterator[int]:
    """The hashes of a word's subwords, fastText's `Dictionary::computeSubwords`.

    The word stands between `<` and `>`; these alone are no subwords.
    """
    marked = f"<{word}>"
    characters = [
        [_SIGNED[byte] for byte in character.encode()] for character in marked
    ]
    last = len(characters) - 1
    for start in range(len(characters)):
        value = _OFFSET
        for place, character in enumerate(characters[start : start + longest]):
            for byte in character:
                value = ((value ^ byte) * _PRIME) & _MASK
            alone = place == 0 and start in (0, last)
            if place + 1 >= shortest and not alone:
                yield value
