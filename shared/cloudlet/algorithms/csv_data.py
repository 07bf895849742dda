"""CSV without header: files of a channel, and the bodies of requests.

https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html#cdf-csv-format
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cloudlet.algorithms import log
from cloudlet.runner.container import ClientError

_DELIMITERS = ",;\t| "
#: Characters of a request from which on Arrow, which takes time to begin, is faster.
_MANY = 10_000


def read_table(files: Sequence[Path], algorithm: str) -> Any:
    """Read the files into one pyarrow.Table of float32 columns `f0`, `f1`, ….

    An empty field is null. The delimiter is found in each file's first line. The
    algorithm's name stands in messages.

    Raises:
        ClientError: a header, a value that is not a number, a row with more or fewer
            columns than the first, or files of different widths.
    """
    import pyarrow as pa

    tables = [_read_file(file, algorithm) for file in files]
    widths = {table.num_columns for table in tables}
    if len(widths) > 1:
        raise ClientError(
            "Failed to load csv data with exception:\n"
            f"files have different numbers of columns: {sorted(widths)}"
        )
    return pa.concat_tables(tables)


def matrices(table: Any, labels: int) -> tuple[np.ndarray, np.ndarray]:
    """The first columns, and the others: shape (rows, columns), float32; null is NaN.

    The table should be held by nobody else: then its memory is given back at the end.

    Raises:
        ValueError: there are no other columns.
    """
    import pyarrow as pa

    begin, width = 0, table.num_columns
    if width <= labels:
        raise ValueError(f"no features: the data have {width} column(s)")
    first = np.empty((table.num_rows, labels), np.float32)
    others = np.empty((table.num_rows, width - labels), np.float32)
    batches = table.to_batches()[::-1]
    del table
    while batches:
        batch = batches.pop()
        end = begin + len(batch)
        columns = [c.to_numpy(zero_copy_only=False) for c in batch.columns]
        for place in range(width):
            target = first[:, place] if place < labels else others[:, place - labels]
            target[begin:end] = columns[place]
        begin = end
    pa.default_memory_pool().release_unused()  # as much again as the data
    return first, others


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
        table = _read(source, width, delimiter, use_threads=False)
    except pa.ArrowInvalid:
        return None
    return matrices(table, 0)[1] if table.num_rows == rows else None


def _number(value: str) -> float:
    return float(value) if value and not value.isspace() else math.nan


def _delimiter(line: str) -> str | None:
    return next((mark for mark in _DELIMITERS if mark in line.strip()), None)


def _read_file(file: Path, algorithm: str) -> Any:
    import pyarrow as pa

    width, delimiter = _check_first_line(file, algorithm)
    try:
        return _read(file, width, delimiter)
    except pa.ArrowInvalid as error:
        raise ClientError(
            f"Failed to load csv data with exception:\n{error} (file '{file.name}')"
        ) from error


def _read(source: Any, width: int, delimiter: str, *, use_threads: bool = True) -> Any:
    """A pyarrow.Table of float32 columns; an empty field is null."""
    import pyarrow as pa
    from pyarrow import csv

    columns = {f"f{index}": pa.float32() for index in range(width)}
    return csv.read_csv(
        source,
        read_options=csv.ReadOptions(
            column_names=list(columns), use_threads=use_threads
        ),
        parse_options=csv.ParseOptions(delimiter=delimiter),
        convert_options=csv.ConvertOptions(column_types=columns, null_values=[""]),
    )


def _check_first_line(file: Path, algorithm: str) -> tuple[int, str]:
    """Number of columns and delimiter; ClientError for a header or another format."""
    with file.open(encoding="utf-8-sig", errors="replace") as opened:
        line = opened.readline().strip("\r\n")
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
    return len(fields), delimiter


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
