"""Whole-object decompression that a small object cannot use to fill the memory."""

import bz2
import zlib
from collections.abc import Iterator

from cloudlet.services.s3.select.errors import select_error

# A bound of ours: AWS streams and has none, we hold the object in memory.
MAX_DECOMPRESSED_BYTES = 1024**3
_INPUT_STEP = 64 * 1024
_OUTPUT_STEP = 4 * 1024**2


def decompress(body: bytes, compression: str) -> bytes:
    """`body` as it was before it was compressed with GZIP or BZIP2.

    Objects of several members or streams, one after the other, are read to the end.

    Raises:
        AwsError: TruncatedInput when the body is damaged, cut off or not compressed
            so; ExternalEvalException past `MAX_DECOMPRESSED_BYTES`.
    """
    if compression == "NONE":
        return body
    chunks: list[bytes] = []
    total = 0
    try:
        for chunk in _gunzip(body) if compression == "GZIP" else _bunzip2(body):
            total += len(chunk)
            if total > MAX_DECOMPRESSED_BYTES:
                raise select_error(
                    "ExternalEvalException",
                    f"Decompressed it is over {MAX_DECOMPRESSED_BYTES} bytes.",
                )
            chunks.append(chunk)
    except (zlib.error, OSError, EOFError) as error:
        raise select_error("TruncatedInput") from error
    return b"".join(chunks)


def _gunzip(body: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(body):
        stream = zlib.decompressobj(wbits=31)
        while not stream.eof:
            piece = _piece(body, position)
            # Deflate makes at most about 1,000 bytes of one: a piece stays small.
            yield stream.decompress(piece)
            position += len(piece) - len(stream.unused_data)


def _bunzip2(body: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(body):
        stream = bz2.BZ2Decompressor()
        while not stream.eof:
            piece = _piece(body, position) if stream.needs_input else b""
            yield stream.decompress(piece, _OUTPUT_STEP)
            position += len(piece) - len(stream.unused_data)


def _piece(body: bytes, position: int) -> bytes:
    piece = body[position : position + _INPUT_STEP]
    if not piece:
        raise EOFError("the stream has no end")
    return piece
