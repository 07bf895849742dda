"""Results made by hand: a lab of `load` (2 points), `train` (3) and `tune` (1)."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from mlslab.grading.results import ExerciseResult, ExerciseStatus, GradeStatus, Result

EXERCISES = {"load": 2, "train": 3, "tune": 1}
DUE = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def exercise(name: str, passed: bool = True, **others: Any) -> ExerciseResult:
    out_of = EXERCISES[name]
    status = ExerciseStatus.PASSED if passed else ExerciseStatus.INCORRECT
    points = out_of if passed else 0
    values = {"message": "" if passed else f"{name} is not right"} | others
    return ExerciseResult(
        name, name.title(), points, out_of, values.pop("status", status), **values
    )


def result(learner: str, *passed: str, name: str = "", **others: Any) -> Result:
    """Of a learner who has passed these exercises and no other."""
    name = name or f"{learner}.ipynb"
    digest = hashlib.sha256(repr((learner, name, passed)).encode()).hexdigest()
    values = {
        "lab": "302",
        "digest": digest,
        "status": GradeStatus.GRADED,
        "note": "",
        "exercises": tuple(exercise(e, e in passed) for e in EXERCISES),
    } | others
    return Result(learner=learner, name=name, **values)


def after(**behind: float) -> datetime:
    """So much after the lab is due."""
    return DUE + timedelta(**behind)
