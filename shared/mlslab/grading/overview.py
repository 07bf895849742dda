"""One page for the instructor: how a lab went, and what needs a person's eyes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from urllib.parse import quote

from mlslab.checks import Check
from mlslab.course import LabInfo
from mlslab.grading.pages import Standing
from mlslab.grading.pages.chart import bars
from mlslab.grading.pages.rendering import render, who
from mlslab.grading.pages.statistics import figures
from mlslab.grading.results import ExerciseStatus, GradeStatus, Result
from mlslab.grading.similar import Pair

MOST_PAIRS = 50
"""Similar pairs that are shown."""
_MOST_BROKEN = 200
_MOST_TAMPERED = 50
_SLOWEST = 10
#: Above so many learners the table of all says nothing of single exercises.
_WHOLE_TABLE = 500


@dataclass(frozen=True)
class Row:
    """One learner: the result that counts, what it counts, and where the page is.

    `page` is the path of the feedback page, relative to the overview page.
    """

    result: Result
    standing: Standing
    page: str


@dataclass(frozen=True)
class ToMark:
    """Something of a learner's that a person has yet to mark."""

    learner: str
    item: str


def overview_page(
    lab: LabInfo,
    checks: Mapping[str, Check],
    rows: Sequence[Row],
    *,
    similar: Sequence[Pair] = (),
    manual: Sequence[ToMark] = (),
    problems: Sequence[str] = (),
    seconds: float = 0.0,
) -> str:
    """The page as HTML that needs nothing else.

    Args:
        lab: the lab that was graded.
        checks: the lab's, by name, in its order.
        rows: one for each learner, in the order of the table.
        similar: pairs of answers that are alike, the most alike first.
        manual: what is still to be marked.
        problems: what grading passed over or could not do, a sentence each.
        seconds: wall time of the whole batch; 0 if it is not known.
    """
    totals = [row.standing.total for row in rows]
    out_of = max((row.standing.out_of for row in rows), default=0.0)
    results = [row.result for row in rows]
    broken = [r for r in rows if r.result.status is not GradeStatus.GRADED]
    tampered = [r for r in rows if r.result.changes]
    slowest = sorted(rows, key=lambda row: -row.result.seconds)[:_SLOWEST]
    marks: dict[str, list[str]] = {}
    for one in manual:
        marks.setdefault(one.item, []).append(one.learner)
    return render(
        "overview.html",
        lab=lab,
        rows=rows,
        pages={row.result.learner: quote(row.page, errors="replace") for row in rows},
        names={row.result.learner: who(row.result) for row in rows},
        median=median(totals) if rows else 0.0,
        out_of=out_of,
        bars=bars(totals, out_of) if rows else [],
        figures=figures(results, checks) if rows else [],
        titles={name: check.title for name, check in checks.items()},
        problems=problems,
        counts=Counter(row.result.status for row in broken),
        broken=broken[:_MOST_BROKEN],
        more_broken=max(0, len(broken) - _MOST_BROKEN),
        tampered=tampered[:_MOST_TAMPERED],
        more_tampered=max(0, len(tampered) - _MOST_TAMPERED),
        marks=marks,
        to_mark=len(manual),
        pairs=similar[:MOST_PAIRS],
        more_pairs=max(0, len(similar) - MOST_PAIRS),
        slowest=[(row, _slowest_exercise(row.result)) for row in slowest],
        seconds=seconds,
        whole=len(rows) <= _WHOLE_TABLE,
        stands=[_stands(row.result, checks) for row in rows],
        statuses=list(ExerciseStatus),
    )


def _slowest_exercise(result: Result) -> str:
    slowest = max(result.exercises, key=lambda one: one.seconds, default=None)
    return slowest.title if slowest else ""


def _stands(result: Result, checks: Mapping[str, Check]) -> list[ExerciseStatus]:
    known = {one.exercise: one.status for one in result.exercises}
    return [known.get(name, ExerciseStatus.NOT_ATTEMPTED) for name in checks]
