"""Parquet files of a channel; the first column is the label."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cloudlet.runner.container import ClientError


def read_table(files: Sequence[Path]) -> Any:
    """Read the files into one pyarrow.Table of float32 columns `f0`, `f1`, ….

    Columns are taken by place; their names play no part.

    Raises:
        ClientError: not Parquet, a column that is not numeric, or files of
            different widths.
    """
    import pyarrow as pa

    try:
        tables = [_read_file(file) for file in files]
        return pa.concat_tables(tables)
    except (pa.ArrowException, TypeError) as error:
        raise ClientError(
            f"Failed to load parquet data with exception:\n{error}"
        ) from error


def _read_file(file: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet

    # A partitioning guessed from the folders would add columns.
    table = pyarrow.parquet.read_table(file, partitioning=None)
    columns = [_as_float(field, table.column(field.name)) for field in table.schema]
    return pa.table(columns, names=[f"f{index}" for index in range(len(columns))])


def _as_float(field: Any, column: Any) -> Any:
    import pyarrow as pa

    kind = field.type
    numeric = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean)
    if not any(is_kind(kind) for is_kind in (*numeric, pa.types.is_decimal)):
        raise TypeError(f"column '{field.name}' is of type {kind}, not a number")
    return column.cast(pa.float32(), safe=False)
