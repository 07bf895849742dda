"""Parquet objects: types are kept, only the columns asked for are read."""

import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from test_select_support import CSV_OUT, JSON_OUT, PARQUET, code, run, text

COLUMNS = {
    "id": pa.array([1, 2, 3], pa.int64()),
    "small": pa.array([-1, None, 3], pa.int8()),
    "score": pa.array([1.5, None, 3.0], pa.float64()),
    "price": pa.array([Decimal("19.90"), Decimal("0.05"), None], pa.decimal128(9, 2)),
    "name": pa.array(["Ann", "Bob, Jr", None], pa.string()),
    "kind": pa.array(["x", "y", "x"]).dictionary_encode(),
    "ok": pa.array([True, False, None], pa.bool_()),
    "born": pa.array([dt.date(2020, 1, 2), None, dt.date(1969, 7, 20)], pa.date32()),
    "at": pa.array([dt.datetime(2020, 1, 2, 3, 4, 5, 6000)] * 3, pa.timestamp("ms")),
    "tz": pa.array(
        [dt.datetime(2020, 1, 2, 3, 4, 5, 678, tzinfo=dt.UTC)] * 3,
        pa.timestamp("us", "Europe/Oslo"),
    ),
    "tags": pa.array([["a", "b"], [], None], pa.list_(pa.string())),
    "geo": pa.array(
        [{"lat": 1.5}, {"lat": None}, None], pa.struct([("lat", pa.float64())])
    ),
}


def parquet_bytes(columns: dict[str, Any], **options: Any) -> bytes:
    stream = io.BytesIO()
    parquet.write_table(pa.table(columns), stream, **options)
    return stream.getvalue()


BODY = parquet_bytes(COLUMNS)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT id, small FROM S3Object", "1,-1\n2,\n3,3\n"),
        ("SELECT score FROM S3Object", "1.5\n\n3.0\n"),
        ("SELECT price FROM S3Object", "19.90\n0.05\n\n"),
        ("SELECT price * 2 FROM S3Object WHERE id = 1", "39.8\n"),
        ("SELECT name, kind FROM S3Object", 'Ann,x\n"Bob, Jr",y\n,x\n'),
        ("SELECT ok FROM S3Object", "true\nfalse\n\n"),
        ("SELECT born FROM S3Object", "2020-01-02\n\n1969-07-20\n"),
        ("SELECT at FROM S3Object LIMIT 1", None),
        ('SELECT s."at" FROM S3Object s LIMIT 1', "2020-01-02T03:04:05.006Z\n"),
        ("SELECT tz FROM S3Object LIMIT 1", "2020-01-02T03:04:05.000678Z\n"),
        ("SELECT id FROM S3Object WHERE score > 1", "1\n3\n"),
        ("SELECT id FROM S3Object WHERE score IS NULL", "2\n"),
        ("SELECT id FROM S3Object WHERE small < 0 OR name LIKE 'B%'", "1\n2\n"),
        ("SELECT id FROM S3Object WHERE ok", "1\n"),
        ("SELECT id FROM S3Object WHERE price = 0.05", "2\n"),
        ("SELECT id FROM S3Object WHERE kind = 'x' AND id <> 1", "3\n"),
        ("SELECT id FROM S3Object WHERE born > CAST('2000-01-01' AS TIMESTAMP)", "1\n"),
        ("SELECT EXTRACT(YEAR FROM born) FROM S3Object WHERE id = 3", "1969\n"),
        ("SELECT SUM(id), SUM(score), AVG(id) FROM S3Object", "6,4.5,2\n"),
        ("SELECT SUM(price), MAX(price), MIN(small) FROM S3Object", "19.95,19.9,-1\n"),
        ("SELECT COUNT(*), COUNT(name) FROM S3Object", "3,2\n"),
        ("SELECT MAX(born) FROM S3Object", "2020-01-02\n"),
        ("SELECT s.tags[1] FROM S3Object s", "b\n\n\n"),
        ("SELECT s.geo.LAT FROM S3Object s WHERE s.geo IS NOT NULL", "1.5\n\n"),
        ("SELECT CAST(score AS INT) FROM S3Object", "1\n\n3\n"),
        ('SELECT ID FROM S3Object WHERE "id" = 2', "2\n"),
    ],
)
def test_queries(query: str, expected: str | None) -> None:
    if expected is None:
        # AT is a reserved keyword.
        assert code(query, BODY, PARQUET) == "ParseUnExpectedKeyword"
    else:
        assert text(query, BODY, PARQUET) == expected


def test_json_output_keeps_types() -> None:
    output = text("SELECT * FROM S3Object LIMIT 1", BODY, PARQUET, JSON_OUT)
    assert json.loads(output) == {
        "id": 1,
        "small": -1,
        "score": 1.5,
        "price": 19.9,
        "name": "Ann",
        "kind": "x",
        "ok": True,
        "born": "2020-01-02",
        "at": "2020-01-02T03:04:05.006Z",
        "tz": "2020-01-02T03:04:05.000678Z",
        "tags": ["a", "b"],
        "geo": {"lat": 1.5},
    }
    query = "SELECT small, ok, tags FROM S3Object WHERE id > 1"
    output = text(query, BODY, PARQUET, JSON_OUT)
    assert output == (
        '{"small":null,"ok":false,"tags":[]}\n{"small":3,"ok":null,"tags":null}\n'
    )


def test_only_columns_asked_for_are_scanned() -> None:
    wide = parquet_bytes({f"c{i}": pa.array(range(5000)) for i in range(10)})
    one = run("SELECT c3 FROM S3Object WHERE c3 > 4990", wide, PARQUET)
    every = run("SELECT * FROM S3Object LIMIT 1", wide, PARQUET)
    assert 0 < one.bytes_scanned < every.bytes_scanned / 5 < len(wide)
    assert one.bytes_processed >= one.bytes_scanned


def test_scan_range_takes_row_groups_that_start_inside() -> None:
    body = parquet_bytes({"i": pa.array(range(1000))}, row_group_size=100)
    metadata = parquet.ParquetFile(io.BytesIO(body)).metadata
    starts = []
    for group in range(10):
        column = metadata.row_group(group).column(0)
        starts.append(column.dictionary_page_offset or column.data_page_offset)
    part = {"Start": starts[2], "End": starts[5] - 1}
    output = text("SELECT i FROM S3Object", body, PARQUET, CSV_OUT, ScanRange=part)
    assert output.split() == [str(i) for i in range(200, 500)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT nope FROM S3Object", "EvaluatorBindingDoesNotExist"),
        ('SELECT "ID" FROM S3Object', "EvaluatorBindingDoesNotExist"),
        ("SELECT s.geo.lon FROM S3Object s", "EvaluatorBindingDoesNotExist"),
        ("SELECT s.id[0] FROM S3Object s", "InvalidKeyPath"),
        ("SELECT x.id FROM S3Object s", "EvaluatorBindingDoesNotExist"),
        ("SELECT id FROM S3Object[*].geo", "InvalidKeyPath"),
        ("SELECT tags FROM S3Object", "UnsupportedSqlStructure"),
        ("SELECT SUM(name) FROM S3Object", "ExternalEvalException"),
        ("SELECT UPPER(id) FROM S3Object", "IncorrectSqlFunctionArgumentType"),
    ],
)
def test_errors_of_names_and_types(query: str, expected: str) -> None:
    assert code(query, BODY, PARQUET) == expected


def test_errors_of_the_file() -> None:
    query = "SELECT * FROM S3Object"
    assert code(query, b"a,b\n1,2\n", PARQUET) == "ParquetParsingError"
    assert code(query, b"", PARQUET) == "ParquetParsingError"
    assert code(query, BODY[:-20], PARQUET) == "ParquetParsingError"
    zstd = parquet_bytes({"a": [1]}, compression="zstd")
    assert code(query, zstd, PARQUET) == "ParquetUnsupportedCompressionCodec"
    gzipped = parquet_bytes({"a": [1]}, compression="gzip")
    assert text(query, gzipped, PARQUET) == "1\n"
    stamp = {"t": pa.array([dt.datetime(2020, 1, 1)], pa.timestamp("ns"))}
    old = parquet_bytes(stamp, use_deprecated_int96_timestamps=True)
    assert code("SELECT t FROM S3Object", old, PARQUET) == "UnsupportedParquetType"
    binary = parquet_bytes({"b": pa.array([b"x"], pa.binary())})
    assert code("SELECT b FROM S3Object", binary, PARQUET) == "UnsupportedParquetType"
    whole = {**PARQUET, "CompressionType": "GZIP"}
    assert code(query, BODY, whole) == "InvalidCompressionFormat"
