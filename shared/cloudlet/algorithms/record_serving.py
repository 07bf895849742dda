"""Requests and answers of AWS's first-party algorithms: rows in, records out.

https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html. A request is CSV
without label, JSON, JSON Lines or recordIO-protobuf:

    {"instances": [{"features": [1.5, 2.0]}, {"data": {"features": {"values": [1.5]}}}]}
    {"features": [1.5, 2.0]}

An answer is JSON (the default), JSON Lines or recordIO-protobuf, with one record for
each row; in JSON they stand in one list under a name of the algorithm's.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cloudlet.algorithms import csv_data
from cloudlet.algorithms.dataset import CSV, RECORDS, Features, sparse_rows
from cloudlet.algorithms.formats import media_type
from cloudlet.algorithms.serving import PayloadError

JSON = "application/json"
JSON_LINES = "application/jsonlines"
Record = Mapping[str, Any]


class RecordPredictor:
    """A Predictor around a function from rows to records.

    Args:
        width: the model's number of features; None takes any.
        key: the name of the list in a JSON answer: `predictions`, `scores`, ….
        answer: from features, shape (rows, features), to one record for each row; its
            values are numbers, texts, or lists of numbers.
        sparse: whether `answer` takes a scipy csr_matrix too; else rows come dense.
        default: the Content-Type of a request that names none.
    """

    def __init__(
        self,
        width: int | None,
        key: str,
        answer: Callable[[Features], Sequence[Record]],
        *,
        sparse: bool = False,
        default: str = CSV,
    ) -> None:
        self._width, self._key, self._answer = width, key, answer
        self._sparse, self._default = sparse, default

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Answer one request; see `cloudlet.algorithms.serving.Predictor`."""
        answer_type = accepted(accept)
        rows = parse(body, content_type, self._default)
        if not self._sparse and not isinstance(rows, np.ndarray):
            rows = rows.toarray()
        self._check(rows)
        return encode(self._answer(rows), self._key, answer_type), answer_type

    def _check(self, rows: Features) -> None:
        if self._width is not None and rows.shape[1] != self._width:
            raise PayloadError(
                f"unable to evaluate payload provided: the rows have {rows.shape[1]}"
                f" features, the model was trained on {self._width}"
            )
        values = rows if isinstance(rows, np.ndarray) else rows.data
        if not np.isfinite(values).all():
            raise PayloadError(
                "unable to evaluate payload provided: a value is missing, NaN or"
                " infinite"
            )


def parse(body: bytes, content_type: str, default: str = CSV) -> Features:
    """The rows of a request, shape (rows, features), float32, dense or sparse.

    Raises:
        PayloadError: 415 for another content type, 400 for what it cannot be read as.
    """
    kind = media_type(content_type)[0] if content_type.strip() else default
    if kind == "application/octet-stream":
        kind = default
    readers = {CSV: _csv, JSON: _json, JSON_LINES: _json_lines, RECORDS: _records}
    if kind not in readers:
        raise PayloadError(
            f"Content-type {content_type} is not supported: use one of"
            f" {', '.join(readers)}",
            status=415,
        )
    try:
        rows = readers[kind](body)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PayloadError(
            f"unable to evaluate payload provided: it cannot be read as {kind}: {error}"
        ) from error
    if not rows.shape[0]:
        raise PayloadError("unable to evaluate payload provided: it has no row")
    return rows


def encode(records: Sequence[Record], key: str, answer_type: str) -> bytes:
    """The records as the answer's type has them."""
    if answer_type == RECORDS:
        from cloudlet.algorithms.record_protobuf import write_answers

        return write_answers(records)
    if answer_type == JSON_LINES:
        return "".join(json.dumps(record) + "\n" for record in records).encode()
    if answer_type == CSV:
        return "".join(f"{_cells(record)}\n" for record in records).encode()
    return json.dumps({key: list(records)}).encode()


def accepted(
    accept: str, offered: Sequence[str] = (JSON, JSON_LINES, RECORDS, CSV)
) -> str:
    """The media type to answer in, JSON where any will do.

    Raises:
        PayloadError: 406, it is none of those offered.
    """
    kind = media_type(accept)[0] if accept.strip() else "*/*"
    if kind in ("*/*", "application/*"):
        return JSON
    if kind not in offered:
        raise PayloadError(
            f"Accept type {kind} is not supported: use one of {', '.join(offered)}",
            status=406,
        )
    return kind


def _cells(record: Record) -> str:
    cells: list[Any] = []
    for value in record.values():
        cells += value if isinstance(value, list) else [value]
    return ",".join(map(str, cells))


def _csv(body: bytes) -> Features:
    return csv_data.parse_rows(body.decode("utf-8"))


def _json(body: bytes) -> Features:
    return _from_instances(json.loads(body)["instances"])


def _json_lines(body: bytes) -> Features:
    lines = body.decode("utf-8").splitlines()
    return _from_instances([json.loads(line) for line in lines if line.strip()])


def _records(body: bytes) -> Features:
    from cloudlet.algorithms.record_protobuf import read

    return read(body).features


def _from_instances(instances: Sequence[Any]) -> Features:
    tensors = [features(instance) for instance in instances]
    if any("keys" in tensor for tensor in tensors):
        return sparse_rows(
            [
                (
                    t.get("keys", range(len(t["values"]))),
                    t["values"],
                    t.get("shape", ()),
                )
                for t in tensors
            ]
        )
    rows = [tensor["values"] for tensor in tensors]
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        raise ValueError(f"instances have different numbers of features: {widths}")
    return np.array(rows, np.float32).reshape(len(rows), max(widths, default=0))


def features(instance: Any) -> dict[str, Any]:
    """What an instance has: `values`, and of a sparse one `keys` and `shape`.

    Raises:
        KeyError, TypeError: it is no instance.
    """
    found = instance["data"]["features"] if "data" in instance else instance["features"]
    return found if isinstance(found, dict) else {"values": found}
