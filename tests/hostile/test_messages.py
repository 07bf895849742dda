"""What a learner reads of an exercise that is not right for a cell's error."""

from __future__ import annotations

import pytest
from making import Made, course

from mlslab.grading import sandbox
from mlslab.grading.batch import grade_all, grader
from mlslab.grading.results import Submission
from mlslab.grading.rules import Limits

pytestmark = [
    pytest.mark.namespaces,
    pytest.mark.skipif(bool(sandbox.missing()), reason=sandbox.missing() or "-"),
]

LIMITS = Limits(cell_seconds=30, exercise_seconds=30, submission_seconds=60)
MISSING = "`total` does not exist yet"


def messages(made: Made) -> dict[str, str]:
    with grader(course(), course().lab("101"), LIMITS, walls=True) as one:
        (result,) = grade_all(one, [Submission("a", "a.ipynb", made.content)], jobs=1)
    return {found.exercise: found.message for found in result.exercises}


def test_the_answers_own_error() -> None:
    told = messages(Made(total="total = values[99]"))
    assert (
        told["total"]
        == f"the cell raises IndexError: list index out of range; {MISSING}"
    )
    assert not told["largest"]


def test_the_error_of_a_cell_between_answer_and_check() -> None:
    made = Made().add("del total\nraise RuntimeError('no such host')", "total")
    told = messages(made)
    assert told["total"] == f"a cell above raises RuntimeError: no such host; {MISSING}"
    assert not told["double"] and not told["largest"]


def test_an_earlier_exercises_error_is_told_there_alone() -> None:
    made = Made(total="total = 0").add("raise RuntimeError('before')", "double")
    assert not messages(made)["double"]
    assert "raises" not in messages(made)["total"]
