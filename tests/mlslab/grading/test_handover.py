"""Values cross as data: each type arrives as it was, and hostile data as an error."""

from __future__ import annotations

import base64
import collections
import enum
import io
import json
import pickle
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from mlslab.grading.handover import (
    DEEPEST,
    Function,
    Opaque,
    Unsendable,
    decode,
    encode,
)


def handed_over(value: Any) -> Any:
    """What arrives of a value, by way of the text that really crosses."""
    return decode(json.loads(json.dumps(encode(value, lambda function: 7))))


def nested(levels: int) -> list[Any]:
    """A list in a list, so many levels of containers deep."""
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value


PLAIN = [
    *(None, True, False, 0, -(10**30), 1.5, float("inf"), "", "tüt \x00 \U0001f600"),
    *(..., b"", b"\x00\xff", [], [1, [2, "x"]], (), (1, (2,)), {1, 2}),
    *(frozenset((1, 2)), {}, {"a": 1, 2: [3], (4, 5): {"b": None}}, Decimal("1.10")),
    *(date(2024, 2, 29), time(1, 2, 3, 4), timedelta(days=-3, microseconds=7)),
    *(datetime(2024, 1, 2, 3, 4, 5, 6), datetime(2024, 1, 2, tzinfo=UTC)),
    *(pd.Timestamp("2024-01-02 03:04:05.123456789"), pd.Timedelta("1 day 7 ns")),
    *(pd.Timestamp("2024-07-01", tz="Europe/Berlin"), pd.Timedelta(hours=1)),
    *(np.int8(-3), np.float32(0.1), np.bool_(True), np.str_("x"), np.complex64(1j)),
    *(np.datetime64("2024-01-02"), np.timedelta64(3, "h")),
]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_values_arrive_as_they_are(value: Any) -> None:
    found = handed_over(value)
    assert type(found) is type(value)
    assert found == value


def test_what_equals_nothing_arrives_too() -> None:
    assert np.isnan(handed_over(float("nan")))
    assert handed_over(pd.NA) is pd.NA
    assert handed_over(pd.NaT) is pd.NaT
    assert np.isnat(handed_over(np.datetime64("NaT")))


ARRAYS = {
    "whole": np.arange(6, dtype=np.int16).reshape(2, 3),
    "column order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "other byte order": np.arange(3, dtype=">i4"),
    "every second": np.arange(6)[::2],
    "without dimension": np.array(3.5),
    "empty": np.empty((0, 4)),
    "text": np.array(["a", "ßß"]),
    "times": np.array(["2024-01-01", "NaT"], dtype="datetime64[s]"),
    "fields": np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]),
    "objects": np.array([[1, "x"], [None, 2.5]], dtype=object),
    "no objects": np.empty((0, 2), dtype=object),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_arrays_arrive_with_shape_and_type(array: Any) -> None:
    found = handed_over(array)
    assert type(found) is np.ndarray
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(found, array)


def test_an_array_of_lists_stays_one() -> None:
    array = np.empty(2, dtype=object)
    array[:] = [[1, 2], [3, 4]], {"a": 1}
    found = handed_over(array)
    assert found.shape == (2,)
    assert found.tolist() == array.tolist()


DAYS = pd.date_range("2024-03-30", periods=3, tz="Europe/Berlin", name="day")
PAIRS = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["letter", None])
FRAMES = {
    "of one type": pd.DataFrame({"a": [1.0, np.nan], "b": [3.0, 4.0]}),
    "mixed": pd.DataFrame(
        {"i": [1, 2], "f": [0.5, np.nan], "b": [True, False], "s": ["x", None]}
    ),
    "nullable": pd.DataFrame(
        {
            "i": pd.array([1, None, 3], dtype="Int32"),
            "b": pd.array([True, None, False], dtype="boolean"),
            "f": pd.array([0.5, None, 2.0], dtype="Float64"),
            "s": pd.array(["x", None, "z"], dtype="string"),
        }
    ),
    "categories": pd.DataFrame(
        {
            "c": pd.Categorical(["lo", None, "hi"], ["lo", "mid", "hi"], ordered=True),
            "n": pd.Categorical([3, 1, 3]),
        }
    ),
    "times": pd.DataFrame(
        {"t": DAYS, "n": DAYS.tz_localize(None), "d": DAYS - DAYS[0]}
    ),
    "by times": pd.DataFrame({"x": [1, 2, 3]}, index=DAYS),
    "with gaps in time": pd.DataFrame({"t": [DAYS[0], pd.NaT], "x": [1, 2]}),
    "lists": pd.DataFrame({"v": [[1, 2], [3, 4]], "x": [1, 2]}),
    "one list": pd.DataFrame({"v": [[5]]}),
    "anything": pd.DataFrame({"v": [{"a": [1]}, (1, 2), None, "x"]}),
    "several levels": pd.DataFrame({"x": range(4)}, index=PAIRS),
    "columns of levels": pd.DataFrame([[1, 2.5, 3, 4]], columns=PAIRS),
    "columns twice": pd.DataFrame([[1, "x", 2.5]], columns=["a", "b", "a"]),
    "one type, columns twice": pd.DataFrame([[1, 2]], columns=["a", "a"]),
    "rows twice": pd.DataFrame({"x": [1, 2]}, index=pd.Index(["r", "r"], name="key")),
    "every third row": pd.DataFrame({"x": range(9), "y": list("abcdefghi")})[::3],
    "nothing": pd.DataFrame(),
    "no rows": pd.DataFrame({"a": pd.Series(dtype="int8"), "b": pd.Series(dtype=str)}),
    "no columns": pd.DataFrame(index=[1, 2]),
    "named columns": pd.DataFrame([[1, 2]], columns=pd.Index([0, "a"], name="what")),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_tables_arrive_with_types_and_labels(frame: pd.DataFrame) -> None:
    # An index in time arrives with its moments, and without their `freq`.
    pd.testing.assert_frame_equal(handed_over(frame), frame, check_freq=False)


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_columns_and_indexes_arrive_by_themselves(frame: pd.DataFrame) -> None:
    for labels in (frame.index, frame.columns):
        found = handed_over(labels)
        assert (type(found), found.dtype) == (type(labels), labels.dtype)
        assert found.names == labels.names
        assert found.equals(labels)
    for place in range(frame.shape[1]):
        column = frame.iloc[:, place]
        pd.testing.assert_series_equal(handed_over(column), column, check_freq=False)


class Colour(enum.IntEnum):
    """A whole number with a name."""

    RED = 3


class Point(NamedTuple):
    """A tuple with names."""

    x: int


class Agreeing(str):
    """Text that equals everything."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


class Table(pd.DataFrame):
    """A table that finds nothing wanting."""

    def equals(self, other: object) -> bool:
        return True


class Numbers(np.ndarray):
    """An array that equals everything."""

    def __eq__(self, other: object) -> Any:
        return True


DERIVED = [
    *((Colour.RED, int), (Point(1), tuple), (Agreeing("x"), str)),
    *((collections.OrderedDict(a=1), dict), (collections.defaultdict(int), dict)),
    *((Table({"a": [1]}), pd.DataFrame), (np.arange(2).view(Numbers), np.ndarray)),
    *((bytearray(b"x"), bytes), (memoryview(b"x"), bytes)),
]


@pytest.mark.parametrize(("value", "base"), DERIVED)
def test_derived_classes_arrive_as_their_base(value: Any, base: type) -> None:
    assert type(handed_over(value)) is base
    assert type(handed_over([value])[0]) is base


def test_functions_arrive_as_numbers_and_the_rest_as_names() -> None:
    def empty() -> None: ...

    def full() -> int:
        return 1

    assert handed_over(full) == Function(7, "full", unset=False)
    assert handed_over(empty) == Function(7, "empty", unset=True)
    assert handed_over(object()) == Opaque("object")
    assert handed_over([Path("x")]) == [Opaque(type(Path("x")).__name__)]


def test_containers_may_be_nested_so_deep_and_no_deeper() -> None:
    deepest = nested(DEEPEST)
    assert handed_over(deepest) == deepest
    with pytest.raises(Unsendable, match=f"deeper than {DEEPEST} levels"):
        encode(nested(DEEPEST + 1), id)
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(Unsendable, match="deeper"):
        encode(endless, id)


def npy(header: str, body: bytes = b"") -> str:
    """An array's file whose header says what it likes."""
    text = header.encode().ljust(117) + b"\n"
    whole = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body
    return base64.b64encode(whole).decode()


HUGE = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000,)}"
RAN: list[str] = []


def ran(what: str) -> str:
    """What a bomb would call."""
    RAN.append(what)
    return what


class Bomb:
    """Runs code where it is unpickled."""

    def __reduce__(self) -> Any:
        return ran, ("unpickled",)


def pickled() -> str:
    """An array's file with a bomb in it."""
    body = io.BytesIO()
    np.save(body, np.array([Bomb()], dtype=object), allow_pickle=True)
    return base64.b64encode(body.getvalue()).decode()


def crafted(state: dict[str, Any]) -> str:
    """A file of skops that says what it likes."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        told = {**state, "protocol": 2, "_skops_version": "0.13"}
        archive.writestr("schema.json", json.dumps(told))
    return base64.b64encode(body.getvalue()).decode()


FUNCTION = {"__class__": "ran", "__module__": __name__, "__loader__": "FunctionNode"}
SYSTEM = {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"}
BOMB = base64.b64encode(pickle.dumps(Bomb())).decode()
ONE = {"t": "array", "v": npy("{'descr': '<i1', 'fortran_order': False, 'shape': ()}")}
HOSTILE = {
    "list": [1, 2],
    "object": object(),
    "no kind": {"v": 1},
    "unknown kind": {"t": "pickle", "v": BOMB},
    "kind of kind": {"t": ["list"], "v": []},
    "private": {"t": "__class__"},
    "list of a number": {"t": "list", "v": 3},
    "set of lists": {"t": "set", "v": [{"t": "list", "v": []}]},
    "dict of triples": {"t": "dict", "v": [[1, 2, 3]]},
    "key that is a dict": {"t": "dict", "v": [[{"t": "dict", "v": []}, 1]]},
    "bytes of a number": {"t": "bytes", "v": 3},
    "truncated": {"t": "bytes", "v": "QUJDRE"},
    "no base64": {"t": "bytes", "v": "Ä%&!"},
    "truncated array": {"t": "array", "v": npy(HUGE)[:40]},
    "array without its body": ONE,
    "huge array": {"t": "array", "v": npy(HUGE)},
    "header that is code": {"t": "array", "v": npy("ran('header')")},
    "pickled array": {"t": "array", "v": pickled()},
    "pickled scalar": {"t": "scalar", "v": pickled()},
    "shape that is not": {"t": "objects", "shape": [10**12], "v": [1]},
    "index of nothing": {"t": "index", "v": None, "names": [None]},
    "range of text": {"t": "range", "v": ["a", 2, 3], "names": [None]},
    "range of no step": {"t": "range", "v": [0, 9, 0], "names": [None]},
    "levels of two lengths": {
        "t": "multi",
        "v": [{"t": "list", "v": [1]}, {"t": "list", "v": [1, 2]}],
        "names": [None, None],
    },
    "type of nothing": {"t": "column", "dtype": "no_such_type", "v": []},
    "wrong items": {"t": "column", "dtype": "Int64", "v": ["x"]},
    "codes beyond": {
        "t": "categorical",
        "codes": {"t": "list", "v": [5]},
        "categories": {"t": "list", "v": ["a"]},
        "ordered": False,
    },
    "timedelta": {"t": "timedelta", "v": 10**40},
    "date": {"t": "date", "v": "yesterday"},
    "decimal": {"t": "Decimal", "v": "x"},
    "function": {"t": "function", "v": "x", "name": "f", "unset": False},
    "estimator of nothing": {"t": "estimator", "v": ""},
    "pickled estimator": {"t": "estimator", "v": BOMB},
    "estimator that is a call": {"t": "estimator", "v": crafted(FUNCTION)},
    "estimator of the system": {"t": "estimator", "v": crafted(SYSTEM)},
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_data_are_refused_and_nothing_is_run(data: Any) -> None:
    RAN.clear()
    with pytest.raises(Unsendable):
        decode(data)
    with pytest.raises(Unsendable):
        decode({"t": "list", "v": [data]})
    assert not RAN


def test_data_nested_too_deep_are_refused() -> None:
    data: Any = {"t": "list", "v": []}
    for _ in range(DEEPEST):
        data = {"t": "list", "v": [data]}
    with pytest.raises(Unsendable, match="too deep"):
        decode(data)


def test_the_bomb_of_these_tests_would_go_off() -> None:
    RAN.clear()
    assert pickle.loads(base64.b64decode(BOMB)) == "unpickled"
    assert RAN == ["unpickled"]


def test_an_object_with_a_bomb_arrives_as_a_name() -> None:
    RAN.clear()
    assert handed_over(Bomb()) == Opaque("Bomb")
    assert handed_over(np.array([Bomb()], dtype=object)).tolist() == [Opaque("Bomb")]
    assert not RAN


INPUTS = pd.DataFrame(
    {"age": [20.0, np.nan, 41.0, 65.0] * 5, "town": ["a", "b", "b", "c"] * 5}
)
LABELS = np.array([0, 0, 1, 1] * 5)
SPLIT = ColumnTransformer(
    [
        ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age"]),
        ("words", OneHotEncoder(handle_unknown="ignore"), ["town"]),
    ]
)


@pytest.mark.parametrize(
    "model",
    [LogisticRegression(), RandomForestClassifier(n_estimators=5, random_state=0)],
    ids=lambda model: type(model).__name__,
)
def test_a_fitted_pipeline_predicts_the_same(model: Any) -> None:
    pipeline = make_pipeline(SPLIT, model).fit(INPUTS, LABELS)
    found = handed_over(pipeline)
    assert type(found) is type(pipeline)
    np.testing.assert_array_equal(
        found.predict_proba(INPUTS), pipeline.predict_proba(INPUTS)
    )


def doubled(values: Any) -> Any:
    """The notebook's own function."""
    return values * 2


def test_an_estimator_with_a_function_of_its_own_is_unsendable() -> None:
    pipeline = make_pipeline(FunctionTransformer(doubled), LinearRegression())
    with pytest.raises(Unsendable, match=rf"your own making.*{__name__}\.doubled"):
        handed_over(pipeline)


def test_an_estimator_with_a_bomb_is_unsendable() -> None:
    RAN.clear()
    model = LinearRegression()
    model.bomb_ = Bomb()
    with pytest.raises(Unsendable, match=r"your own making.*Bomb"):
        handed_over(model)
    assert not RAN


class Winner(LinearRegression):
    """An estimator that scores as it likes."""

    def score(self, *_: Any) -> float:
        return 1.0


def test_an_estimator_of_an_own_class_is_unsendable() -> None:
    with pytest.raises(Unsendable, match=r"your own making.*Winner"):
        handed_over(Winner())
