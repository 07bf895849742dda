"""RecordIO: a stream of records, each with its length before it.

The framing of Apache MXNet, which AWS's first-party algorithms read and answer in
(https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html, "recordIO-wrapped
protobuf"): a magic number, a word with a flag and the length, the bytes, and zeros up
to a multiple of four. Long records may come in parts.
"""

import struct
from collections.abc import Iterable, Iterator

MAGIC = 0xCED7230A
_HEAD = struct.Struct("<II")
_LENGTH_BITS = 29
_LONGEST = (1 << _LENGTH_BITS) - 1
_WHOLE, _FIRST, _MIDDLE, _LAST = range(4)


def write(records: Iterable[bytes]) -> bytes:
    """The records as one stream."""
    parts = []
    for record in records:
        if len(record) > _LONGEST:
            raise ValueError(f"a record of {len(record)} bytes is too long")
        parts += [_HEAD.pack(MAGIC, len(record)), record, b"\0" * (-len(record) % 4)]
    return b"".join(parts)


def read(stream: bytes) -> Iterator[bytes]:
    """The records of a stream.

    Raises:
        ValueError: it is no RecordIO, or ends within a record; says at which byte.
    """
    at, parts = 0, list[bytes]()
    while at < len(stream):
        if len(stream) - at < _HEAD.size:
            raise ValueError(f"the RecordIO stream ends within a header at byte {at}")
        magic, word = _HEAD.unpack_from(stream, at)
        if magic != MAGIC:
            raise ValueError(f"no RecordIO header at byte {at}")
        flag, length = word >> _LENGTH_BITS, word & _LONGEST
        begin = at + _HEAD.size
        if begin + length > len(stream):
            raise ValueError(f"the RecordIO stream ends within the record at byte {at}")
        at = begin + length + -length % 4
        data = stream[begin : begin + length]
        if flag == _WHOLE and not parts:
            yield data
            continue
        if (flag == _FIRST) == bool(parts) or flag == _WHOLE:
            raise ValueError(
                f"the parts of the record at byte {at} do not fit together"
            )
        parts.append(data)
        if flag == _LAST:
            yield _HEAD.pack(MAGIC, 0)[:4].join(parts)
            parts = []
    if parts:
        raise ValueError("the RecordIO stream ends within a record of several parts")
