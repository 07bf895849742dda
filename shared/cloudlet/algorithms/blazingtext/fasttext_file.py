"""fastText's binary format, version 12: what `model.bin` and `vectors.bin` are.

Little-endian: a magic number, the arguments of training, the dictionary, and the input
and output matrices, each behind a flag that says whether it is quantized (`saveModel`
of fasttext.cc, github.com/facebookresearch/fastText; gensim reads it as well). Where
only some buckets have vectors, the dictionary is a pruned one (`pruneidx`).
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from cloudlet.algorithms.blazingtext.vocabulary import Buckets, Vocabulary

CBOW, SKIPGRAM, SUPERVISED = 1, 2, 3
NEGATIVE_SAMPLING, SOFTMAX = 2, 3

_MAGIC, _VERSION = 793712314, 12
_SIGN = struct.Struct("<2i")
_ARGS = struct.Struct("<12id")
_DICTIONARY = struct.Struct("<3i2q")
_ENTRY = struct.Struct("<qb")
_SHAPE = struct.Struct("<?2q")
_WORD, _LABEL = 0, 1


class Arguments(NamedTuple):
    """fastText's arguments, in the order of the file (`Args::save`)."""

    dim: int
    ws: int
    epoch: int
    min_count: int
    neg: int
    word_ngrams: int
    loss: int
    model: int
    bucket: int
    minn: int
    maxn: int
    lr_update_rate: int = 100
    t: float = 1e-4


@dataclass(frozen=True)
class Model:
    """A whole model.

    Attributes:
        arguments: how it was trained.
        vocabulary: its words and labels.
        buckets: where the vectors of n-grams stand.
        input: shape (words + buckets.size, dim), float32.
        output: shape (labels or words, dim), float32.
    """

    arguments: Arguments
    vocabulary: Vocabulary
    buckets: Buckets
    input: np.ndarray
    output: np.ndarray


def write(path: Path, model: Model) -> None:
    """Write the file."""
    with path.open("wb") as file:
        file.write(_SIGN.pack(_MAGIC, _VERSION) + _ARGS.pack(*model.arguments))
        _write_dictionary(file, model.vocabulary, model.buckets.kept)
        for matrix in (model.input, model.output):
            file.write(_SHAPE.pack(False, *matrix.shape))
            np.ascontiguousarray(matrix, "<f4").tofile(file)


def read(path: Path) -> Model:
    """Read the file.

    Raises:
        OSError: it cannot be opened.
        ValueError: it is no such file, of another version, quantized, or cut off.
    """
    with path.open("rb") as file:
        magic, version = _unpacked(file, _SIGN)
        if magic != _MAGIC:
            raise ValueError("it is not in fastText's format")
        if version != _VERSION:
            raise ValueError(f"it is of fastText's version {version}, not {_VERSION}")
        arguments = Arguments(*_unpacked(file, _ARGS))
        vocabulary, kept = _read_dictionary(file)
        size = path.stat().st_size
        first, second = _read_matrix(file, size), _read_matrix(file, size)
    model = Model(arguments, vocabulary, Buckets(arguments.bucket, kept), first, second)
    _check_shapes(model)
    return model


def _write_dictionary(
    file: BinaryIO, vocabulary: Vocabulary, kept: np.ndarray | None
) -> None:
    words, labels = vocabulary.words, vocabulary.labels
    sizes = (len(words) + len(labels), len(words), len(labels))
    pruned = -1 if kept is None else len(kept)
    file.write(_DICTIONARY.pack(*sizes, vocabulary.tokens, pruned))
    for names, counts, kind in (
        (words, vocabulary.counts, _WORD),
        (labels, vocabulary.label_counts, _LABEL),
    ):
        for name, number in zip(names, counts, strict=True):
            file.write(name + b"\0" + _ENTRY.pack(number, kind))
    if kept is not None:
        np.column_stack([kept, np.arange(len(kept))]).astype("<i4").tofile(file)


def _read_dictionary(file: BinaryIO) -> tuple[Vocabulary, np.ndarray | None]:
    size, words, labels, tokens, pruned = _unpacked(file, _DICTIONARY)
    if size != words + labels or min(words, labels) < 0:
        raise ValueError("its dictionary's sizes do not fit together")
    names, counts = [], []
    for _ in range(size):
        names.append(_name(file))
        counts.append(_unpacked(file, _ENTRY)[0])
    vocabulary = Vocabulary(
        names[:words], counts[:words], names[words:], counts[words:], tokens
    )
    if pruned < 0:
        return vocabulary, None
    pairs = np.frombuffer(_exactly(file, 8 * pruned), "<i4").reshape(-1, 2)
    order = np.argsort(pairs[:, 0])
    if not np.array_equal(order, pairs[order, 1]):
        raise ValueError("its pruned dictionary is not in order")
    return vocabulary, pairs[order, 0].astype(np.int64)


def _name(file: BinaryIO) -> bytes:
    name = bytearray()
    while (byte := _exactly(file, 1)) != b"\0":
        name += byte
    return bytes(name)


def _read_matrix(file: BinaryIO, size: int) -> np.ndarray:
    quantized, rows, columns = _unpacked(file, _SHAPE)
    if quantized:
        raise ValueError("it is quantized, which is not offered here")
    if min(rows, columns) < 0 or rows * columns * 4 > size - file.tell():
        raise ValueError("it is cut off")
    values = np.fromfile(file, "<f4", rows * columns)
    return values.reshape(rows, columns)


def _check_shapes(model: Model) -> None:
    vocabulary, dim = model.vocabulary, model.arguments.dim
    supervised = model.arguments.model == SUPERVISED
    outputs = vocabulary.labels if supervised else vocabulary.words
    expected = (len(vocabulary.words) + model.buckets.size, dim)
    if model.input.shape != expected or model.output.shape != (len(outputs), dim):
        raise ValueError("its matrices do not fit its dictionary")


def _unpacked(file: BinaryIO, form: struct.Struct) -> tuple[int, ...]:
    return form.unpack(_exactly(file, form.size))


def _exactly(file: BinaryIO, size: int) -> bytes:
    found = file.read(size)
    if len(found) < size:
        raise ValueError("it is cut off")
    return found
