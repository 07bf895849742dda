"""SelectObjectContent over the wire: objects in S3, rows in an event stream."""

from __future__ import annotations

import bz2
import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pytest
from botocore.exceptions import ClientError
from pyarrow import parquet

ROWS = [{"city": "Köln", "n": 3}, {"city": "Oslo", "n": 7}, {"city": "Rom", "n": 9}]
CSV = "city,n\n" + "".join(f"{row['city']},{row['n']}\n" for row in ROWS)
HEADER = {"CSV": {"FileHeaderInfo": "USE"}}


def parquet_of(rows: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def json_lines(rows: list[dict[str, Any]]) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


def events(client: Any, key: str, expression: str, **members: Any) -> list[Any]:
    request = {
        "Bucket": "bench",
        "Key": key,
        "Expression": expression,
        "ExpressionType": "SQL",
        "InputSerialization": HEADER,
        "OutputSerialization": {"CSV": {}},
    } | members
    return list(client.select_object_content(**request)["Payload"])


def records(found: list[Any]) -> str:
    parts = [event["Records"]["Payload"] for event in found if "Records" in event]
    return b"".join(parts).decode()


@pytest.mark.parametrize(
    "body, serialization",
    [
        (CSV.encode(), HEADER),
        (gzip.compress(CSV.encode(), mtime=0), HEADER | {"CompressionType": "GZIP"}),
        (bz2.compress(CSV.encode()), HEADER | {"CompressionType": "BZIP2"}),
        (json_lines(ROWS), {"JSON": {"Type": "LINES"}}),
        (parquet_of(ROWS), {"Parquet": {}}),
    ],
    ids=["csv", "gzip", "bzip2", "json", "parquet"],
)
def test_every_format_gives_the_same_rows(bench, s3, name, body, serialization):
    key = name("select")
    bench.put(key, body)
    found = events(
        s3,
        key,
        "SELECT s.city, s.n FROM S3Object s WHERE CAST(s.n AS INT) > 4",
        InputSerialization=serialization,
        OutputSerialization={"JSON": {}},
    )
    rows = [json.loads(line) for line in records(found).splitlines()]
    assert [(row["city"], int(row["n"])) for row in rows] == [("Oslo", 7), ("Rom", 9)]


def test_the_stream_ends_with_its_counts(bench, s3, name):
    key = name("select")
    bench.put(key, CSV.encode())
    found = events(
        s3, key, "SELECT city FROM S3Object", RequestProgress={"Enabled": True}
    )
    assert [next(iter(event)) for event in found][-3:] == ["Progress", "Stats", "End"]
    details = found[-2]["Stats"]["Details"]
    size = len(CSV.encode())
    assert details["BytesScanned"] == details["BytesProcessed"] == size
    assert details["BytesReturned"] == len("Köln\nOslo\nRom\n".encode())


def test_a_large_answer_comes_in_several_events(bench, s3, name):
    key = name("select")
    bench.put(key, ("n\n" + "0123456789\n" * 300_000).encode())
    found = events(s3, key, "SELECT n FROM S3Object")
    assert len([event for event in found if "Records" in event]) > 1
    assert records(found) == "0123456789\n" * 300_000


def test_an_odd_key(bench, s3, name):
    key = name("a b+c%2F/ü")
    bench.put(key, CSV.encode())
    assert records(events(s3, key, "SELECT COUNT(*) FROM S3Object")) == "3\n"


def test_virtual_host_style(bench, clients, name):
    key = f"folder/{name('select')}"
    bench.put(key, CSV.encode())
    virtual = clients("s3", region="eu-west-1")  # a client of this test's own

    def by_host(request: Any, **_: Any) -> None:
        request.headers["Host"] = "bench.s3.eu-west-1.amazonaws.com"
        request.url = request.url.replace("/bench/", "/", 1)

    virtual.meta.events.register("before-send.s3.SelectObjectContent", by_host)
    assert records(events(virtual, key, "SELECT COUNT(*) FROM S3Object")) == "3\n"


@pytest.mark.parametrize(
    "members, code, status",
    [
        ({"Key": "no-such-key"}, "NoSuchKey", 404),
        ({"Bucket": "no-such-bucket"}, "NoSuchBucket", 404),
        ({"Expression": "SELEC * FROM S3Object"}, "ParseUnexpectedToken", 400),
        ({"Expression": "SELECT nope( FROM S3Object"}, None, 400),
        (
            {"InputSerialization": HEADER | {"CompressionType": "GZIP"}},
            None,
            400,
        ),
        ({"InputSerialization": {"Parquet": {}}}, None, 400),
    ],
)
def test_errors_are_typed(bench, s3, members, code, status):
    bench.put("select.csv", CSV.encode())
    request = {"Key": "select.csv", "Expression": "SELECT * FROM S3Object"} | members
    with pytest.raises(ClientError) as caught:
        events(s3, request.pop("Key"), request.pop("Expression"), **request)
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert response["ResponseMetadata"]["RetryAttempts"] == 0
    assert response["Error"]["Code"] not in ("LocalCloudFault", "400", "500")
    if code is not None and code.startswith("NoSuch"):
        assert response["Error"]["Code"] == code


def test_scanned_and_returned_bytes_are_billed(fresh_bench, fresh_cloud):
    fresh_bench.put("select.csv", CSV.encode())
    events(fresh_bench.s3, "select.csv", "SELECT city FROM S3Object")
    lines = {
        line.component: line.quantity
        for line in fresh_cloud.bill().lines
        if line.service == "AmazonS3"
    }
    gigabyte = 1024**3
    assert lines["select_scanned"] == pytest.approx(len(CSV.encode()) / gigabyte)
    assert lines["select_returned"] == pytest.approx(
        len("Köln\nOslo\nRom\n".encode()) / gigabyte
    )
