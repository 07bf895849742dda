"""CSV without header: files of a channel, and the bodies of requests.

https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html#cdf-csv-format
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cloudlet.algorithms import arrow_rows, csv_pieces, log
from cloudlet.runner.container import ClientError

_DELIMITERS = ",;\t| "
#: Characters of a request from which on Arrow, which takes time to begin, is faster.
_MANY = 10_000


def read(
    files: Sequence[Path], algorithm: str, labels: int
) -> tuple[np.ndarray, np.ndarray]:
    """The first columns of all files, and the others.

    An empty field is NaN. The delimiter is found in each file's first line. The
    algorithm's name stands in messages.

    Returns:
        Shape (rows, labels) and (rows, columns - labels), float32.

    Raises:
        ClientError: a header, a value that is not a number, a row with more or fewer
            columns than the first, or files of different widths.
        ValueError: there are no other columns.
    """
    import pyarrow as pa

    firsts = [_first_line(file, algorithm) for file in files]
    columns = sorted({first.columns for first in firsts})
    if len(columns) > 1:
        raise ClientError(
            "Failed to load csv data with exception:\n"
            f"files have different numbers of columns: {columns}"
        )
    expected = sum(
        file.stat().st_size // first.bytes + 1
        for file, first in zip(files, firsts, strict=True)
    )
    rows = csv_pieces.Rows(columns[0], labels, expected)
    for file, first in zip(files, firsts, strict=True):
        try:
            csv_pieces.add_file(rows, file, first.delimiter)
        except pa.ArrowInvalid as error:
            raise ClientError(
                f"Failed to load csv data with exception:\n{error} (file '{file.name}')"
            ) from error
    return rows.matrices()


def parse_rows(text: str) -> np.ndarray:
    """Parse a request body into a float32 matrix, one row a line.

    An empty field is NaN, a number too large for float32 is infinite.

    Raises:
        ValueError: a value is not a number, or the lines differ in length.
    """
    lines = text.strip().splitlines()
    delimiter = _delimiter(lines[0]) if lines else None
    if len(text) > _MANY:
        found = _parsed(text.strip(), len(lines), delimiter or ",")
        if found is not None:
            return found
    rows = [line.split(delimiter or ",") for line in lines]
    if not rows:
        raise ValueError("Could not determine delimiter")
    width = len(rows[0])
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise ValueError(
                f"line {number} has {len(row)} values, the first line has {width}"
            )
    values = [_number(value) for row in rows for value in row]
    with np.errstate(over="ignore"):
        return np.array(values, dtype=np.float32).reshape(len(rows), width)


def _parsed(text: str, rows: int, delimiter: str) -> np.ndarray | None:
    """What Arrow reads, four times as fast; None where it does not read all of it."""
    import pyarrow as pa

    width = text.partition("\n")[0].count(delimiter) + 1
    if '"' in text:
        return None
    source = pa.BufferReader(text.encode())
    try:
        table = csv_pieces.read(source, width, delimiter)
    except pa.ArrowInvalid:
        return None
    return arrow_rows.matrices(table, 0)[1] if table.num_rows == rows else None


def _number(value: str) -> float:
    return float(value) if value and not value.isspace() else math.nan


def _delimiter(line: str) -> str | None:
    return next((mark for mark in _DELIMITERS if mark in line.strip()), None)


@dataclass(frozen=True)
class _FirstLine:
    """What a file's first line tells of all."""

    columns: int
    delimiter: str
    bytes: int


def _first_line(file: Path, algorithm: str) -> _FirstLine:
    """Raises ClientError for a header or another format."""
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        whole = opened.readline()
    line = whole.strip("\r\n")
    delimiter = _delimiter(line)
    if delimiter is None:
        raise ClientError(
            f"Could not determine delimiter on line {line[:50]}:\n"
            f"none found in the first line of file '{file.name}'"
        )
    log.info(f"Determined delimiter of CSV input is '{delimiter}'")
    fields = line.split(delimiter)
    for value in fields:
        _check_first_value(value.strip().strip('"'), line, file, algorithm)
    return _FirstLine(len(fields), delimiter, len(whole.encode()))


def _check_first_value(value: str, line: str, file: Path, algorithm: str) -> None:
    try:
        _number(value)
    except ValueError:
        if ":" in value:
            raise ClientError(
                f"First line '{line[:50]}...' of file '{file.name}' is not 'CSV' "
                "format. Please ensure the file is in 'CSV' format."
            ) from None
        raise ClientError(
            f"Non-numeric value '{value}' found in the header line '{line[:50]}...' "
            f"of file '{file.name}'. CSV format require no header line in it. If "
            f"header line is already removed, {algorithm} does not accept non-numeric "
            "value in the data."
        ) from None
