"""From results to grades, by an instructor's policy (`mlslab.grading.rules`).

The arithmetic, all of it in exact decimals:

1. An exercise that has passed is worth the check's points, or the policy's; any other
   is worth 0. If hidden checks do not count, one that failed nothing else has passed.
2. `earned` is what exercises, manual marks and extra credit come to together; `out_of`
   is what there is without the extra credit. An item without a mark is worth 0 so far.
3. A submission is late if it comes more than the grace after `due`. Begun days count as
   whole ones, from `due` on. Each costs `per_day`: points, or a share of `out_of`, and
   none brings a learner below the floor. So counts Canvas too
   (https://community.instructure.com/en/kb/articles/660858). What only the platform
   calls late costs `when_flagged`, once.
4. The penalty is at most what `earned` is above the floor, or after `max_days` all of
   it, rounded half up. `total` is `earned` minus the penalty, rounded half up.
5. Of several attempts the best by `total` counts, of equal ones the later, or just the
   last: by time where known, then by name with numbers counted as numbers.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, localcontext

from mlslab.grading.manual import Mark, by_name
from mlslab.grading.results import ExerciseResult, ExerciseStatus, GradeStatus, Result
from mlslab.grading.rules import (
    Amount,
    Item,
    Late,
    Level,
    Limits,
    Policy,
    read_policy,
)
from mlslab.grading.sheets import rounded, same

__all__ = [
    "Amount",
    "Grade",
    "Item",
    "Late",
    "Level",
    "Limits",
    "Policy",
    "Scored",
    "apply",
    "read_policy",
]

_NOTHING = Decimal(0)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Scored:
    """An exercise as the policy counts it.

    Attributes:
        exercise, title: as of the result.
        status: as of the result, but passed if only hidden checks failed and the policy
            does not count these.
        points, out_of: by the policy.
        extra: whether it counts on top.
    """

    exercise: str
    title: str
    status: ExerciseStatus
    points: Decimal
    out_of: Decimal
    extra: bool


@dataclass(frozen=True)
class Grade:
    """What one learner gets.

    Attributes:
        learner: as of the result.
        result: the attempt that counts.
        attempts: how many there are.
        exercises: in the order of the lab.
        marks: those of the learner, one for each manual item, None without one.
        raw: points of exercises, extra credit apart.
        manual: points of marks, extra credit apart.
        extra: points of extra credit, exercises and marks.
        days_late: None if no time is known, or no due date.
        penalty: points that lateness costs.
        total: points that count; may be more than `out_of` by extra credit.
        out_of: points that there are, extra credit apart.
        note: for the instructor; empty if there is nothing to be known.
    """

    learner: str
    result: Result
    attempts: int
    exercises: tuple[Scored, ...]
    marks: tuple[tuple[Item, Mark | None], ...]
    raw: Decimal
    manual: Decimal
    extra: Decimal
    days_late: int | None
    penalty: Decimal
    total: Decimal
    out_of: Decimal
    note: str

    @property
    def status(self) -> GradeStatus:
        """How grading the attempt went."""
        return self.result.status

    @property
    def percent(self) -> Decimal | None:
        """`total` of `out_of` to two decimals; None if there is nothing to earn."""
        if not self.out_of:
            return None
        return rounded(100 * self.total / self.out_of, 2)


def apply(
    policy: Policy,
    results: Sequence[Result],
    marks: Sequence[Mark] = (),
    timestamps: Mapping[str, datetime] | None = None,
) -> list[Grade]:
    """One grade for each learner, sorted by name.

    Args:
        policy: what counts.
        results: of one lab, in any order; one for each attempt.
        marks: as `manual.read_marks` gives them.
        timestamps: as `manual.read_times` gives them.

    Marks and times that reach nobody are for `manual.astray` to tell.
    """
    attempts: dict[str, list[Result]] = {}
    for result in results:
        attempts.setdefault(result.learner, []).append(result)
    times = {same(name): when for name, when in (timestamps or {}).items()}
    given = {(same(mark.learner), mark.item): mark for mark in marks}
    known = by_name(attempts)
    grades = []
    with localcontext(Context(prec=40)):
        for learner in sorted(attempts):
            key = same(learner)
            # What is written for a name that several share may be anybody's.
            alone = known[key] is not None
            own = tuple(
                (item, given.get((key, item.id)) if alone else None)
                for item in policy.manual
            )
            when = times.get(key) if alone else None
            grades.append(_best(policy, attempts[learner], own, when))
    return grades


def _best(
    policy: Policy,
    attempts: Sequence[Result],
    marks: tuple[tuple[Item, Mark | None], ...],
    when: datetime | None,
) -> Grade:
    ordered = sorted(attempts, key=_order)
    if not policy.best:
        return _grade(policy, ordered[-1], len(ordered), marks, when)
    grades = [_grade(policy, one, len(ordered), marks, when) for one in ordered]
    return max(reversed(grades), key=lambda grade: grade.total)


def _grade(
    policy: Policy,
    result: Result,
    attempts: int,
    marks: tuple[tuple[Item, Mark | None], ...],
    when: datetime | None,
) -> Grade:
    exercises = tuple(_scored(policy, one) for one in result.exercises)
    raw = _sum(one.points for one in exercises if not one.extra)
    manual = _sum(_points(m) for i, m in marks if i.id not in policy.extra_credit)
    extra = _sum(one.points for one in exercises if one.extra) + _sum(
        _points(m) for i, m in marks if i.id in policy.extra_credit
    )
    out_of = _sum(one.out_of for one in exercises if not one.extra) + _sum(
        item.points for item in policy.manual if item.id not in policy.extra_credit
    )
    earned = raw + manual + extra
    days, flagged = _lateness(policy.late, result, when)
    penalty = rounded(
        _penalty(policy.late, earned, out_of, days, flagged), policy.decimals
    )
    return Grade(
        learner=result.learner,
        result=result,
        attempts=attempts,
        exercises=exercises,
        marks=marks,
        raw=raw,
        manual=manual,
        extra=extra,
        days_late=days,
        penalty=penalty,
        total=rounded(max(earned - penalty, _NOTHING), policy.decimals),
        out_of=out_of,
        note=_note(policy.late, result, attempts, marks, days),
    )


def _scored(policy: Policy, one: ExerciseResult) -> Scored:
    status = one.status
    if not policy.hidden and _failed_hidden_only(one):
        status = ExerciseStatus.PASSED
    out_of = policy.points.get(one.exercise, Decimal(one.out_of))
    points = out_of if status is ExerciseStatus.PASSED else _NOTHING
    extra = one.exercise in policy.extra_credit
    return Scored(one.exercise, one.title, status, points, out_of, extra)


def _failed_hidden_only(one: ExerciseResult) -> bool:
    # The message is that of the visible check, empty if it passed.
    judged = one.status is ExerciseStatus.INCORRECT
    return judged and bool(one.hidden) and not one.message


def _lateness(
    late: Late, result: Result, when: datetime | None
) -> tuple[int | None, bool]:
    """Days late, if a time tells, and whether Canvas' word alone counts."""
    if when is None and late.own_times:
        when = result.submitted
    if late.due is None or when is None:
        return None, result.late
    behind = when - late.due
    if behind <= late.grace:
        return 0, False
    return -(-behind // _DAY), False


def _penalty(
    late: Late, earned: Decimal, out_of: Decimal, days: int | None, flagged: bool
) -> Decimal:
    if late.max_days is not None and (days or 0) > late.max_days:
        return earned
    cost = late.per_day.of(out_of) * (days or 0)
    if flagged:
        cost = late.when_flagged.of(out_of)
    return min(cost, max(earned - late.floor.of(out_of), _NOTHING))


def _note(
    late: Late,
    result: Result,
    attempts: int,
    marks: tuple[tuple[Item, Mark | None], ...],
    days: int | None,
) -> str:
    notes = [result.note]
    if late.due is not None and days is None:
        notes.append("no time of submission is known")
    if result.late and not days:
        but = "" if days is None else ", though its time is not late"
        notes.append(f"flagged late by the platform{but}")
    waiting = [item.id for item, mark in marks if mark is None or mark.points is None]
    if waiting:
        notes.append(f"not yet marked: {', '.join(waiting)}")
    if attempts > 1:
        notes.append(f"one of {attempts} attempts")
    return "; ".join(filter(None, notes))


def _order(result: Result) -> tuple[datetime, list[tuple[int, str]], str]:
    unknown = datetime.min.replace(tzinfo=UTC)
    parts = re.findall(r"([0-9]+)|([^0-9]+)", result.name)
    # No name has a number of so many digits; Python refuses to read longer ones.
    natural = [(int(digits[:18] or -1), text) for digits, text in parts]
    return (result.submitted or unknown, natural, result.digest)


def _points(mark: Mark | None) -> Decimal:
    return _NOTHING if mark is None or mark.points is None else mark.points


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, _NOTHING)
