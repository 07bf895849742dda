"""The helper that lab authors use, on the fixture lab."""

from pathlib import Path

import pytest

from mlslab.hidden import HiddenCheck
from mlslab.rehearsal import Mistake, Verdict
from mlslab.testing import LabTests


class TestFixtureLab(LabTests):
    lab_id = "101"
    root = Path(__file__).parent / "fixtures" / "course"


class Said(LabTests):
    lab_id = "101"

    def __init__(self, status: str, **hidden: str) -> None:
        self.status, self.hidden = status, hidden

    def verdict(self, check: str, case: str) -> Verdict:
        return Verdict(check, case, self.status, "the columns", self.hidden)


def test_a_check_that_says_something_else_is_found():
    mistake = Mistake(check="c", name="m", says="the rows")
    with pytest.raises(AssertionError, match="the rows"):
        Said("incorrect").test_mistake(mistake)
    with pytest.raises(AssertionError, match="the columns"):
        Said("passed").test_mistake(mistake)
    with pytest.raises(AssertionError):
        Said("incorrect").test_solution("c")
    with pytest.raises(AssertionError):
        Said("incorrect").test_unsolved("c")


def test_a_cheat_that_is_not_found_out_is_found():
    cheat = Mistake(check="c", name="m", hidden="rows")
    Said("passed", rows="of one").test_cheat(cheat)
    with pytest.raises(AssertionError, match="of two"):
        Said("passed", columns="of two").test_cheat(cheat)
    with pytest.raises(AssertionError, match="the columns"):
        Said("incorrect", rows="of one").test_cheat(cheat)


def test_a_solution_that_a_hidden_check_refuses_is_found():
    check = HiddenCheck("c", "rows", "message", print)
    Said("passed", columns="of two").test_hidden(check)
    with pytest.raises(AssertionError, match="of one"):
        Said("passed", rows="of one").test_hidden(check)


class Broken(LabTests):
    lab_id = "101"
    root = Path(__file__).parent / "fixtures" / "course"


def test_a_lab_that_does_not_run_shows_why(monkeypatch):
    from mlslab import testing

    monkeypatch.setattr(testing, "_rehearsed", lambda *_: ("", "NameError: x"))
    with pytest.raises(pytest.fail.Exception, match="NameError: x"):
        Broken().test_solution("store")
