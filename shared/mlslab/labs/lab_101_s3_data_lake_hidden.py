"""Hidden checks of lab 101.

They hold the answers against what the lab itself has stored, and measure anew.
"""

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from cloudlet.metering import load_prices
from mlslab.aws import Aws
from mlslab.checks import require
from mlslab.hidden import hidden
from mlslab.labs.lab_101_s3_data_lake import CODES, GIB, MARCH, listed, near, prefix_of

DECEMBER = "raw/transactions/year=2026/month=12/part-0000.csv"
PACKED = "curated/transactions/year=2026/month=03/part-0000.csv.gz"
LAYOUTS = {
    layout: f"curated/{layout}/year=2026/month=03/" for layout in ("monthly", "daily")
}
WHOLE = {
    "groceries": "5411",
    "fuel": "5541",
    "travel": "4722",
    "electronics": "5732",
    "restaurants": "5812",
    "health": "8099",
}
EVERYBODY = ("*", {"AWS": "*"}, {"AWS": ["*"]})


def _body(aws: Aws, key: str) -> bytes:
    body: bytes = aws.s3.get_object(Bucket=aws.bucket, Key=key)["Body"].read()
    return body


def _rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode())))


@hidden(
    exercise="upload",
    message="the object at `curated_key` does not hold December's transactions",
)
def december(curated_key: str, aws: Aws) -> None:
    """The rows are those of the raw zone."""
    stored = _rows(gzip.decompress(_body(aws, curated_key)))
    raw = _rows(_body(aws, DECEMBER))
    require(len(raw) > 1000, f"{len(raw)} rows are left in the raw zone")
    require(stored == raw, f"{len(stored)} rows for {len(raw)}, or others")


@hidden(
    exercise="transport",
    message="the policy lets some requests over plain HTTP in: its condition asks for"
    " more than that",
)
def no_further_condition(aws: Aws) -> None:
    """One denial has nothing but the transport for a condition."""
    denials = [s for s in _statements(aws) if s["Effect"] == "Deny"]
    conditions = [statement.get("Condition") or {} for statement in denials]
    require(any(map(_is_plain_http, conditions)), f"the conditions are {conditions}")


@hidden(exercise="transport", message="the policy opens the bucket to everybody")
def still_closed(aws: Aws) -> None:
    """Nobody is let in without being named; TLS names nobody."""
    for statement in _statements(aws):
        condition = statement.get("Condition") or {}
        keys = {key.lower() for test in condition.values() for key in test}
        require(
            statement["Effect"] != "Allow"
            or statement.get("Principal") not in EVERYBODY
            or keys - {"aws:securetransport"},
            f"it says {statement}",
        )


def _statements(aws: Aws) -> list[dict[str, Any]]:
    policy = json.loads(aws.s3.get_bucket_policy(Bucket=aws.bucket)["Policy"])
    return list(listed(policy["Statement"]))


def _is_plain_http(condition: Mapping[str, Mapping[str, Any]]) -> bool:
    tests = [(key, v) for test in condition.values() for key, v in test.items()]
    return len(tests) == 1 and [str(v).lower() for v in listed(tests[0][1])] == [
        "false"
    ]


@hidden(
    exercise="restore", message=f"`{CODES}` is not the table that was there at first"
)
def the_same_table(aws: Aws) -> None:
    """The codes are those of the first version."""
    codes = {row.get("category"): row.get("code") for row in _rows(_body(aws, CODES))}
    require(codes == WHOLE, f"the codes are {codes}")


@hidden(
    exercise="query",
    message="`travel_counts` are not the counts of a query on the whole packed object",
)
def counted_by_select(travel_counts: dict[str, Any], aws: Aws) -> None:
    """S3 has scanned the packed object, which is March's, and unpacked it."""
    packed = _body(aws, PACKED)
    unpacked = gzip.decompress(packed)
    require(unpacked == _body(aws, MARCH), "the packed object is not March's")
    told = [travel_counts.get(f"Bytes{what}") for what in ("Scanned", "Processed")]
    require(told == [len(packed), len(unpacked)], f"S3 is said to have read {told}")


@hidden(
    exercise="design",
    message="`month_job` or `day_job` holds a count that `read_column` does not give",
)
def measured(month_job: dict[str, Any], day_job: dict[str, Any], aws: Aws) -> None:
    """The requests and bytes are those of the objects in the bucket."""
    everything = {name: _keys(aws, prefix) for name, prefix in LAYOUTS.items()}
    fifth = [key for key in everything["daily"] if "/day=05/" in key]
    for job, keys in (
        (month_job, everything),
        (day_job, {**everything, "daily": fifth}),
    ):
        for layout, expected in keys.items():
            counted = _amounts_read(aws, expected)
            told = tuple(int(count) for count in job[layout])
            require(told == counted, f"{layout}: {told} for {counted}")


def _keys(aws: Aws, prefix: str) -> list[str]:
    found = aws.s3.list_objects_v2(Bucket=aws.bucket, Prefix=prefix)
    return [item["Key"] for item in found["Contents"]]


class _Counted(io.BytesIO):
    """An object that counts how often, and how much of it, is read."""

    requests = transferred = 0

    def read(self, size: int | None = -1, /) -> bytes:
        body = super().read(size)
        self.requests += bool(body)
        self.transferred += len(body)
        return body


def _amounts_read(aws: Aws, keys: list[str]) -> tuple[int, int]:
    """What the lab's `read_column` counts for the column `amount`."""
    objects = [_Counted(_body(aws, key)) for key in keys]
    for file in objects:
        pq.read_table(file, columns=["amount"])
    return sum(o.requests for o in objects), sum(o.transferred for o in objects)


@hidden(
    exercise="cost",
    message="`reading_cost` is off for other objects, reads or storage classes",
)
def other_readings(reading_cost: Callable[..., float]) -> None:
    """It agrees with the price list for all classes, few reads and none."""
    random = np.random.default_rng(101)
    for name in ("STANDARD", "STANDARD_IA", "GLACIER_IR"):
        for reads in (0, 0.5, 1, *random.uniform(0, 40, 3).round(2).tolist()):
            objects, size = int(random.integers(1, 10**6)), int(random.integers(1, GIB))
            charges = load_prices().storage_class(name).prices
            expected = charges["get"].cost(objects * reads)
            if "retrieval" in charges:
                expected += charges["retrieval"].cost(objects * size * reads / GIB)
            given = reading_cost(name, objects, size, reads)
            asked = f"{name}, {objects} of {size} bytes, {reads} reads"
            require(near(given, expected), f"{asked}: {given} for {expected}")


@hidden(
    exercise="lifecycle",
    message="the rule `broken-uploads` no longer does what its name says",
)
def uploads_still_abort(aws: Aws) -> None:
    """It aborts uploads in the whole bucket."""
    answer = aws.s3.get_bucket_lifecycle_configuration(Bucket=aws.bucket)
    (rule,) = (rule for rule in answer["Rules"] if rule.get("ID") == "broken-uploads")
    days = rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation", 0)
    require(days > 0 and prefix_of(rule) == "", f"the rule is {rule}")
