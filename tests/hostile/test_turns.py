"""Submissions take turns: others are made ready, and their cells wait."""

from __future__ import annotations

import time

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

NAP = 1.0
LIMITS = Limits(cell_seconds=30, exercise_seconds=30, submission_seconds=60)


def test_as_many_cells_run_at_a_time_as_was_asked() -> None:
    content = Made().add(f"import time; time.sleep({NAP})").content
    submissions = [Submission(f"l{n}", f"{n}.ipynb", content) for n in range(3)]
    came = []
    with grader(course(), course().lab("101"), LIMITS, walls=True) as one:
        for result in grade_all(one, submissions, jobs=1):
            came.append(time.monotonic())
            assert result.points == result.out_of
            assert result.seconds >= NAP
    assert came[2] - came[0] > 2 * NAP * 0.95
