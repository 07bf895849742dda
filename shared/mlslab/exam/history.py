"""All attempts that were handed in: a table, a plot, and what went wrong."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlslab.exam.attempt import Attempt, attempts
from mlslab.exam.result import Result, judge
from mlslab.show import Rows


@dataclass(frozen=True)
class Past:
    """An attempt that was handed in, and its result."""

    attempt: Attempt
    result: Result


def history(folder: Path | None = None) -> list[Past]:
    """All of them, oldest first."""
    return [
        Past(attempt, judge(attempt))
        for attempt in attempts(folder)
        if attempt.submitted
    ]


def went_wrong(folder: Path | None = None) -> frozenset[str]:
    """The ids of questions whose last answer, over all attempts, was not right."""
    last: dict[str, bool] = {}
    for past in history(folder):
        for item, right in zip(
            past.attempt.paper.items, past.result.right, strict=True
        ):
            last[item.question.id] = right
    return frozenset(name for name, right in last.items() if not right)


def table(pasts: list[Past]) -> Rows:
    """One line for each attempt."""
    rows = tuple(
        (
            past.attempt.submitted[:10],
            past.attempt.paper.title,
            str(past.attempt.paper.seed),
            f"{past.result.scored.right} of {past.result.scored.of}",
            str(past.result.scaled),
            "passed" if past.result.passed else "not passed",
            f"{past.attempt.spent / 60:.0f} min",
        )
        for past in pasts
    )
    columns = ("day", "exam", "seed", "right", "scaled", "", "time")
    return Rows("Practice exams", columns, rows)


def plot(pasts: list[Past]) -> tuple[Any, str]:
    """A figure of the scaled scores in their order, and its alternative text."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.5), layout="constrained")
    axes = figure.subplots()
    numbers = list(range(1, len(pasts) + 1))
    scores = [past.result.scaled for past in pasts]
    marks = [past.result.pass_mark for past in pasts]
    axes.plot(numbers, scores, "o-", label="scaled score")
    begin, end = ([number + by for number in numbers] for by in (-0.4, 0.4))
    axes.hlines(marks, begin, end, "0.4", "--", label="pass mark")
    axes.set(
        xlabel="attempt",
        ylabel="scaled score (100–1000)",
        xlim=(0.5, len(pasts) + 0.5),
        ylim=(50, 1050),
        xticks=numbers,
        title="Practice exams, in their order",
    )
    axes.legend(loc="lower right")
    told = "; ".join(
        f"attempt {number}: {score}"
        for number, score in zip(numbers, scores, strict=True)
    )
    return figure, f"Scaled scores of {len(pasts)} attempts, with the pass mark. {told}"
