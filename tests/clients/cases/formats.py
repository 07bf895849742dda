"""Rows and records in every format of the built-in algorithms.

https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html
https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cloudlet.algorithms import record_protobuf, recordio

CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"
RECORDS = "application/x-recordio-protobuf"
ALL = (CSV, JSON, JSON_LINES, RECORDS)

#: From a body, its Content-Type and an Accept type to the answer's bytes.
Predict = Callable[[bytes, str, str], bytes]


def write_rows(
    folder: Path, features: np.ndarray, labels: np.ndarray | None, content_type: str
) -> None:
    """One file of a channel: CSV with the label first, or recordIO-protobuf."""
    folder.mkdir()
    if content_type == RECORDS:
        known = None if labels is None else labels.tolist()
        body = record_protobuf.write(features.astype(np.float32), known)
        (folder / "rows.pbr").write_bytes(body)
    else:
        columns = [features] if labels is None else [labels, features]
        table = np.column_stack(columns)
        np.savetxt(folder / "rows.csv", table, delimiter=",", fmt="%.7g")


def request(rows: np.ndarray, content_type: str) -> bytes:
    """Rows without labels, as a request has them."""
    if content_type == RECORDS:
        return record_protobuf.write(rows.astype(np.float32))
    if content_type == CSV:
        lines = (",".join(f"{value:.7g}" for value in row) for row in rows)
        return "\n".join(lines).encode()
    instances = [{"features": [float(f"{v:.7g}") for v in row]} for row in rows]
    return lines_or_list(instances, content_type)


def lines_or_list(instances: Sequence[Any], content_type: str) -> bytes:
    """JSON Lines, or JSON under `instances`."""
    if content_type == JSON_LINES:
        return "\n".join(map(json.dumps, instances)).encode()
    return json.dumps({"instances": instances}).encode()


def answers(
    predict: Predict,
    requests: Mapping[str, bytes],
    key: str,
    accepts: Sequence[str] = ALL,
) -> list[dict[str, Any]]:
    """The records that one request gets, in each Content-Type and each Accept type.

    Args:
        predict: asks the endpoint.
        requests: the same rows, by Content-Type.
        key: the name of the list in a JSON answer.
        accepts: JSON among them.
    """
    content_type = next(iter(requests))
    first: list[dict[str, Any]] = json.loads(
        predict(requests[content_type], content_type, JSON)
    )[key]
    names, expected = list(first[0]), list(map(_values, first))
    for content_type, body in requests.items():
        for accept in accepts:
            found = _read(predict(body, content_type, accept), key, accept, names)
            for mine, other in zip(expected, found, strict=True):
                np.testing.assert_allclose(other, mine, rtol=1e-3, atol=1e-4)
    return first


def _read(
    body: bytes, key: str, accept: str, names: Sequence[str]
) -> Iterator[list[float]]:
    """The numbers of each record, in the order of their names."""
    if accept == JSON:
        yield from map(_values, json.loads(body)[key])
    elif accept == JSON_LINES:
        yield from map(_values, map(json.loads, body.splitlines()))
    elif accept == CSV:
        for line in body.decode().splitlines():
            yield list(map(float, line.split(",")))
    else:
        for data in recordio.read(body):
            label = record_protobuf.record_class().FromString(data).label
            yield [v for name in names for v in label[name].float32_tensor.values]


def _values(record: Mapping[str, Any]) -> list[float]:
    found: list[float] = []
    for value in record.values():
        found += value if isinstance(value, list) else [value]
    return found
