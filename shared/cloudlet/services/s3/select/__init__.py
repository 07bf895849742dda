"""S3 Select: SelectObjectContent on DuckDB.

*Request → syntax tree → the object's columns → DuckDB SQL → payload*: `request.py`,
`parser.py` (`lexer.py`, `expressions.py`), `csv_input.py`, `json_input.py` and
`parquet_input.py`, `compiler.py`, `output.py` and `engine.py`. Heavy libraries load
with the first query.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_SelectObjectContent.html

Where it differs from AWS: decimals have 18 digits after the point and 20 before it;
products of more digits, quotients and averages are rounded to 15 digits; timestamps
keep microseconds. A line that ends in CR LF is read as if it ended in LF.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudlet.services.s3.select.relation import Relation
    from cloudlet.services.s3.select.request import Request
    from cloudlet.services.s3.select.syntax import Query


@dataclass(frozen=True)
class SelectResult:
    """What a query gives.

    Attributes:
        records: payloads for Records events, of about 128 KiB, cut between records.
        bytes_scanned: bytes of the object that were read, as stored.
        bytes_processed: the same, uncompressed.
        bytes_returned: bytes of all records.
    """

    records: Iterator[bytes] | list[bytes]
    bytes_scanned: int
    bytes_processed: int
    bytes_returned: int


def select_object_content(body: bytes, request: Mapping[str, Any]) -> SelectResult:
    """Run the query of `request` on the object `body`.

    Args:
        body: the whole object, as stored.
        request: the request's members under their boto3 names.

    Raises:
        AwsError: with S3 Select's own codes.
    """
    from cloudlet.services.s3.select.compression import decompress
    from cloudlet.services.s3.select.engine import run
    from cloudlet.services.s3.select.parser import parse
    from cloudlet.services.s3.select.request import parse_request

    checked = parse_request(request)
    query = parse(checked.expression)
    relation = _open(decompress(body, checked.compression), checked, query)
    records = run(query, relation, checked.output)
    compressed = checked.compression != "NONE"
    return SelectResult(
        records=records,
        bytes_scanned=len(body) if compressed else relation.bytes_scanned,
        bytes_processed=relation.bytes_processed,
        bytes_returned=sum(len(chunk) for chunk in records),
    )


def _open(body: bytes, request: "Request", query: "Query") -> "Relation":
    from cloudlet.services.s3.select.csv_input import CsvRelation
    from cloudlet.services.s3.select.json_input import JsonRelation
    from cloudlet.services.s3.select.parquet_input import ParquetRelation
    from cloudlet.services.s3.select.request import CsvInput, JsonInput

    if isinstance(request.input, CsvInput):
        return CsvRelation(body, request.input, request.scan_range, query)
    if isinstance(request.input, JsonInput):
        return JsonRelation(body, request.input, request.scan_range, query)
    return ParquetRelation(body, request.scan_range, query)
