"""One time series as records have it: `start`, `target`, `cat`, `dynamic_feat`.

https://docs.aws.amazon.com/sagemaker/latest/dg/deepar.html#deepar-inputoutput
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Series:
    """One series.

    Attributes:
        start: the time of the first value, without time zone.
        target: shape (length,), float32; NaN where a value is missing.
        cat: one number for each categorical feature; None if the record has none.
        features: `dynamic_feat`, shape (features, length), float32, or longer by the
            forecast's length in a request; None if the record has none.
    """

    start: datetime
    target: np.ndarray
    cat: tuple[int, ...] | None = None
    features: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.target)

    def record(self) -> dict[str, Any]:
        """The fields that `parse` takes, as JSON has them (and NaN)."""
        features = None if self.features is None else self.features.tolist()
        return {
            "start": self.start.isoformat(),
            "target": self.target.tolist(),
            "cat": self.cat,
            "dynamic_feat": features,
        }

    def until(self, length: int) -> "Series":
        """The series as it was when it had this length; its features stay."""
        return Series(self.start, self.target[:length], self.cat, self.features)


def parse(record: Any) -> Series:
    """The series of one record.

    Raises:
        ValueError: a field is missing, or is not what it has to be.
    """
    if not isinstance(record, Mapping):
        raise ValueError("a record has to be a JSON object")
    for name in ("start", "target"):
        if record.get(name) is None:
            raise ValueError(f"the field '{name}' is missing")
    cat, features = record.get("cat"), record.get("dynamic_feat")
    return Series(
        _start(record["start"]),
        _target(record["target"]),
        None if cat is None else _cat(cat),
        None if features is None else _features(features),
    )


def _start(value: Any) -> datetime:
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"start is {value!r}, not YYYY-MM-DD HH:MM:SS") from None
    if found.tzinfo is not None:
        raise ValueError(f"start is {value!r}; it cannot have a time zone")
    if found != found or not 1678 <= found.year <= 2261:  # NaT, and pandas's range
        raise ValueError(f"start is {value!r}, which is no time in 1678 to 2261")
    return found


def _target(value: Any) -> np.ndarray:
    found = _floats(value, 1, "target")
    if np.isinf(found).any():
        raise ValueError("target has an infinite value")
    return found


def _features(value: Any) -> np.ndarray:
    if isinstance(value, np.ndarray) and value.dtype == object:  # Parquet's lists
        value = list(value)
    found = _floats(value, 2, "dynamic_feat")
    if not np.isfinite(found).all():
        raise ValueError("dynamic_feat has a missing or infinite value")
    return found


def _floats(value: Any, dimensions: int, name: str) -> np.ndarray:
    """Numbers, `null` and `"NaN"` as float32; raises ValueError."""
    shape = "a list of numbers" if dimensions == 1 else "lists of numbers, equally long"
    try:
        found = np.asarray(value, np.float32)
    except (TypeError, ValueError):
        raise ValueError(f"{name} has to be {shape}") from None
    if found.ndim != dimensions:
        raise ValueError(f"{name} has to be {shape}")
    return found


def _cat(value: Any) -> tuple[int, ...]:
    """`[0, 2]`, or the plain number of older data."""
    numbers = value if isinstance(value, Sequence | np.ndarray) else [value]
    try:
        found = tuple(int(number) for number in numbers)
        whole = all(int(n) == float(n) >= 0 for n in numbers)
    except (TypeError, ValueError):
        whole = False
    if not whole or isinstance(value, str) or not len(numbers):
        raise ValueError(f"cat is {value!r}, not a list of whole numbers from 0")
    return found
