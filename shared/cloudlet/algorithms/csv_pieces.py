"""Large CSV files piece by piece: read, parsed side by side, joined to two matrices.

The text and Arrow's columns of a few pieces are in memory at a time, and the memory of
one piece serves the next.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from cloudlet.algorithms import arrow_rows

#: Bytes. Arrow's threads are idle at its ends.
PIECE = 4 << 20
#: Rows may be shorter than the first one; if many are, the matrix grows.
_MORE = 1.1


class Rows:
    """Labels and features of all files, as they come.

    Args:
        columns: of each row.
        labels: how many of them, the first ones, are labels.
        expected: rows, roughly.

    Raises:
        ValueError: there are no features.
    """

    def __init__(self, columns: int, labels: int, expected: int) -> None:
        self.columns = columns
        self._widths = arrow_rows.widths(columns, labels)
        room = int(expected * _MORE)
        self._parts = [np.empty((room, width), np.float32) for width in self._widths]
        self._rows = 0

    def of(self, table: Any) -> list[np.ndarray]:
        """Labels and features of a table with these columns."""
        parts = [
            np.empty((table.num_rows, width), np.float32) for width in self._widths
        ]
        arrow_rows.fill(table, *parts)
        return parts

    def add(self, parts: list[np.ndarray]) -> None:
        """Append what `of` gave."""
        end = self._rows + len(parts[0])
        if end > len(self._parts[0]):
            self._resize(int(end * _MORE))
        for whole, part in zip(self._parts, parts, strict=True):
            whole[self._rows : end] = part
        self._rows = end

    def matrices(self) -> tuple[np.ndarray, np.ndarray]:
        """Labels and features, shape (rows, columns), float32."""
        self._resize(self._rows)
        first, others = self._parts
        return first, others

    def _resize(self, rows: int) -> None:
        for part in self._parts:  # in place: large memory is moved by the page
            part.resize((rows, part.shape[1]), refcheck=False)


def add_file(rows: Rows, file: Path, delimiter: str) -> None:
    """Append a file's rows.

    Raises:
        pyarrow.ArrowInvalid: a value is no number, or a line has more or fewer values
            than `rows` has columns; line numbers are the file's.
    """
    import pyarrow as pa

    def parsed(piece: bytes) -> list[np.ndarray]:
        source = pa.BufferReader(piece)
        return rows.of(read(source, rows.columns, delimiter))

    try:
        _add_pieces(rows, file, parsed)
    except pa.ArrowInvalid:
        read(file, rows.columns, delimiter)  # tells the line's number in the file
        raise


def _add_pieces(rows: Rows, file: Path, parsed: Any) -> None:
    import pyarrow as pa

    workers, waiting = pa.cpu_count(), deque[Future[list[np.ndarray]]]()
    with ThreadPoolExecutor(workers) as pool:
        for piece in _pieces(file):
            waiting.append(pool.submit(parsed, piece))
            if len(waiting) > workers:
                rows.add(waiting.popleft().result())
        for last in waiting:
            rows.add(last.result())


def read(source: Any, columns: int, delimiter: str) -> Any:
    """A pyarrow.Table of float32 columns, read in one thread; an empty field is null.

    Raises:
        pyarrow.ArrowInvalid: a value is no number, or a line has more or fewer values.
    """
    import pyarrow as pa
    from pyarrow import csv

    types = {f"f{index}": pa.float32() for index in range(columns)}
    return csv.read_csv(
        source,
        read_options=csv.ReadOptions(column_names=list(types), use_threads=False),
        parse_options=csv.ParseOptions(delimiter=delimiter),
        convert_options=csv.ConvertOptions(column_types=types, null_values=[""]),
    )


def _pieces(file: Path) -> Iterator[bytes]:
    """The file's text, cut at ends of lines."""
    left = b""
    with file.open("rb", buffering=0) as opened:
        while text := opened.read(PIECE):
            end = text.rfind(b"\n") + 1
            if end:
                yield left + text[:end]
                left = b""
            left += text[end:]
    if left.strip():
        yield left
