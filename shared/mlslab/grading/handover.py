"""Values as data: what crosses between a submission's kernel and its judge.

`encode` makes of a value something that JSON can say; `decode` makes the value anew on
the other side, from data alone. There is no pickle in it: an object arrives as one of
the types below, made by this module, or not at all.

- None, booleans, numbers, text, bytes, dates and times, `...`;
- lists, tuples, sets, dictionaries;
- NumPy arrays and scalars, pandas' tables, columns and indexes;
- scikit-learn's estimators, by skops, which makes only types that it trusts;
- functions: as a number under which the other side may call them (`Function`);
- all else as the name of its type (`Opaque`).

A value of a derived class arrives as what it is derived from, or as an `Opaque`.
"""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from mlslab.checks import is_unset

DEEPEST = 40
"""Containers may be nested so deep."""


class Unsendable(Exception):  # noqa: N818 - read as "the value is unsendable"
    """A value that cannot be handed over; the message says why."""


@dataclass(frozen=True)
class Function:
    """A function of the other side: its number there, and whether it is empty."""

    number: int
    name: str
    unset: bool


@dataclass(frozen=True)
class Opaque:
    """An object that stays where it is; only the name of its type is known."""

    type: str


_PLAIN = (type(None), bool, int, float, str)
_BASES: tuple[Any, ...] = (bool, int, float, str, dict, list, tuple, set)
_TIMES: dict[str, Any] = {
    "datetime": datetime,
    "date": date,
    "time": time,
    "Timestamp": pd.Timestamp,
}
_SETS: dict[str, Any] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}


def encode(value: Any, number: Callable[[Any], int]) -> Any:
    """A value as JSON's types.

    Args:
        value: what is handed over.
        number: keeps a function, and gives the number under which it is called.
    """
    return _Encoder(number).encode(value, DEEPEST)


def decode(data: Any) -> Any:
    """The value that `encode` has told of.

    Raises:
        Unsendable: the data tell of nothing that is handed over.
    """
    try:
        return _decode(data, DEEPEST)
    except Unsendable:
        raise
    except Exception as error:
        raise Unsendable(f"what is handed over cannot be read: {error}") from error


class _Encoder:
    def __init__(self, number: Callable[[Any], int]) -> None:
        self._number = number

    def encode(self, value: Any, depth: int) -> Any:
        if depth == 0:
            raise Unsendable(f"it is nested deeper than {DEEPEST} levels")
        kind = type(value)
        if kind in _PLAIN:
            return value
        if value is ...:
            return {"t": "unset"}
        if kind.__name__ in _SETS and kind is _SETS[kind.__name__]:
            return {"t": kind.__name__, "v": [self.encode(v, depth - 1) for v in value]}
        if kind is dict:
            pairs = [
                [self.encode(k, depth - 1), self.encode(v, depth - 1)]
                for k, v in value.items()
            ]
            return {"t": "dict", "v": pairs}
        return self._known(value, depth) or self._stranger(value, depth)

    def _known(self, value: Any, depth: int) -> Any:
        if isinstance(value, bytes | bytearray | memoryview):
            return {"t": "bytes", "v": _text(bytes(value))}
        if isinstance(value, np.generic | np.ndarray):
            return self._array(value, depth)
        if isinstance(value, pd.DataFrame):
            return self._frame(value, depth)
        if isinstance(value, pd.Series):
            return {
                "t": "series",
                "name": self.encode(value.name, depth - 1),
                "index": self._index(value.index, depth),
                "data": self._column(value.array, depth),
            }
        if isinstance(value, pd.Index):
            return self._index(value, depth)
        if value is pd.NA or value is pd.NaT:
            return {"t": "NA" if value is pd.NA else "NaT"}
        if isinstance(value, pd.Timedelta | timedelta):
            wide = isinstance(value, pd.Timedelta)
            whole = int(pd.Timedelta(value).value)
            return {"t": "Timedelta" if wide else "timedelta", "v": whole}
        for name, kind in _TIMES.items():
            if type(value) is kind:
                return {"t": name, "v": value.isoformat()}
        if isinstance(value, Decimal):
            return {"t": "Decimal", "v": str(value)}
        return None

    def _stranger(self, value: Any, depth: int) -> Any:
        for base in _BASES:
            if isinstance(value, base):  # of a derived class: what it is derived from
                return self.encode(base(value), depth - 1)
        estimator = _estimator(value)
        if estimator is not None:
            return {"t": "estimator", "v": estimator}
        if callable(value):
            name = str(getattr(value, "__name__", type(value).__name__))
            number = self._number(value)
            return {"t": "function", "v": number, "name": name, "unset": unset(value)}
        return {"t": "opaque", "type": type(value).__name__}

    def _array(self, value: Any, depth: int) -> Any:
        array = np.asarray(value)
        if array.dtype.hasobject:
            items = [self.encode(item, depth - 1) for item in array.ravel().tolist()]
            return {"t": "objects", "shape": list(array.shape), "v": items}
        body = io.BytesIO()
        np.save(body, array, allow_pickle=False)
        kind = "scalar" if isinstance(value, np.generic) else "array"
        return {"t": kind, "v": _text(body.getvalue())}

    def _frame(self, frame: pd.DataFrame, depth: int) -> Any:
        """A table, column by column; in one piece if all are of one plain type."""
        told = {
            "columns": self._index(frame.columns, depth),
            "index": self._index(frame.index, depth),
        }
        types = {column.dtype for _, column in frame.items()}
        if len(types) == 1 and _is_plain(next(iter(types))):
            return {"t": "table", **told, "v": self._array(frame.to_numpy(), depth)}
        columns = [frame.iloc[:, i].array for i in range(frame.shape[1])]
        data = [self._column(column, depth) for column in columns]
        return {"t": "frame", **told, "data": data}

    def _column(self, array: Any, depth: int) -> Any:
        if isinstance(array, pd.Categorical):
            return {
                "t": "categorical",
                "codes": self._array(np.asarray(array.codes), depth),
                "categories": self._index(array.categories, depth),
                "ordered": bool(array.ordered),
            }
        dtype = array.dtype
        if type(array) is pd.arrays.NumpyExtensionArray:
            dtype = dtype.numpy_dtype
        if _is_plain(dtype):
            return self._array(np.asarray(array), depth)
        items = [self.encode(item, depth - 1) for item in array]
        return {"t": "column", "dtype": str(dtype), "v": items}

    def _index(self, index: Any, depth: int) -> Any:
        names = [self.encode(name, depth - 1) for name in index.names]
        if isinstance(index, pd.RangeIndex):
            span = [index.start, index.stop, index.step]
            return {"t": "range", "v": span, "names": names}
        if isinstance(index, pd.MultiIndex):
            levels = [index.get_level_values(i) for i in range(index.nlevels)]
            parts = [self._column(level.array, depth) for level in levels]
            return {"t": "multi", "v": parts, "names": names}
        return {"t": "index", "v": self._column(index.array, depth), "names": names}


def _is_plain(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and not dtype.hasobject


def unset(function: Any) -> bool:
    """Whether a function has nothing but `...` in its body; never raises."""
    try:
        return is_unset(function)
    except Exception:
        return False


def _estimator(value: Any) -> str | None:
    from sklearn.base import BaseEstimator

    if not isinstance(value, BaseEstimator):
        return None
    import skops.io

    try:
        return _text(skops.io.dumps(value))
    except Exception:
        return None


def _decode(data: Any, depth: int) -> Any:
    if type(data) in _PLAIN:
        return data
    if depth == 0 or not isinstance(data, dict):
        raise Unsendable("what is handed over is nested too deep, or of no known form")
    kind = data["t"]
    if kind in _SETS:
        return _SETS[kind](_decode(item, depth - 1) for item in data["v"])
    if kind == "dict":
        return {_decode(k, depth - 1): _decode(v, depth - 1) for k, v in data["v"]}
    return _MAKERS[kind](data, depth - 1)


def _load_array(data: Any, _: int) -> Any:
    body = io.BytesIO(_bytes(data["v"]))
    return np.lib.format.read_array(body, allow_pickle=False)


def _load_objects(data: Any, depth: int) -> Any:
    array = np.empty(len(data["v"]), dtype=object)
    for place, item in enumerate(data["v"]):
        array[place] = _decode(item, depth)
    return array.reshape([int(size) for size in data["shape"]])


def _load_column(data: Any, depth: int) -> Any:
    items = [_decode(item, depth) for item in data["v"]]
    if data["dtype"] != "object":
        return pd.array(items, dtype=str(data["dtype"]))
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _load_categorical(data: Any, depth: int) -> Any:
    return pd.Categorical.from_codes(
        _decode(data["codes"], depth),
        categories=_decode(data["categories"], depth),
        ordered=bool(data["ordered"]),
    )


def _load_range(data: Any, depth: int) -> Any:
    start, stop, step = (int(end) for end in data["v"])
    return pd.RangeIndex(start, stop, step, name=_decode(data["names"][0], depth))


def _load_index(data: Any, depth: int) -> Any:
    return pd.Index(_decode(data["v"], depth), name=_decode(data["names"][0], depth))


def _load_multi(data: Any, depth: int) -> Any:
    parts = [_decode(part, depth) for part in data["v"]]
    names = [_decode(name, depth) for name in data["names"]]
    return pd.MultiIndex.from_arrays(parts, names=names)


def _load_series(data: Any, depth: int) -> Any:
    return pd.Series(
        _decode(data["data"], depth),
        index=_decode(data["index"], depth),
        name=_decode(data["name"], depth),
    )


def _load_frame(data: Any, depth: int) -> Any:
    index, columns = _decode(data["index"], depth), _decode(data["columns"], depth)
    parts = [_decode(part, depth) for part in data["data"]]
    frame = pd.DataFrame(dict(enumerate(parts)), index=index)
    frame.columns = columns
    return frame


def _load_table(data: Any, depth: int) -> Any:
    return pd.DataFrame(
        _decode(data["v"], depth),
        index=_decode(data["index"], depth),
        columns=_decode(data["columns"], depth),
    )


def _load_estimator(data: Any, _: int) -> Any:
    import skops.io

    body = _bytes(data["v"])
    types = skops.io.get_untrusted_types(data=body)
    strange = sorted(name for name in set(types) if not _is_part(name))
    if strange:
        raise Unsendable(
            "it holds something of your own making that cannot be handed over:"
            f" {', '.join(strange)}"
        )
    return skops.io.loads(body, trusted=types)


def _is_part(name: str) -> bool:
    """Whether a name is that of a type of the libraries, or of a scoring function.

    skops knows estimators, and asks about their parts.
    """
    module, _, attribute = name.rpartition(".")
    if module.startswith("sklearn.feature_selection.") or name == "numpy.mean":
        return True
    if name != "numpy.dtype" and not module.startswith(("sklearn.", "scipy.")):
        return False
    return isinstance(getattr(sys.modules.get(module), attribute, None), type)


_MAKERS: dict[str, Callable[[Any, int], Any]] = {
    "unset": lambda data, depth: ...,
    "bytes": lambda data, depth: _bytes(data["v"]),
    "array": _load_array,
    "scalar": lambda data, depth: _load_array(data, depth)[()],
    "objects": _load_objects,
    "column": _load_column,
    "categorical": _load_categorical,
    "range": _load_range,
    "index": _load_index,
    "multi": _load_multi,
    "series": _load_series,
    "frame": _load_frame,
    "table": _load_table,
    "estimator": _load_estimator,
    "NA": lambda data, depth: pd.NA,
    "NaT": lambda data, depth: pd.NaT,
    "Timedelta": lambda data, depth: pd.Timedelta(int(data["v"]), unit="ns"),
    "timedelta": lambda data, depth: timedelta(microseconds=int(data["v"]) // 1000),
    "Decimal": lambda data, depth: Decimal(str(data["v"])),
    "opaque": lambda data, depth: Opaque(str(data["type"])),
    "function": lambda data, depth: Function(
        int(data["v"]), str(data["name"]), bool(data["unset"])
    ),
    "Timestamp": lambda data, depth: pd.Timestamp(str(data["v"])),
    "datetime": lambda data, depth: datetime.fromisoformat(str(data["v"])),
    "date": lambda data, depth: date.fromisoformat(str(data["v"])),
    "time": lambda data, depth: time.fromisoformat(str(data["v"])),
}


def _text(body: bytes) -> str:
    return base64.b64encode(body).decode("ascii")


def _bytes(text: Any) -> bytes:
    return base64.b64decode(text, validate=True)
