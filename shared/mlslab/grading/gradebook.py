"""Gradebooks: one for people, and those that Canvas and Moodle import.

All three give the bytes of a CSV file, the same ones for the same grades; no time that
anything took is in them.
"""

import html
import re
from collections.abc import Sequence
from decimal import Decimal

from mlslab.grading.policy import Grade, Scored
from mlslab.grading.sheets import lines, plain


def gradebook_csv(grades: Sequence[Grade]) -> bytes:
    """`gradebook.csv`: one line for each learner, sorted by name.

    For an exercise `x` there are `exercise:x` with its points and `status:x`, for a
    manual item `y` there is `manual:y`, empty as long as it has no mark. `total` is the
    sum of all these points minus `penalty`; `extra` says how many of them are on top of
    `out_of`.
    """
    grades = _sorted(grades)
    exercises = list(
        dict.fromkeys(one.exercise for grade in grades for one in grade.exercises)
    )
    items = list(dict.fromkeys(item.id for grade in grades for item, _ in grade.marks))
    head = ["learner", "status", "total", "out_of", "percent"]
    for name in exercises:
        head += [f"exercise:{name}", f"status:{name}"]
    head += [f"manual:{name}" for name in items]
    head += ["extra", "days_late", "penalty", "attempts", "file", "digest", "note"]
    return _bytes([head, *(_row(grade, exercises, items) for grade in grades)])


def canvas_csv(grades: Sequence[Grade], assignment: str) -> bytes:
    """The file for Import in Canvas' gradebook.

    Args:
        grades: of one lab.
        assignment: the assignment's heading as Canvas exports it, `Lab 302 (1234)`;
            without the number Canvas looks for the title, and offers to make a new
            assignment if it finds none.

    Columns and what they are matched by (the ID, else the name) follow
    `lib/gradebook_importer.rb` of https://github.com/instructure/canvas-lms. Canvas
    shows what it is going to change before it does.
    """
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment]
    out_of = max((grade.out_of for grade in grades), default=Decimal(0))
    possible = ["    Points Possible", "", "", "", "", out_of]
    rows = [
        [_canvas_name(grade), account(grade, "canvas_id"), "", "", "", grade.total]
        for grade in _sorted(grades)
    ]
    return _bytes([head, possible, *rows])


def moodle_csv(grades: Sequence[Grade]) -> bytes:
    """The file for "Upload grading worksheet" of a Moodle assignment.

    Headings (those of an English Moodle) and how learners are found, which is by the
    identifier alone, follow `mod/assign/feedback/offline/importgradeslib.php` of
    https://github.com/moodle/moodle. So learners without one, as `without_account`
    tells, are left out. Where there have been grades before, tick "Allow updating
    records that have been modified more recently".

    It passes over a grade above the maximum, so with extra credit the maximum is given.
    The comment is what learners read in Moodle; the instructor's note is not in it.
    """
    head = [
        "Identifier",
        "Full name",
        "Email address",
        "Status",
        "Grade",
        "Maximum Grade",
        "Grade can be changed",
        "Last modified (submission)",
        "Last modified (grade)",
        "Feedback comments",
    ]
    rows = [_moodle_row(grade) for grade in _sorted(grades) if _moodle_id(grade)]
    return _bytes([head, *rows])


def without_account(grades: Sequence[Grade], key: str) -> list[str]:
    """Learners of whom the platform's id (`canvas_id`, `moodle_id`) is not known."""
    return [grade.learner for grade in _sorted(grades) if not account(grade, key)]


def account(grade: Grade, key: str) -> str:
    """What the submission's name told of the learner; of ids only digits."""
    value = dict(grade.result.accounts).get(key, "")
    is_id = re.fullmatch(r"[0-9]{1,20}", value)
    return value if is_id or not key.endswith("_id") else ""


def comment(grade: Grade) -> str:
    """One line for the learner: how the points come about; plain text."""
    parts = [f"{_of(one)} {one.title}" for one in grade.exercises]
    for item, mark in grade.marks:
        if mark is None or mark.points is None:
            parts.append(f"not yet marked: {item.title}")
        else:
            parts.append(f"{plain(mark.points)} of {plain(item.points)} {item.title}")
        if mark is not None and mark.comment:
            parts.append(" ".join(mark.comment.split()))
    if grade.penalty:
        parts.append(f"{plain(grade.penalty)} less for being late")
    total = f"{plain(grade.total)} of {plain(grade.out_of)} points"
    return f"{total}: {'; '.join(parts)}" if parts else total


def _row(grade: Grade, exercises: list[str], items: list[str]) -> list[object]:
    scored = {one.exercise: one for one in grade.exercises}
    marks = {item.id: mark for item, mark in grade.marks}
    row: list[object] = [
        grade.learner,
        grade.status.value,
        grade.total,
        grade.out_of,
        grade.percent,
    ]
    for name in exercises:
        one = scored.get(name)
        row += [one.points, one.status.value] if one else [None, None]
    row += [mark.points if (mark := marks.get(name)) else None for name in items]
    return [
        *row,
        grade.extra,
        grade.days_late,
        grade.penalty,
        grade.attempts,
        grade.result.name,
        grade.result.digest,
        grade.note,
    ]


def _moodle_row(grade: Grade) -> list[object]:
    capped = min(grade.total, grade.out_of)
    return [
        f"Participant {_moodle_id(grade)}",
        account(grade, "full_name") or grade.learner,
        "",
        "",
        capped,
        grade.out_of,
        "Yes",
        "",
        "",
        # Moodle keeps comments as HTML.
        html.escape(comment(grade), quote=False),
    ]


def _moodle_id(grade: Grade) -> str:
    return account(grade, "moodle_id")


def _canvas_name(grade: Grade) -> str:
    name = account(grade, "full_name") or grade.learner
    # Canvas takes a line with these words for the one that sets the maximum.
    return name.replace("Points Possible", "Points possible")


def _of(one: Scored) -> str:
    return f"{plain(one.points)} of {plain(one.out_of)}"


def _sorted(grades: Sequence[Grade]) -> list[Grade]:
    return sorted(grades, key=lambda grade: grade.learner)


def _bytes(rows: Sequence[Sequence[object]]) -> bytes:
    return lines(rows).encode("utf-8")
