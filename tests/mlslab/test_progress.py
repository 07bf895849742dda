import json
import os

import pytest

from mlslab.checks import Check, Outcome, Status
from mlslab.progress import Progress, load_progress, write_json


def outcome(status: Status) -> Outcome:
    check = Check("101", "c", "t", 3, "o", ("a", "b", "c"), lambda: None)
    return Outcome(check, status, "")


def test_it_is_kept_and_read_back(home):
    progress = load_progress("101")
    progress.judged(outcome(Status.NOT_ATTEMPTED))
    assert progress.of("c").attempts == 0
    progress.judged(outcome(Status.INCORRECT))
    progress.judged(outcome(Status.PASSED))
    progress.judged(outcome(Status.INCORRECT))
    progress.answered("q", ["a"], False)
    progress.answered("q", ["b"], True)
    again = load_progress("101")
    assert again == progress
    assert (again.passed, again.points, again.of("c").attempts) == (1, 3, 3)
    assert again.quiz["q"].answer == ["a"]
    assert (home / "progress" / "101.json").is_file()


def test_hints_stop_at_the_last():
    progress = Progress("101", None)
    assert [progress.hinted("c", 2) for _ in range(3)] == [1, 2, 2]


def test_in_memory_only(home):
    Progress("101", None).judged(outcome(Status.PASSED))
    assert not home.exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"checks": {"c": {"odd": 1}}}', '"x"'])
def test_a_damaged_file_is_put_aside(home, text):
    file = home / "progress" / "101.json"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    assert load_progress("101").checks == {}
    assert file.with_suffix(".damaged").read_text() == text


def test_a_crash_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "p.json"
    write_json(file, {"old": 1})

    def crash(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="no space"):
        write_json(file, {"new": 2})
    assert json.loads(file.read_text()) == {"old": 1}
    assert os.listdir(tmp_path) == ["p.json"]
