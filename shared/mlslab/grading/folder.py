"""The folder of grades, as `mlslab grade` leaves it.

GRADES/gradebook.csv          one line for each learner
GRADES/canvas.csv, moodle.csv the same for these platforms' imports
GRADES/overview.html          for the instructor
GRADES/feedback/…html         one page for each learner
GRADES/to_mark.csv            what people have yet to mark, if the policy has it
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlslab.answers import unsolved
from mlslab.checks import load_checks
from mlslab.course import Course, LabInfo
from mlslab.grading import gradebook, manual
from mlslab.grading.feedback import write_feedback
from mlslab.grading.overview import Row, ToMark, overview_page
from mlslab.grading.pages import Standing
from mlslab.grading.policy import Grade, Policy, apply
from mlslab.grading.results import Result
from mlslab.grading.similar import similar_answers
from mlslab.source import read_source


def write(
    out: Path,
    course: Course,
    lab: LabInfo,
    policy: Policy,
    results: Sequence[Result],
    skipped: Sequence[str],
    began: float,
) -> tuple[list[Grade], list[str]]:
    """Write the folder; the grades by learner, and what the instructor has to know.

    Args:
        out: the folder, which is there.
        course, lab: what was graded.
        policy: points, penalties, marks.
        results: of all submissions.
        skipped: what was passed over, and why.
        began: when grading began, by the monotonic clock.
    """
    checks = load_checks(course, lab)
    marks = manual.read_marks(policy.marks) if policy.marks else []
    times = manual.read_times(policy.late.submitted) if policy.late.submitted else {}
    grades = apply(policy, results, marks, times)
    learners = [one.learner for one in grades]
    problems = [*skipped, *manual.astray(policy, learners, marks, times)]
    without = gradebook.without_account(grades, "moodle_id")
    if any(gradebook.account(one, "moodle_id") for one in grades) and without:
        problems.append(f"not in moodle.csv, for want of an id: {', '.join(without)}")
    assignment = policy.assignment or f"Lab {lab.id}"
    for name, body in (
        ("gradebook.csv", gradebook.gradebook_csv(grades)),
        ("canvas.csv", gradebook.canvas_csv(grades, assignment)),
        ("moodle.csv", gradebook.moodle_csv(grades)),
    ):
        (out / name).write_bytes(body)
    if policy.manual:
        manual.manual_template(out / "to_mark.csv", policy, learners, marks)
    rows = []
    for one in grades:
        standing = _standing(one)
        page = write_feedback(out / "feedback", one.result, lab, checks, standing)
        rows.append(Row(one.result, standing, f"feedback/{page.name}"))
    overview = overview_page(
        lab,
        checks,
        rows,
        similar=similar_answers(_answers(grades), _starter(course, lab)),
        manual=list(_unmarked(grades)),
        problems=problems,
        seconds=time.monotonic() - began,
    )
    (out / "overview.html").write_text(overview, encoding="utf-8")
    return grades, problems


def _standing(one: Grade) -> Standing:
    checks = {each.exercise: each.points for each in one.result.exercises}
    by_policy = any(each.points != checks.get(each.exercise) for each in one.exercises)
    words = ""
    if by_policy or one.penalty or one.extra or one.marks:
        words = gradebook.comment(one)
    return Standing(float(one.total), float(one.out_of), words)


def _answers(grades: Iterable[Grade]) -> dict[str, Mapping[str, str]]:
    return {
        one.learner: {e.exercise: e.answer for e in one.result.exercises if e.answer}
        for one in grades
    }


def _starter(course: Course, lab: LabInfo) -> dict[str, str]:
    """For each exercise, all code that the lab itself shows."""
    source: Any = read_source(course.source(lab))
    code = "\n\n".join(
        unsolved(cell.text) if cell.is_exercise else cell.text
        for cell in source.cells
        if cell.kind == "code"
    )
    return dict.fromkeys(source.exercises(), code)


def _unmarked(grades: Iterable[Grade]) -> Iterator[ToMark]:
    for one in grades:
        for item, mark in one.marks:
            if mark is None or mark.points is None:
                yield ToMark(one.learner, item.title)
