from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError

from mlslab.checks import (
    Check,
    NotAttempted,
    Status,
    check,
    is_unset,
    judge,
    load_checks,
    require,
)
from mlslab.course import LabInfo
from mlslab.errors import MlslabError


def made(function: Callable[..., None]) -> Check:
    return check(
        lab="101", name="c", title="t", points=3, objective="o", hints=("", "", "")
    )(function)


def judged(function, aws=None, **names):
    outcome = judge(made(function), names, aws)
    return outcome.status, outcome.message


def test_passing_earns_the_points(capsys):
    outcome = judge(made(lambda x: require(x == 1, "no")), {"x": 1}, None)
    assert (outcome.status, outcome.points) == (Status.PASSED, 3)
    assert capsys.readouterr().out == ""


def test_a_wrong_answer_says_its_message():
    outcome = judge(made(lambda x: require(x == 1, "`x` is off")), {"x": 2}, None)
    assert outcome.status is Status.INCORRECT
    assert (outcome.message, outcome.points) == ("`x` is off", 0)


def stub():
    """Not written yet."""


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ({}, "`x` does not exist yet"),
        ({"x": ...}, "`x` is still `...`"),
        ({"x": stub}, "`x` is still `...`"),
    ],
)
def test_what_is_missing_is_not_attempted(names, says):
    assert judged(lambda x: None, **names) == (Status.NOT_ATTEMPTED, says)


def test_a_check_may_say_that_nothing_was_attempted():
    def nothing(aws: object) -> None:
        raise NotAttempted("no rule yet")

    assert judged(nothing, aws=1) == (Status.NOT_ATTEMPTED, "no rule yet")


def test_functions_with_a_body_are_attempts():
    assert not is_unset(lambda: 1)
    assert not is_unset(lambda: print())
    assert is_unset(lambda: None)
    assert not is_unset(print)
    assert not is_unset(0)


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        (str, "a", True),
        (str, 1, False),
        (float, 1, True),
        (float, np.float64(1.5), True),
        (float, "1", False),
        (int, np.int64(3), True),
        (int, 1.5, False),
        (bool, np.bool_(True), True),
        (bool, 1, False),
        (list[int], (1,), False),
        (list[int], [1], True),
        (Callable[..., float], len, True),
        (Callable[..., float], 3, False),
        (str | None, 3, False),
        (str | None, None, True),
        (Any, 3, True),
    ],
)
def test_the_annotated_type(kind, value, fits):
    def function(x):
        """Look at nothing."""

    function.__annotations__["x"] = kind
    status, message = judged(function, x=value)
    assert status is (Status.PASSED if fits else Status.INCORRECT)
    assert fits or f"`x` is of type {type(value).__name__}" in message


def test_an_error_of_aws_talks():
    def ask(aws: object) -> None:
        answer = {"Error": {"Code": "NoSuchBucket", "Message": "no bucket b"}}
        raise ClientError(answer, "GetObject")

    status, message = judged(ask)
    assert status is Status.INCORRECT
    assert message == "AWS answers GetObject with NoSuchBucket: no bucket b"


def test_an_answer_that_breaks_the_check():
    outcome = judge(made(lambda x: x["a"]["b"]), {"x": {}}, None)
    assert outcome.status is Status.INCORRECT
    assert outcome.message == "your answer cannot be read: KeyError: 'a'"
    assert isinstance(outcome.cause, KeyError)


def test_the_cloud_is_given_to_those_who_ask():
    def ask(aws: object, x: int) -> None:
        require(aws == "cloud", "no")

    assert made(ask).variables == ("x",)
    assert judged(ask, aws="cloud", x=1)[0] is Status.PASSED


def test_loading(course, lab):
    assert list(load_checks(course, lab)) == ["store", "mean"]


def test_a_lab_without_checks(course, lab):
    other = LabInfo(**{**vars(lab), "slug": "other"})
    with pytest.raises(
        MlslabError, match=r"write the module fixture_checks\.lab_101_o"
    ):
        load_checks(course, other)
