"""Parquet objects: columns keep their types, and only those asked for are read."""

from typing import Any

from cloudlet.services.s3.select.errors import select_error
from cloudlet.services.s3.select.macros import DECIMAL
from cloudlet.services.s3.select.relation import (
    StarRow,
    Type,
    Value,
    find_column,
    too_nested,
    without_alias,
)
from cloudlet.services.s3.select.request import CsvOutput, ScanRange
from cloudlet.services.s3.select.syntax import Index, Name, Path, Query, Step

# "The maximum uncompressed row group size is 256 MB."
MAX_ROW_GROUP_BYTES = 256 * 1024**2
# "Amazon S3 Select supports only columnar compression using GZIP or Snappy."
_CODECS = frozenset({"UNCOMPRESSED", "SNAPPY", "GZIP"})


class ParquetRelation:
    """A Parquet object opened for one query."""

    def __init__(self, body: bytes, scan_range: ScanRange | None, query: Query) -> None:
        """Read the metadata.

        Raises:
            AwsError: ParquetParsingError, ParquetUnsupportedCompressionCodec,
                OverMaxParquetBlockSize, InvalidKeyPath, InvalidScanRange.
        """
        import pyarrow
        from pyarrow import parquet

        if query.source:
            raise select_error("InvalidKeyPath")
        try:
            self._file = parquet.ParquetFile(pyarrow.BufferReader(body))
            self._schema = self._file.schema_arrow
        except (pyarrow.ArrowException, OSError) as error:
            raise select_error("ParquetParsingError") from error
        self._query = query
        self._names: list[str] = self._schema.names
        self._wanted: set[int] = set()
        self._groups = self._row_groups(len(body), scan_range)

    def _row_groups(self, size: int, scan_range: ScanRange | None) -> list[int]:
        metadata = self._file.metadata
        groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
        if any(group.total_byte_size > MAX_ROW_GROUP_BYTES for group in groups):
            raise select_error("OverMaxParquetBlockSize")
        columns = range(metadata.num_columns)
        codecs = {g.column(i).compression for g in groups for i in columns}
        if not codecs <= _CODECS:
            raise select_error("ParquetUnsupportedCompressionCodec")
        if scan_range is None:
            return list(range(len(groups)))
        first, last = scan_range.within(size)
        if first >= size:
            raise select_error("InvalidScanRange")
        # "All of the row groups that start within the scan range are processed."
        starts = [_group_start(group) for group in groups]
        return [i for i, start in enumerate(starts) if first <= start <= last]

    def resolve(self, path: Path) -> Value:
        """The column, or a field or element of a nested column, at `path`.

        Raises:
            AwsError: EvaluatorBindingDoesNotExist, AmbiguousFieldName,
                UnsupportedParquetType, InvalidKeyPath, InvalidTableAlias.
        """
        steps = without_alias(path, self._query) or path.steps
        first = steps[0]
        if not isinstance(first, Name):
            raise too_nested(steps)
        position = find_column(first, self._names, "EvaluatorBindingDoesNotExist")
        sql, kind = self._use(position), self._schema.field(position).type
        for step in steps[1:]:
            sql, kind = _inside(sql, kind, step, steps)
        return _value(sql, kind)

    def star(self, output: CsvOutput | None) -> list[tuple[str, Value]] | StarRow:
        """All columns."""
        return [
            (name, _value(self._use(i), self._schema.field(i).type))
            for i, name in enumerate(self._names)
        ]

    def _use(self, position: int) -> str:
        schema = self._file.schema
        name = self._names[position]
        for i in range(len(schema.names)):
            column = schema.column(i)
            if column.path.split(".")[0] == name and column.physical_type == "INT96":
                raise select_error("UnsupportedParquetType", f"({name})")
        self._wanted.add(position)
        return f"p{position}"

    def table(self) -> Any:
        """The columns asked for.

        Raises:
            AwsError: ParquetParsingError if their data is damaged.
        """
        import pyarrow

        positions = sorted(self._wanted)
        try:
            table = self._file.read_row_groups(
                self._groups, columns=[self._names[i] for i in positions]
            )
        except (pyarrow.ArrowException, OSError) as error:
            raise select_error("ParquetParsingError") from error
        if not positions:
            return pyarrow.table({"empty": pyarrow.nulls(table.num_rows)})
        columns = [_in_utc(table.column(i)) for i in range(table.num_columns)]
        by_name = {name: i for i, name in enumerate(self._names)}
        names = [f"p{by_name[name]}" for name in table.column_names]
        return pyarrow.table(columns, names)

    @property
    def bytes_scanned(self) -> int:
        """The stored size of the column chunks that were read."""
        return self._chunk_bytes("total_compressed_size")

    @property
    def bytes_processed(self) -> int:
        """Their size uncompressed."""
        return self._chunk_bytes("total_uncompressed_size")

    def _chunk_bytes(self, size: str) -> int:
        names = {self._names[i] for i in self._wanted}
        metadata = self._file.metadata
        chunks = [
            metadata.row_group(group).column(i)
            for group in self._groups
            for i in range(metadata.num_columns)
        ]
        return sum(
            getattr(chunk, size)
            for chunk in chunks
            if chunk.path_in_schema.split(".")[0] in names
        )


def _in_utc(column: Any) -> Any:
    import pyarrow

    if pyarrow.types.is_timestamp(column.type) and column.type.tz:
        return column.cast(pyarrow.timestamp(column.type.unit))
    return column


def _group_start(group: Any) -> int:
    column = group.column(0)
    offset = column.dictionary_page_offset
    return int(column.data_page_offset if offset is None else offset)


def _inside(
    sql: str, kind: Any, step: Step, steps: tuple[Step, ...]
) -> tuple[str, Any]:
    import pyarrow

    if isinstance(step, Name) and pyarrow.types.is_struct(kind):
        names = [kind.field(i).name for i in range(kind.num_fields)]
        position = find_column(step, names, "EvaluatorBindingDoesNotExist")
        return f"struct_extract_at({sql}, {position + 1})", kind.field(position).type
    if isinstance(step, Index) and pyarrow.types.is_list(kind):
        return f"({sql})[{step.position + 1}]", kind.value_type
    raise too_nested(steps)


def _value(sql: str, kind: Any) -> Value:
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_boolean(kind):
        return Value(sql, Type.BOOL)
    if types.is_uint64(kind):
        return Value(f"CAST({sql} AS {DECIMAL})", Type.DECIMAL)
    if types.is_integer(kind):
        return Value(f"CAST({sql} AS BIGINT)", Type.INT)
    if types.is_floating(kind):
        text = f"CAST({sql} AS VARCHAR)"
        return Value(f"CAST({sql} AS DOUBLE)", Type.FLOAT, text=text)
    if types.is_decimal(kind):
        written = f"CAST({sql} AS VARCHAR)"
        decimal = f"CAST({sql} AS {DECIMAL})"
        return Value(decimal, Type.DECIMAL, text=written, json=written)
    if types.is_string(kind) or types.is_large_string(kind):
        return Value(f"CAST({sql} AS VARCHAR)", Type.STRING)
    if types.is_date(kind):
        return Value(f"ts_of({sql}, 3, 0)", Type.TIMESTAMP)
    if types.is_timestamp(kind):
        digits = {"s": 0, "ms": 3}.get(kind.unit, 6)
        return Value(f"ts_of({sql}, 5, {digits})", Type.TIMESTAMP)
    if types.is_nested(kind):
        return Value(f"any_nested({sql})", Type.ANY, json=f"to_json({sql})")
    if types.is_null(kind):
        return Value("NULL", Type.NULL)
    raise select_error("UnsupportedParquetType", f"({kind})")
