"""How a record is written: DuckDB SQL that gives each record as one text."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from cloudlet.services.s3.select.errors import select_error
from cloudlet.services.s3.select.relation import StarRow, Type, Value
from cloudlet.services.s3.select.request import CsvFormat, CsvOutput, JsonOutput
from cloudlet.services.s3.select.text import MAX_RECORD_BYTES

CHUNK_BYTES = 128 * 1024
Bind = Callable[[Any], str]
Fields = list[tuple[str, Value] | StarRow]


def plain_text(value: Value) -> str:
    """SQL of `value` as text, NULL for NULL; as CAST to STRING and CSV have it."""
    if value.type is Type.TIMESTAMP:
        return f"ts_text({value.sql})"
    if value.type is Type.DECIMAL:
        return f"dec_text({value.sql})"
    if value.type is Type.ANY:
        return f"any_text({value.sql})"
    return f"CAST({value.sql} AS VARCHAR)"


def record_sql(fields: Fields, output: CsvOutput | JsonOutput, bind: Bind) -> str:
    """SQL of one record with its delimiter."""
    if isinstance(output, JsonOutput):
        parts = [_json_part(field, bind) for field in fields]
        body = f"'{{' || concat_ws(',', {', '.join(parts)}) || '}}'"
        return f"{body} || {bind(output.record_delimiter)}"
    parts = [_csv_part(field, output, bind) for field in fields]
    style = output.format
    body = f" || {bind(style.field_delimiter)} || ".join(parts)
    return f"{body} || {bind(style.record_delimiter)}"


def _json_part(field: tuple[str, Value] | StarRow, bind: Bind) -> str:
    if isinstance(field, StarRow):
        return f"nullif({field.sql}, '')"
    name, value = field
    key = bind(json.dumps(name, ensure_ascii=False) + ":")
    member = f"{key} || coalesce({_json_text(value)}, 'null')"
    if value.missing is None:
        return member
    # "Amazon S3 Select replaces MISSING values with empty records."
    return f"CASE WHEN NOT ({value.missing}) THEN {member} END"


def _json_text(value: Value) -> str:
    if value.json is not None:
        return value.json
    if value.type is Type.STRING:
        return f"to_json({value.sql})"
    if value.type is Type.TIMESTAMP:
        return f"to_json(ts_text({value.sql}))"
    if value.type is Type.ANY:
        return f"any_json({value.sql})"
    if value.type is Type.FLOAT:
        finite = f"isfinite({value.sql})"
        return f"CASE WHEN {finite} THEN {value.text or plain_text(value)} END"
    return plain_text(value)


def _csv_part(field: tuple[str, Value] | StarRow, output: CsvOutput, bind: Bind) -> str:
    if isinstance(field, StarRow):
        return field.sql
    value = field[1]
    text = value.text or plain_text(value)
    if value.type is Type.ANY:
        text = f"any_csv({value.sql})"
    style = output.format
    if output.always_quote:
        return _quoted(f"coalesce({text}, '')", style, bind)
    if value.type in (Type.STRING, Type.ANY):
        return f"coalesce({_quoted_if_needed(text, style, bind)}, '')"
    return f"coalesce({text}, '')"


def _quoted(text: str, style: CsvFormat, bind: Bind) -> str:
    if not style.quote:
        return text
    quote = bind(style.quote)
    escaped = f"replace({text}, {quote}, {bind(style.quote_escape + style.quote)})"
    return f"{quote} || {escaped} || {quote}"


def _quoted_if_needed(text: str, style: CsvFormat, bind: Bind) -> str:
    if not style.quote:
        return text
    marks = {style.field_delimiter, style.record_delimiter, style.quote, "\n", "\r"}
    tests = " OR ".join(f"contains({text}, {bind(mark)})" for mark in sorted(marks))
    return f"CASE WHEN {tests} THEN {_quoted(text, style, bind)} ELSE {text} END"


def quoted(text: str, style: CsvFormat, *, always: bool) -> str:
    """`text` as a CSV field, quoted if it must be or always."""
    special = (style.field_delimiter, style.record_delimiter, style.quote, "\n", "\r")
    needed = always or any(mark in text for mark in special if mark)
    if not needed or not style.quote:
        return text
    escaped = text.replace(style.quote, style.quote_escape + style.quote)
    return f"{style.quote}{escaped}{style.quote}"


def chunks(records: Any) -> Iterator[bytes]:
    """Cut an Arrow array of record texts into payloads between records.

    Raises:
        AwsError: OverMaxRecordSize for a record over 1 MB.
    """
    import numpy

    offsets = numpy.frombuffer(records.buffers()[1], _offset_type(records))
    offsets = offsets[records.offset : records.offset + len(records) + 1]
    if len(offsets) > 1 and int(numpy.diff(offsets).max()) > MAX_RECORD_BYTES:
        raise select_error("OverMaxRecordSize")
    data = memoryview(records.buffers()[2] or b"")
    first = 0
    while first < len(records):
        reach = int(offsets[first]) + CHUNK_BYTES
        last = int(numpy.searchsorted(offsets, reach, side="right")) - 1
        last = max(last, first + 1)
        yield bytes(data[int(offsets[first]) : int(offsets[last])])
        first = last


def _offset_type(records: Any) -> str:
    import pyarrow

    return "int64" if pyarrow.types.is_large_string(records.type) else "int32"
