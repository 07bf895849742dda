from collections.abc import Callable
from dataclasses import replace

import pytest

from mlslab.checks import NotAttempted, Status, require
from mlslab.errors import MlslabError
from mlslab.hidden import HiddenCheck, hidden, judge_hidden, load_hidden

MESSAGE = "`x` is off for other values"


def judged(function, aws=None, **names):
    outcome = judge_hidden(hidden(exercise="c", message=MESSAGE)(function), names, aws)
    return outcome.status, outcome.message, outcome.reason


def test_passing_says_nothing(capsys):
    assert judged(lambda x: require(x == 1, "no"), x=1) == (Status.PASSED, "", "")
    assert capsys.readouterr().out == ""


def not_attempted(x: int) -> None:
    raise NotAttempted("nothing there")


def annotated(x: str) -> None:
    """Look at nothing."""


@pytest.mark.parametrize(
    ("function", "names", "reason"),
    [
        (lambda x: require(x == 3, "3 is the secret"), {"x": 1}, "3 is the secret"),
        (lambda x: None, {}, "`x` does not exist yet"),
        (lambda x: None, {"x": ...}, "`x` is still `...`"),
        (not_attempted, {"x": 1}, "nothing there"),
        (annotated, {"x": 1}, "`x` is of type int; str is expected"),
        (lambda x: x[7], {"x": {}}, "your answer cannot be read: KeyError: 7"),
    ],
)
def test_whatever_is_the_matter_the_learner_is_told_the_message(
    function, names, reason
):
    assert judged(function, **names) == (Status.INCORRECT, MESSAGE, reason)


def test_the_cause_of_an_unexpected_end_is_kept():
    check = hidden(exercise="c", message=MESSAGE)(lambda x: 1 / x)
    assert isinstance(judge_hidden(check, {"x": 0}, None).cause, ZeroDivisionError)


def test_the_cloud_is_given_to_those_who_ask():
    def ask(aws: object) -> None:
        require(aws == "cloud", "no")

    assert judged(ask, aws="cloud")[0] is Status.PASSED


def test_loading(course, lab):
    found = load_hidden(course, lab)
    assert [(check.exercise, check.name) for check in found] == [
        ("store", "all_prices"),
        ("mean", "other_values"),
    ]


def test_a_lab_without_hidden_checks(course, lab):
    assert load_hidden(course, replace(lab, slug="other")) == ()


def test_an_exercise_that_does_not_exist(course, lab, monkeypatch):
    import fixture_checks.lab_101_bucket_hidden as module

    stray = HiddenCheck("men", "stray", "m", print)
    monkeypatch.setattr(module, "stray", stray, raising=False)
    with pytest.raises(MlslabError, match=r"'stray' is about 'men'.* there are store"):
        load_hidden(course, lab)


def test_a_name_that_is_used_twice():
    twice = "@hidden(exercise='e', message='m')\ndef same(x): ...\n" * 2
    with pytest.raises(MlslabError, match="two hidden checks are named 'same'"):
        exec(twice, {"hidden": hidden, "__name__": "module"})


def test_a_function_of_the_learner_is_called(course, lab):
    _, other_values = load_hidden(course, lab)

    def status(function: Callable[..., float]) -> Status:
        return judge_hidden(other_values, {"robust_mean": function}, None).status

    assert status(lambda values: sum(sorted(values)[1:-1]) / (len(values) - 2)) is (
        Status.PASSED
    )
    assert status(lambda values: 4.5) is Status.INCORRECT
