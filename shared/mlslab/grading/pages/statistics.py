"""What the submissions together say about each exercise."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import pointbiserialr

from mlslab.checks import Check
from mlslab.grading.pages.messages import commonest
from mlslab.grading.results import (
    ExerciseResult,
    ExerciseStatus,
    GradeStatus,
    Result,
)

FEWEST = 5
"""Who passed, and who did not: below so many of either a correlation says nothing."""


@dataclass(frozen=True)
class Figures:
    """One exercise over all submissions that could be read.

    Attributes:
        name, title, out_of: as of the check; points.
        passed, not_attempted: shares of 1.
        discrimination: see the function of that name.
        messages: what learners are told most often, and how often.
    """

    name: str
    title: str
    out_of: int
    passed: float
    not_attempted: float
    discrimination: float | None
    messages: tuple[tuple[str, int], ...]


def figures(results: Sequence[Result], checks: Mapping[str, Check]) -> list[Figures]:
    """The figures of each exercise, in the order of the lab.

    Submissions that could not be read say nothing of an exercise, and are left out.
    """
    judged = [
        {exercise.exercise: exercise for exercise in result.exercises}
        for result in results
        if result.status is not GradeStatus.UNREADABLE
    ]
    points = pd.DataFrame(
        [[_points(one.get(name)) for name in checks] for one in judged],
        columns=list(checks),
        dtype=float,
    )
    total = points.sum(axis="columns")
    found = []
    for check in checks.values():
        column = [one[check.name] for one in judged if check.name in one]
        status = pd.Series([_status(one.get(check.name)) for one in judged], dtype=str)
        passed = status == ExerciseStatus.PASSED.value
        attempted = status != ExerciseStatus.NOT_ATTEMPTED.value
        others = total - points[check.name]
        found.append(
            Figures(
                name=check.name,
                title=check.title,
                out_of=check.points,
                passed=float(passed.mean()) if judged else 0.0,
                not_attempted=float((~attempted).mean()) if judged else 0.0,
                discrimination=discrimination(passed[attempted], others[attempted]),
                messages=commonest(_messages(column), keep=check.variables),
            )
        )
    return found


def discrimination(passed: ArrayLike, others: ArrayLike) -> float | None:
    """The corrected item–total correlation of an exercise, from −1 to 1.

    It is the point-biserial correlation of passing the exercise with the points of all
    other exercises, so that the exercise is not compared with itself (Henrysson, 1963,
    Psychometrika 28, 211–218).

    Args:
        passed: for each attempt, whether it passed.
        others: for each attempt, the points of the other exercises.

    Returns:
        The correlation; None where fewer than `FEWEST` passed or did not, or where all
        have the same points in the others.
    """
    item, rest = np.asarray(passed, dtype=bool), np.asarray(others, dtype=float)
    fewer = min(np.count_nonzero(item), np.count_nonzero(~item))
    if fewer < FEWEST or len(np.unique(rest)) < 2:
        return None
    return float(pointbiserialr(item, rest).statistic)


def _points(exercise: ExerciseResult | None) -> int:
    return exercise.points if exercise else 0


def _status(exercise: ExerciseResult | None) -> str:
    return (exercise.status if exercise else ExerciseStatus.NOT_ATTEMPTED).value


def _messages(column: Sequence[ExerciseResult]) -> Iterable[str]:
    """What was wrong; that nothing was attempted is counted already."""
    silent = (ExerciseStatus.PASSED, ExerciseStatus.NOT_ATTEMPTED)
    for exercise in column:
        if exercise.status not in silent:
            yield from filter(None, (exercise.message, *exercise.hidden))
