"""Lines of text as rows of numbers: the vectors that each takes, and its labels."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from cloudlet.algorithms.blazingtext.vocabulary import (
    EOS,
    LABEL,
    Buckets,
    Vocabulary,
    token_hash,
)

_FACTOR = np.uint64(116049371)
#: Tokens that are turned into features at once; a bound on memory.
_CHUNK = 2**20


@dataclass(frozen=True)
class Tokens:
    """A text, token by token; each line ends with EOS.

    Attributes:
        distinct: the tokens, each once.
        ids: shape (tokens,), int32: each token's number in `distinct`.
    """

    distinct: list[bytes]
    ids: np.ndarray

    def chunks(self) -> Iterator[np.ndarray]:
        """`ids` in parts of whole lines."""
        ends = np.flatnonzero(self.ids == self.distinct.index(EOS)) + 1
        start = 0
        while start < len(self.ids):
            place = int(np.searchsorted(ends, start + _CHUNK))
            stop = int(ends[min(place, len(ends) - 1)])
            yield self.ids[start:stop]
            start = stop


def tokenise(blocks: Iterable[bytes]) -> Tokens:
    """Split text at ASCII blanks and zeros, as fastText does.

    Each block is of whole lines.
    """
    numbers: defaultdict[bytes, int] = defaultdict(count().__next__)
    parts = [np.empty(0, np.int32)]
    for block in blocks:
        tokens = block.replace(b"\0", b" ").replace(b"\n", b" </s> ").split()
        parts.append(np.fromiter(map(numbers.__getitem__, tokens), np.int32))
    return Tokens(list(numbers), np.concatenate(parts))


@dataclass(frozen=True)
class Lines:
    """Lines, each with any number of features and labels.

    Attributes:
        features: int32, rows of the model's input matrix, line after line.
        starts: shape (lines + 1,), int64: where each line's features begin.
        labels: int32, line after line; -1 for one that the model does not know.
        label_starts: shape (lines + 1,), int64: where each line's labels begin.
        blank: shape (lines,), bool: the line has no token.
    """

    features: np.ndarray
    starts: np.ndarray
    labels: np.ndarray
    label_starts: np.ndarray
    blank: np.ndarray

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.starts) - 1

    @property
    def labelled(self) -> np.ndarray:
        """The numbers of the lines that have a label."""
        return np.flatnonzero(np.diff(self.label_starts))


class Encoder:
    """Turns one text into Lines.

    Args:
        tokens: the text.
        vocabulary: the model's.
        ngrams: the longest word n-grams that are features.
    """

    def __init__(self, tokens: Tokens, vocabulary: Vocabulary, ngrams: int) -> None:
        distinct = tokens.distinct
        words, labels = vocabulary.word_numbers, vocabulary.label_numbers
        self._tokens, self._words, self._ngrams = tokens, len(words), ngrams
        self._row = np.array([words.get(token, -1) for token in distinct], np.int32)
        self._label = np.array([labels.get(token, -1) for token in distinct], np.int32)
        self._is_label = np.array([t.startswith(LABEL) for t in distinct], bool)
        self._eos = distinct.index(EOS)
        if ngrams > 1:
            hashes = np.array([token_hash(t) for t in distinct], np.uint32)
            # fastText keeps them as signed numbers and widens these.
            self._hash = hashes.view(np.int32).astype(np.int64).view(np.uint64)

    def hashes(self) -> Iterator[np.ndarray]:
        """The hashes of all word n-grams, uint64, in parts."""
        for ids in self._tokens.chunks():
            words, line = self._split(ids)
            yield from (hashes for _, hashes in self._grams(words, line))

    def lines(self, buckets: Buckets) -> Lines:
        """The features and labels of each line."""
        parts = [self._encoded(ids, buckets) for ids in self._tokens.chunks()]
        features, counts, labels, label_counts, sizes = zip(*parts, strict=True)
        return Lines(
            np.concatenate(features),
            _starts(np.concatenate(counts)),
            np.concatenate(labels),
            _starts(np.concatenate(label_counts)),
            np.concatenate(sizes) == 1,
        )

    def _encoded(self, ids: np.ndarray, buckets: Buckets) -> tuple[np.ndarray, ...]:
        words, line = self._split(ids)
        all_lines, is_label = self._lines_of(ids), self._is_label[ids]
        total = int(all_lines[-1]) + 1
        found = [(line, self._row[words])]
        for gram_line, hashes in self._grams(words, line):
            rows = buckets.rows(hashes)
            found.append((gram_line, np.where(rows < 0, -1, rows + self._words)))
        kept = [(where[rows >= 0], rows[rows >= 0]) for where, rows in found]
        features, counts = _merged(kept, total)
        label_counts = np.bincount(all_lines[is_label], minlength=total)
        sizes = np.bincount(all_lines, minlength=total)
        return features, counts, self._label[ids[is_label]], label_counts, sizes

    def _split(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The words among the tokens, and the line of each."""
        is_word = ~self._is_label[ids]
        return ids[is_word], self._lines_of(ids)[is_word]

    def _lines_of(self, ids: np.ndarray) -> np.ndarray:
        ends = ids == self._eos
        lines: np.ndarray = np.cumsum(ends, dtype=np.int32) - ends
        return lines

    def _grams(
        self, words: np.ndarray, line: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """For each length from 2: the lines and hashes of the n-grams."""
        if self._ngrams < 2:
            return
        single = self._hash[words]
        hashes = single
        for length in range(2, self._ngrams + 1):
            later = single[length - 1 :]
            hashes = hashes[: len(later)] * _FACTOR + later
            first, last = line[: len(later)], line[length - 1 :]
            whole = first == last
            yield first[whole], hashes[whole]


def _merged(
    parts: list[tuple[np.ndarray, np.ndarray]], total: int
) -> tuple[np.ndarray, np.ndarray]:
    """Several sorted (line, value) lists as one, and how many values each line has."""
    counts = [np.bincount(line, minlength=total) for line, _ in parts]
    both = np.sum(counts, axis=0)
    merged = np.empty(int(both.sum()), np.int32)
    free = _starts(both)[:-1]
    for (line, values), number in zip(parts, counts, strict=True):
        rank = np.arange(len(line)) - _starts(number)[line]
        merged[free[line] + rank] = values
        free = free + number
    return merged, both


def _starts(counts: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
