"""A submission's names as its judge sees them, with a desk but no process behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlslab.checks import Check, Incorrect, Status, check, judge, require
from mlslab.grading.kernel import _Desk
from mlslab.grading.remote import RemoteFunction, RemoteNames


def names(**variables: Any) -> RemoteNames:
    """The variables of a kernel, whose desk answers by way of text."""
    desk = _Desk(variables)

    def ask(question: dict[str, Any]) -> dict[str, Any]:
        answer = desk.answer(json.loads(json.dumps(question)))
        told: dict[str, Any] = json.loads(json.dumps(answer))
        return told

    return RemoteNames(ask)


def saying(**answer: Any) -> RemoteNames:
    """A kernel that answers all questions with this."""
    return RemoteNames(lambda question: dict(answer))


def asked(function: Callable[..., None]) -> Check:
    """A check of a lab."""
    hints = ("where to look", "which call", "nearly the line")
    declare = check(
        lab="101", name="it", title="It", points=2, objective="it", hints=hints
    )
    return declare(function)


def test_values_are_fetched_by_name() -> None:
    kernel = names(number=3, table=pd.DataFrame({"a": [1]}), nothing=None)
    assert kernel["number"] == 3
    assert kernel["nothing"] is None
    pd.testing.assert_frame_equal(kernel["table"], pd.DataFrame({"a": [1]}))
    assert "nothing" in kernel
    assert "other" not in kernel
    with pytest.raises(KeyError, match="other"):
        kernel["other"]


def test_values_are_copies() -> None:
    values = [1]
    names(values=values)["values"].append(2)
    assert values == [1]


def test_the_names_are_not_listed() -> None:
    with pytest.raises(TypeError, match="asked for by name"):
        list(names(a=1))
    with pytest.raises(TypeError, match="asked for by name"):
        len(names(a=1))


def test_a_function_is_called_on_data() -> None:
    def scale(values: Any, *, by: float = 2) -> Any:
        return values * by

    remote = names(scale=scale)["scale"]
    assert isinstance(remote, RemoteFunction)
    assert remote.__name__ == "scale"
    np.testing.assert_array_equal(remote(np.arange(2), by=3), [0, 3])
    assert remote(5) == 10


def test_each_function_keeps_its_number() -> None:
    kernel = names(one=lambda: 1, two=lambda: 2)
    two, one, again = kernel["two"], kernel["one"], kernel["two"]
    assert (two(), one(), again()) == (2, 1, 2)


def test_a_function_may_give_a_function() -> None:
    def adder(a: int) -> Callable[[int], int]:
        return lambda b: a + b

    assert names(adder=adder)["adder"](2)(3) == 5


def test_a_class_is_called_too_and_what_it_makes_stays_there() -> None:
    class Model:
        secret = 1

    made = names(Model=Model)["Model"]()
    assert type(made).__name__ == "Model"
    assert not hasattr(made, "secret")


def test_no_function_is_handed_to_a_submission() -> None:
    remote = names(apply=lambda f: f(1))["apply"]
    with pytest.raises(TypeError, match=r"cannot hand .*print.* to a submission"):
        remote(print)


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (ValueError("no such amount"), ValueError, "no such amount"),
        (KeyError("town"), KeyError, "town"),
        (ZeroDivisionError("x"), ZeroDivisionError, "x"),
        (SystemExit(3), Exception, "3"),
        (KeyboardInterrupt("stop"), Exception, "stop"),
        (UnicodeDecodeError("ascii", b"x", 0, 1, "bad"), Exception, "bad"),
        (ExceptionGroup("some", [OSError()]), Exception, "some"),
    ],
)
def test_errors_come_under_their_name(
    error: BaseException, kind: type[Exception], message: str
) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(kind, match=message):
        names(fail=fail)["fail"]()


def test_an_error_of_an_own_class_has_its_name_only() -> None:
    class TooSmall(ValueError):  # noqa: N818
        """Of the notebook."""

    def fail() -> None:
        raise TooSmall("by 3")

    with pytest.raises(Exception, match="by 3") as caught:
        names(fail=fail)["fail"]()
    assert type(caught.value).__name__ == "TooSmall"
    assert not isinstance(caught.value, ValueError)


@pytest.mark.parametrize("name", ["eval", "SystemExit", "NotAttempted", "a b", ""])
def test_an_error_of_any_name_is_only_an_error(name: str) -> None:
    with pytest.raises(Exception, match="text") as caught:
        saying(error=name, message="text")["x"]
    assert type(caught.value).__bases__ == (Exception,)
    outcome = judge(asked(_has_x), saying(error=name, message="text"), None)
    assert outcome.status is Status.INCORRECT


def test_an_error_that_cannot_be_told_is_an_error_all_the_same() -> None:
    class Silent(Exception):  # noqa: N818
        def __str__(self) -> str:
            raise RuntimeError

    def fail() -> None:
        raise Silent

    with pytest.raises(Exception, match="it cannot be told"):
        names(fail=fail)["fail"]()


def test_what_cannot_be_sent_or_read_is_incorrect() -> None:
    endless: list[Any] = []
    endless.append(endless)

    def give() -> Any:
        return endless

    kernel = names(endless=endless, give=give)
    with pytest.raises(Incorrect, match=r"`endless` cannot be read: .*nested deeper"):
        kernel["endless"]
    with pytest.raises(Incorrect, match="what `give` gives cannot be read"):
        kernel["give"]()
    with pytest.raises(Incorrect, match="`x` cannot be read"):
        saying(value={"t": "pickle", "v": ""})["x"]


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("Figure", "Figure"),
        ("x" * 99, "x" * 80),
        ("<script>", "Object"),
        ("", "Object"),
    ],
)
def test_an_opaque_object_has_nothing_but_a_name(name: str, seen: str) -> None:
    value = saying(value={"t": "opaque", "type": name})["x"]
    assert type(value).__name__ == seen
    assert vars(value) == {}


def _has_x(x: int) -> None:
    require(x == 1, f"`x` is {x}")


def _doubles(double: Callable[[int], int]) -> None:
    require(double(4) == 8, "`double` does not double 4")


def judged(function: Callable[..., None], kernel: RemoteNames) -> tuple[Status, str]:
    """What judging comes to."""
    outcome = judge(asked(function), kernel, None)
    return outcome.status, outcome.message


def test_checks_judge_what_is_handed_over() -> None:
    assert judged(_has_x, names(x=1)) == (Status.PASSED, "")
    assert judged(_has_x, names(x=np.int64(1))) == (Status.PASSED, "")
    assert judged(_has_x, names(x=2)) == (Status.INCORRECT, "`x` is 2")
    assert judged(_doubles, names(double=lambda n: 2 * n)) == (Status.PASSED, "")
    wrong = judged(_doubles, names(double=lambda n: n))
    assert wrong == (Status.INCORRECT, "`double` does not double 4")


def test_what_is_missing_or_empty_is_not_attempted() -> None:
    def double(number: int) -> int: ...

    empty = (Status.NOT_ATTEMPTED, "`double` is still `...`")
    assert judged(_doubles, names(double=double)) == empty
    assert judged(_doubles, names(double=...)) == empty
    missing = (Status.NOT_ATTEMPTED, "`double` does not exist yet")
    assert judged(_doubles, names()) == missing


def test_messages_name_the_type_of_the_notebook() -> None:
    class Report:
        """Of the notebook."""

    told = judged(_has_x, names(x=Report()))
    assert told == (
        Status.INCORRECT,
        "`x` is of type Report; int is expected",
    )


def test_an_error_of_the_submission_is_an_incorrect_answer() -> None:
    def double(number: int) -> int:
        raise ValueError("no")

    status, message = judged(_doubles, names(double=double))
    assert status is Status.INCORRECT
    assert message == "your answer cannot be read: ValueError: no"


def test_agreeing_with_everything_earns_nothing() -> None:
    class Agreeing(int):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = int.__hash__

    assert judged(_has_x, names(x=Agreeing(2))) == (Status.INCORRECT, "`x` is 2")
    status, _ = judged(_doubles, names(double=lambda n: Agreeing(0)))
    assert status is Status.INCORRECT
