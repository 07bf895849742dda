"""Rows as channels and requests have them, and reading answers and metrics back."""

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from cloudlet.algorithms import record_protobuf, recordio
from cloudlet.algorithms.metrics import MetricDefinition

CSV, CSV_LABELLED = "text/csv;label_size=0", "text/csv"
RECORDS = "application/x-recordio-protobuf"


def csv(features: np.ndarray, labels: np.ndarray | None = None) -> bytes:
    """Rows as CSV, the label first if there is one."""
    rows = features if labels is None else np.column_stack([labels, features])
    return "\n".join(",".join(f"{v:.9g}" for v in row) for row in rows).encode()


def records(features: Any, labels: Sequence[float] | None = None) -> bytes:
    """Rows as recordIO-protobuf, as the SDK's `record_set` writes them."""
    return record_protobuf.write(features, labels)


def requests(rows: np.ndarray) -> dict[str, bytes]:
    """The same rows as a request in each format, by content type."""
    listed = rows.tolist()
    lines = "\n".join(json.dumps({"features": row}) for row in listed)
    instances = {"instances": [{"features": row} for row in listed]}
    return {
        "text/csv": csv(rows),
        "application/json": json.dumps(instances).encode(),
        "application/jsonlines": lines.encode(),
        RECORDS: record_protobuf.write(rows),
    }


def answers(body: bytes, content_type: str, key: str) -> list[dict[str, Any]]:
    """The records of an answer, whatever its format; numbers come as floats."""
    if content_type == "application/json":
        found: list[dict[str, Any]] = json.loads(body)[key]
        return found
    if content_type == "application/jsonlines":
        return [json.loads(line) for line in body.decode().splitlines()]
    decoded = []
    for data in recordio.read(body):
        record = record_protobuf.record_class()()
        record.ParseFromString(data)
        values = {n: list(v.float32_tensor.values) for n, v in record.label.items()}
        decoded.append({n: v[0] if len(v) == 1 else v for n, v in values.items()})
    return decoded


def measured(log: str, metrics: Sequence[MetricDefinition]) -> dict[str, list[float]]:
    """What the cloud would find of these metrics in a job's log, in its order."""
    found: dict[str, list[float]] = {}
    for metric in metrics:
        values = re.findall(metric.regex, log)
        if values:
            found[metric.name] = [float(value) for value in values]
    return found


def bad_rows(rows: np.ndarray) -> list[tuple[bytes, str, str]]:
    """What no channel without labels may hold: content, content type, what is said.

    Args:
        rows: good ones, shape (rows, features).
    """
    good = csv(rows[:1])
    return [
        (b"", CSV, "No data was found in channel 'train': its files hold no row"),
        (good + b"\n" + _with_nan(good), CSV, "'train' has missing, NaN or infinite"),
        (good + b"\n3\n", CSV, "Failed to load csv data"),
        (b"not recordIO", RECORDS, "no RecordIO header at byte 0"),
        (records(rows)[:-30], RECORDS, "ends within the record"),
        (good, "text/libsvm", "text/libsvm of channel 'train' is not supported"),
    ]


def bad_requests(width: int) -> list[tuple[bytes, str, int, str]]:
    """What no endpoint may answer: body, content type, status, what is said."""
    says = f"have {width + 1} features, the model was trained on {width}"
    return [
        (b",".join([b"1"] * (width + 1)), "text/csv", 400, says),
        (_with_nan(b",".join([b"1"] * width)), "text/csv", 400, "missing, NaN"),
        (b"{}", "application/json", 400, "cannot be read as application/json"),
        (b"1", "image/png", 415, "image/png is not supported"),
    ]


def _with_nan(line: bytes) -> bytes:
    return line.rpartition(b",")[0] + b",nan"
