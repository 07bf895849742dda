"""Helpers of the S3 Select tests, and what holds for the package as a whole."""

import subprocess
import sys
from typing import Any

import pytest

from cloudlet.errors import AwsError
from cloudlet.services.s3.select import SelectResult, select_object_content

USE = {"CSV": {"FileHeaderInfo": "USE"}}
NONE = {"CSV": {"FileHeaderInfo": "NONE"}}
LINES = {"JSON": {"Type": "LINES"}}
DOCUMENT = {"JSON": {"Type": "DOCUMENT"}}
PARQUET: dict[str, Any] = {"Parquet": {}}
CSV_OUT: dict[str, Any] = {"CSV": {}}
JSON_OUT: dict[str, Any] = {"JSON": {}}


def run(
    expression: str,
    body: bytes,
    source: dict[str, Any] | None = None,
    output: dict[str, Any] | None = None,
    **members: Any,
) -> SelectResult:
    request = {
        "Bucket": "b",
        "Key": "k",
        "Expression": expression,
        "ExpressionType": "SQL",
        "InputSerialization": USE if source is None else source,
        "OutputSerialization": CSV_OUT if output is None else output,
        **members,
    }
    return select_object_content(body, request)


def text(*arguments: Any, **members: Any) -> str:
    return b"".join(run(*arguments, **members).records).decode()


def code(*arguments: Any, **members: Any) -> str:
    with pytest.raises(AwsError) as caught:
        run(*arguments, **members)
    assert caught.value.http_status == 400
    return caught.value.code


def test_import_is_cheap() -> None:
    program = (
        "import sys, cloudlet.services.s3.select\n"
        "print([m for m in ('duckdb', 'pyarrow', 'numpy', 'pandas') "
        "if m in sys.modules])"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "[]"


def test_chunks_are_cut_between_records_and_counted() -> None:
    lines = [f"{i},{'x' * (i % 97)}\n" for i in range(20_000)]
    body = "".join(lines).encode()
    result = run("SELECT * FROM S3Object", body, NONE)
    chunks = list(result.records)
    assert b"".join(chunks) == body
    assert len(chunks) > 5
    assert all(chunk.endswith(b"\n") and len(chunk) <= 131_072 for chunk in chunks)
    assert result.bytes_returned == len(body)
    assert result.bytes_scanned == result.bytes_processed == len(body)


def test_no_records_give_no_payload() -> None:
    result = run("SELECT * FROM S3Object WHERE FALSE", b"a\n1\n")
    assert list(result.records) == []
    assert result.bytes_returned == 0
