"""LIBSVM text: `label[:weight] [qid:n] index:value …`, indices from zero.

A feature that a line does not name is missing, not zero.
https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-how-to-use.html
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cloudlet.runner.container import ClientError


@dataclass(frozen=True)
class LibsvmData:
    """Rows of a channel: a scipy CSR matrix and one value a row of what is given."""

    features: Any
    labels: np.ndarray
    weights: np.ndarray | None
    query_ids: np.ndarray | None


def read(files: Sequence[Path]) -> LibsvmData:
    """Read the files as one, in float32.

    Raises:
        ClientError: a first line is not LIBSVM, or a later one cannot be read.
    """
    from sklearn.datasets import load_svmlight_file

    text = b"\n".join(file.read_bytes() for file in files)
    first_lines = [_check_first_line(file) for file in files]
    weights = None
    if any(":" in line.split()[0] for line in first_lines):
        text, weights = _without_weights(text)
    with_queries = any("qid:" in line for line in first_lines)
    try:
        loaded = load_svmlight_file(
            io.BytesIO(text), dtype=np.float32, zero_based=True, query_id=with_queries
        )
    except ValueError as error:
        raise ClientError(
            f"Failed to load libsvm data with exception:\n{error}"
        ) from error
    return LibsvmData(
        loaded[0], loaded[1], weights, loaded[2] if with_queries else None
    )


def parse_rows(text: str) -> tuple[Any, int]:
    """Parse a request body: a float32 scipy CSR matrix, and its greatest index + 1.

    A label in front is passed over; a number too large for float32 is infinite.

    Raises:
        ValueError: an index or a value is not a number.
    """
    from scipy.sparse import csr_matrix

    values: list[float] = []
    indices: list[int] = []
    ends = [0]
    for line in text.strip().splitlines():
        pairs = [item.split(":") for item in line.split() if ":" in item]
        for index, value in (pair for pair in pairs if pair[0] != "qid"):
            indices.append(int(index))
            values.append(float(value))
        ends.append(len(indices))
    if indices and min(indices) < 0:
        raise ValueError("negative feature index")
    width = max(indices, default=-1) + 1
    with np.errstate(over="ignore"):
        numbers = np.array(values, dtype=np.float32)
    parts = (numbers, np.array(indices, dtype=np.int32), np.array(ends, np.int32))
    return csr_matrix(parts, shape=(len(ends) - 1, width)), width


def _check_first_line(file: Path) -> str:
    with file.open(encoding="utf-8", errors="replace") as opened:
        lines = (line.split("#")[0].strip() for line in opened)
        line = next((line for line in lines if line), "")
    if not _is_libsvm(line):
        raise ClientError(
            f"First line '{line[:50]}...' of file '{file.name}' is not 'LIBSVM' "
            "format. Please ensure the file is in 'LIBSVM' format."
        )
    return line


def _is_libsvm(line: str) -> bool:
    label, *pairs = line.split() or [""]
    parts = label.split(":")
    return (
        len(parts) <= 2
        and all(map(_is_number, parts))
        and all(_is_pair(pair) for pair in pairs)
    )


def _is_pair(text: str) -> bool:
    index, colon, value = text.partition(":")
    return bool(colon) and (index == "qid" or index.isdecimal()) and _is_number(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _without_weights(text: bytes) -> tuple[bytes, np.ndarray]:
    """Take `:weight` off the labels, as scikit-learn's reader does not know it."""
    lines, weights = [], []
    for line in text.splitlines():
        if not line.split(b"#")[0].strip():
            continue
        label, *rest = line.split(None, 1)
        label, _, weight = label.partition(b":")
        weights.append(_weight(weight))
        lines.append(b" ".join([label, *rest]))
    return b"\n".join(lines), np.array(weights, dtype=np.float32)


def _weight(text: bytes) -> float:
    try:
        return float(text or 1)
    except ValueError as error:
        raise ClientError(
            f"Failed to load libsvm data with exception:\n{error}"
        ) from error
