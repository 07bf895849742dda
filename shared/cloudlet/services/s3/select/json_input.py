"""JSON objects: each path of the query becomes a column, typed by what is found."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from cloudlet.services.s3.select import json_path
from cloudlet.services.s3.select.errors import select_error
from cloudlet.services.s3.select.json_path import MISSING
from cloudlet.services.s3.select.macros import ANY
from cloudlet.services.s3.select.output import quoted
from cloudlet.services.s3.select.relation import (
    StarRow,
    Type,
    Value,
    without_alias,
)
from cloudlet.services.s3.select.request import (
    CsvOutput,
    JsonInput,
    ScanRange,
)
from cloudlet.services.s3.select.syntax import Name, Path, Query, Step
from cloudlet.services.s3.select.text import (
    MAX_RECORD_BYTES,
    check_record_lengths,
    check_text,
    scanned,
)

_LONG = 2**63
# Integers beyond are not exact as DOUBLE.
_EXACT = 2**53
_WIDEST = 10**300


class JsonRelation:
    """A JSON object opened for one query."""

    def __init__(
        self,
        body: bytes,
        options: JsonInput,
        scan_range: ScanRange | None,
        query: Query,
    ) -> None:
        """Parse all records.

        Raises:
            AwsError: InvalidTextEncoding, OverMaxRecordSize, JSONParsingError,
                AmbiguousFieldName.
        """
        text = check_text(body)
        self.bytes_scanned = self.bytes_processed = len(text)
        if options.lines:
            check_record_lengths(text, b"\n")
            start, end = scanned(text, b"\n", scan_range)
            self.bytes_scanned = self.bytes_processed = end - start
            values = _lines(text[start:end].decode())
        else:
            values = _documents(text.decode())
        self._query = query
        self._records = list(json_path.expand(values, query.source))
        self._columns: dict[str, Any] = {}
        self._values: dict[tuple[Step, ...], Value] = {}

    def resolve(self, path: Path) -> Value:
        """The values at `path`; where there is nothing they are MISSING.

        Raises:
            AwsError: AmbiguousFieldName.
        """
        steps = self._steps(path)
        if steps not in self._values:
            self._values[steps] = self._column(json_path.column(self._records, steps))
        return self._values[steps]

    def _steps(self, path: Path) -> tuple[Step, ...]:
        first, rest = path.steps[0], path.steps[1:]
        if not isinstance(first, Name):
            return path.steps
        if self._query.alias is not None:
            return without_alias(path, self._query)
        # "You can refer to the row using the last element in the path", or as `_1`.
        source = self._query.source
        last = source[-1] if source else Name("S3Object")
        row = last.text if isinstance(last, Name) else "_1"
        return rest if first.matches(row) or first.text == "_1" else path.steps

    def star(self, output: CsvOutput | None) -> list[tuple[str, Value]] | StarRow:
        """The records as they stand; a nested value fails where CSV is to show it.

        "Amazon S3 Select can only emit nested data using the JSON output format."
        """
        import pyarrow

        write = _json_fields if output is None else _csv_fields(output)
        texts = [write(_fields(record)) for record in self._records]
        column = self._store(pyarrow.array(texts, pyarrow.string()))
        return StarRow(f"coalesce({column}, fail('UnsupportedSqlStructure'))")

    def table(self) -> Any:
        """The columns resolved so far."""
        import pyarrow

        if not self._columns:
            return pyarrow.table({"empty": pyarrow.nulls(len(self._records))})
        return pyarrow.table(self._columns)

    def _store(self, array: Any) -> str:
        name = f"j{len(self._columns)}"
        self._columns[name] = array
        return name

    def _column(self, found: list[Any]) -> Value:
        import pyarrow

        missing = None
        if any(value is MISSING for value in found):
            gone = [value is MISSING for value in found]
            missing = self._store(pyarrow.array(gone, pyarrow.bool_()))
        present = [None if value is MISSING else value for value in found]
        kind = _common_type(present)
        if kind is Type.ANY:
            return self._mixed(present, missing)
        types = {
            Type.BOOL: pyarrow.bool_(),
            Type.INT: pyarrow.int64(),
            Type.FLOAT: pyarrow.float64(),
            Type.STRING: pyarrow.string(),
            Type.NULL: pyarrow.null(),
        }
        if kind is Type.FLOAT and any(type(value) is int for value in present):
            written = self._store(pyarrow.array(_written(present), pyarrow.string()))
            floats = [None if value is None else float(value) for value in present]
            column = self._store(pyarrow.array(floats, types[kind]))
            return Value(column, kind, missing=missing, text=written, json=written)
        return Value(
            self._store(pyarrow.array(present, types[kind])), kind, missing=missing
        )

    def _mixed(self, present: list[Any], missing: str | None) -> Value:
        import pyarrow

        fields = [
            ("k", pyarrow.int8()),
            ("i", pyarrow.int64()),
            ("d", pyarrow.float64()),
            ("s", pyarrow.string()),
        ]
        tagged = [None if value is None else _tagged(value) for value in present]
        column = self._store(pyarrow.array(tagged, pyarrow.struct(fields)))
        written = self._store(pyarrow.array(_written(present), pyarrow.string()))
        sql = f"CAST({column} AS {ANY})"
        return Value(sql, Type.ANY, missing=missing, json=written)


def _lines(text: str) -> Iterator[Any]:
    decode = json.JSONDecoder(parse_constant=_no_constant).decode
    try:
        for line in text.split("\n"):
            if line and not line.isspace():
                yield decode(line)
    except (ValueError, RecursionError) as error:
        raise select_error("JSONParsingError") from error


def _documents(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    position = 0
    while True:
        while text[position : position + 1].isspace():
            position += 1
        if position == len(text):
            return
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            raise select_error("JSONParsingError") from error
        if end - position > MAX_RECORD_BYTES:
            raise select_error("OverMaxRecordSize")
        yield value
        position = end


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _common_type(present: list[Any]) -> Type:
    kinds = {type(value) for value in present} - {type(None)}
    if not kinds:
        return Type.NULL
    if kinds == {str}:
        return Type.STRING
    if kinds == {bool}:
        return Type.BOOL
    integers = [value for value in present if type(value) is int]
    widest = max((abs(value) for value in integers), default=0)
    if widest > _WIDEST:
        raise select_error("JSONParsingError", "A number is out of range.")
    if kinds == {int} and widest < _LONG:
        return Type.INT
    if kinds <= {int, float} and (widest <= _EXACT or widest >= _LONG):
        return Type.FLOAT
    return Type.ANY


def _tagged(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"k": 2, "i": int(value), "d": None, "s": None}
    if isinstance(value, int) and abs(value) < _LONG:
        return {"k": 3, "i": value, "d": float(value), "s": None}
    if isinstance(value, int | float):
        return {"k": 4, "i": None, "d": float(value), "s": None}
    if isinstance(value, str):
        return {"k": 5, "i": None, "d": None, "s": value}
    return {"k": 6, "i": None, "d": None, "s": _dump(value)}


def _dump(value: Any) -> str:
    try:
        return json.dumps(
            value, ensure_ascii=False, separators=(",", ":"), allow_nan=False
        )
    except (ValueError, RecursionError) as error:
        # Numbers out of range (1e999), or nested too deep.
        raise select_error("JSONParsingError") from error


def _written(present: list[Any]) -> list[str | None]:
    return [None if value is None else _dump(value) for value in present]


def _fields(record: Any) -> dict[str, Any]:
    if record is MISSING:
        return {}
    return record if isinstance(record, dict) else {"_1": record}


def _json_fields(fields: dict[str, Any]) -> str:
    return _dump(fields)[1:-1]


def _csv_fields(output: CsvOutput) -> Callable[[dict[str, Any]], str | None]:
    def write(fields: dict[str, Any]) -> str | None:
        if any(isinstance(value, dict | list) for value in fields.values()):
            return None
        texts = [_csv_text(value) for value in fields.values()]
        return output.format.field_delimiter.join(
            quoted(text, output.format, always=output.always_quote) for text in texts
        )

    return write


def _csv_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _dump(value)
