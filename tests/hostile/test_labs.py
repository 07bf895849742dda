"""Thirty mixed submissions of labs 202 and 302, and the points that each deserves."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from nbformat import v4

from mlslab.answers import answered, solved
from mlslab.course import load_course
from mlslab.grading import sandbox
from mlslab.grading.batch import grade_all, grader
from mlslab.grading.results import Result, Submission
from mlslab.grading.rules import Limits
from mlslab.notebooks import dumps, learner_notebook
from mlslab.rehearsal import load_mistakes
from mlslab.source import read_source

pytestmark = [
    pytest.mark.namespaces,
    pytest.mark.skipif(bool(sandbox.missing()), reason=sandbox.missing() or "-"),
    pytest.mark.timeout(900),
]

COURSE = load_course(Path(__file__).parents[2])
LIMITS = Limits(cell_seconds=60, exercise_seconds=60, submission_seconds=300)
OUT_OF = {"202": 14, "302": 20}


class Made:
    """The solution of a lab in a learner's notebook, and what is done to it."""

    def __init__(self, lab_id: str) -> None:
        self.lab = COURSE.lab(lab_id)
        self.source, handed_out = _handed_out(lab_id)
        self.notebook = copy.deepcopy(handed_out)
        for cells in self.source.exercises().values():
            for cell in cells:
                self.notebook.cells[cell.index].source = solved(cell.text)

    def mistake(self, exercise: str, name: str) -> Made:
        """As somebody made it."""
        found = load_mistakes(COURSE, self.lab)
        (one,) = [m for m in found if (m.check, m.name) == (exercise, name)]
        assert one.answer is not None
        return self.answer(exercise, one.answer)

    def answer(self, exercise: str, code: str) -> Made:
        """Other statements in the first cell of an exercise."""
        cell = self.source.exercises()[exercise][0]
        self.notebook.cells[cell.index].source = answered(cell.text, code)
        return self

    def left_out(self, *exercises: str) -> Made:
        """As handed out."""
        _, handed_out = _handed_out(self.lab.id)
        for exercise in exercises:
            for cell in self.source.exercises()[exercise]:
                text = handed_out.cells[cell.index].source
                self.notebook.cells[cell.index].source = text
        return self

    def without_checks(self) -> Made:
        """All cells that judge are deleted."""
        kept = [c for c in self.notebook.cells if "lab.check(" not in c.source]
        self.notebook.cells = kept
        return self

    def first(self, code: str) -> Made:
        """A cell before all others."""
        self.notebook.cells.insert(0, v4.new_code_cell(code))
        return self

    @property
    def content(self) -> bytes:
        """The file."""
        return dumps(self.notebook).encode()


@cache
def _handed_out(lab_id: str) -> tuple[Any, Any]:
    lab = COURSE.lab(lab_id)
    source = read_source(COURSE.source(lab))
    return source, learner_notebook(lab, source)


def of(lab_id: str, *mistakes: tuple[str, str]) -> Callable[[], bytes]:
    """The solution with these mistakes."""

    def make() -> bytes:
        made = Made(lab_id)
        for exercise, name in mistakes:
            made.mistake(exercise, name)
        return made.content

    return make


EXIT = "import os; os._exit(0)"
LOOP = "while True: pass"
PATCH = (
    "import mlslab.checks, numpy.testing, builtins\n"
    "mlslab.checks.require = lambda *a: None\n"
    "builtins.AssertionError = Exception\n"
)

#: lab, name, how it is made, points, status.
TABLE: list[tuple[str, str, Callable[[], bytes], int, str]] = [
    ("202", "solution", of("202"), 14, "graded"),
    ("202", "money", of("202", ("money", "nothing is zero")), 12, "graded"),
    ("202", "duplicates", of("202", ("duplicates", "equal rows only")), 12, "graded"),
    ("202", "pipeline", of("202", ("pipeline", "means")), 11, "graded"),
    ("202", "not fitted", of("202", ("pipeline", "not fitted")), 11, "graded"),
    (
        "202",
        "two mistakes",
        of("202", ("money", "nothing is zero"), ("store", "the index along")),
        10,
        "graded",
    ),
    (
        "202",
        "design",
        of("202", ("design", "examined on the training set")),
        12,
        "graded",
    ),
    ("202", "store", of("202", ("store", "filled before the split")), 12, "graded"),
    (
        "202",
        "half of it",
        lambda: Made("202").left_out("pipeline", "design", "store").content,
        7,
        "graded",
    ),
    (
        "202",
        "one left out",
        lambda: Made("202").left_out("duplicates").content,
        12,
        "graded",
    ),
    (
        "202",
        "nothing",
        lambda: Made("202").left_out(*Made("202").source.exercises()).content,
        0,
        "nothing attempted",
    ),
    ("202", "exits", lambda: Made("202").answer("money", EXIT).content, 12, "crashed"),
    (
        "202",
        "patches, answers nothing right",
        lambda: (
            Made("202")
            .left_out("money", "duplicates", "outliers", "pipeline", "design", "store")
            .answer("failure", "culprit, culprit_value = 'x', 'y'")
            .first(PATCH)
            .content
        ),
        0,
        "graded",
    ),
    (
        "202",
        "checks deleted",
        lambda: Made("202").without_checks().content,
        14,
        "tampered",
    ),
    ("202", "cut off", lambda: Made("202").content[:5000], 0, "unreadable"),
    ("202", "another lab", lambda: Made("302").content, 0, "unreadable"),
    ("302", "solution", of("302"), 20, "graded"),
    ("302", "header", of("302", ("csv", "header left in")), 19, "graded"),
    ("302", "label last", of("302", ("csv", "label last")), 19, "graded"),
    ("302", "first job", of("302", ("train", "the first job")), 17, "graded"),
    ("302", "no limit", of("302", ("train", "no time limit")), 17, "graded"),
    (
        "302",
        "half mended",
        of("302", ("repair", "header dropped, label still last")),
        17,
        "graded",
    ),
    ("302", "dear machine", of("302", ("deploy", "dearer machine")), 17, "graded"),
    ("302", "first row", of("302", ("predict", "only the first row")), 18, "graded"),
    ("302", "lowest", of("302", ("threshold", "the lowest")), 17, "graded"),
    ("302", "spread", of("302", ("compare", "standard deviation")), 17, "graded"),
    ("302", "forgotten", of("302", ("teardown", "nothing deleted")), 18, "graded"),
    (
        "302",
        "exits",
        lambda: Made("302").answer("predict", EXIT).content,
        18,
        "crashed",
    ),
    ("302", "empty", lambda: b"", 0, "unreadable"),
    (
        "302",
        "nothing",
        lambda: Made("302").left_out(*Made("302").source.exercises()).content,
        0,
        "nothing attempted",
    ),
]


@pytest.fixture(scope="module")
def results() -> dict[tuple[str, str], Result]:
    found = {}
    for lab_id in OUT_OF:
        submissions = [
            Submission(name, f"{name}.ipynb", make())
            for lab, name, make, _, _ in TABLE
            if lab == lab_id
        ]
        with grader(COURSE, COURSE.lab(lab_id), LIMITS, walls=True) as one:
            for result in grade_all(one, submissions, jobs=2):
                found[lab_id, result.learner] = result
    return found


@pytest.mark.parametrize(
    ("lab", "name", "points", "status"),
    [(lab, name, points, status) for lab, name, _, points, status in TABLE],
)
def test_points(
    lab: str,
    name: str,
    points: int,
    status: str,
    results: dict[tuple[str, str], Result],
) -> None:
    result = results[lab, name]
    told = [
        (e.exercise, e.status.value, e.message, e.hidden, e.on_reference)
        for e in result.exercises
    ]
    assert (result.points, result.status.value) == (points, status), (
        told,
        result.note,
    )
    assert result.out_of == OUT_OF[lab]
    assert "cells that" in result.note or not result.changes
