"""What people write for grading: marks of free-text answers, and times of submission.

Both stand in CSV files of their own, which are only read here; so they outlast any
regrading. What has no mark yet goes into a third file, to be filled in.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from mlslab.grading.rules import Item, Policy
from mlslab.grading.sheets import Row, Sheet, lines, read_sheet, same

COLUMNS = ("learner", "item", "points", "comment")


@dataclass(frozen=True)
class Mark:
    """One line of the marks file.

    Attributes:
        learner, item: as they were written; `sheets.same` tells whether they are those
            of a learner and of a policy's item.
        points: None as long as there is only a comment.
        comment: for the learner.
        line: in the file.
    """

    learner: str
    item: str
    points: Decimal | None
    comment: str = ""
    line: int = 0


def read_marks(path: Path) -> list[Mark]:
    """The lines that have points or a comment.

    Raises:
        DataError: points are no number, or a mark stands there twice.
    """
    sheet = read_sheet(path, COLUMNS[:3])
    marks: dict[tuple[str, str], Mark] = {}
    for row in sheet.rows:
        mark = _mark(sheet, row)
        if mark.points is None and not mark.comment:
            continue
        key = (same(mark.learner), mark.item)
        if key in marks:
            raise sheet.error(
                row,
                "item",
                f"{mark.item!r} of {mark.learner!r} stands already in line"
                f" {marks[key].line}: keep one of them",
            )
        marks[key] = mark
    return list(marks.values())


def read_times(path: Path) -> dict[str, datetime]:
    """When whom submitted: learner as written → an aware time.

    Raises:
        DataError: a time is none or has no offset, or a learner stands there twice.
    """
    sheet = read_sheet(path, ("learner", "submitted"))
    times: dict[str, datetime] = {}
    seen: set[str] = set()
    for row in sheet.rows:
        learner = row.cells["learner"]
        if same(learner) in seen:
            raise sheet.error(row, "learner", f"{learner!r} stands there twice")
        seen.add(same(learner))
        times[learner] = _time(sheet, row)
    return times


def astray(
    policy: Policy,
    learners: Iterable[str],
    marks: Sequence[Mark],
    times: Mapping[str, datetime],
) -> list[str]:
    """Lines for the instructor: marks and times that reach nobody, and odd ones."""
    known = by_name(learners)
    items = {item.id: item for item in policy.manual}
    found = []
    for mark in marks:
        place = f"{policy.marks.name if policy.marks else 'marks'}: line {mark.line}"
        item = items.get(mark.item)
        if known.get(same(mark.learner)) is None:
            found.append(f"{place}: {_nobody(known, mark.learner)}")
        if item is None:
            found.append(f"{place}: the policy has no manual item {mark.item!r}")
        elif mark.points is not None and mark.points > item.points:
            found.append(f"{place}: {mark.points} of {item.points} points are counted")
    file = policy.late.submitted.name if policy.late.submitted else "times"
    for name in times:
        if known.get(same(name)) is None:
            found.append(f"{file}: {_nobody(known, name)}")
    return found


def by_name(learners: Iterable[str]) -> dict[str, str | None]:
    """`same` of a name → the learner, or None if it is that of several."""
    found: dict[str, str | None] = {}
    for learner in learners:
        key = same(learner)
        found[key] = learner if found.get(key, learner) == learner else None
    return found


def manual_template(
    path: Path, policy: Policy, learners: Iterable[str], marks: Sequence[Mark]
) -> int:
    """Write or complete a file with a line for each mark that is missing.

    What stands in the file is left to the byte, lines are only added. Nothing is
    written to the file of marks itself.

    Returns:
        The number of lines that were added.

    Raises:
        DataError: the file is there but cannot be read.
    """
    if policy.marks is not None and path.resolve() == policy.marks.resolve():
        return 0
    there = read_sheet(path, COLUMNS[:3]) if path.exists() else None
    done = {
        (same(mark.learner), mark.item) for mark in marks if mark.points is not None
    }
    if there:
        done |= {(same(r.cells["learner"]), r.cells["item"]) for r in there.rows}
    missing = _missing(policy.manual, learners, done)
    if there is None:
        path.write_bytes(lines([COLUMNS, *missing]).encode())
    elif missing:
        _append(path, there, missing)
    return len(missing)


def _missing(
    items: Sequence[Item], learners: Iterable[str], done: set[tuple[str, str]]
) -> list[tuple[str, str, None, None]]:
    return [
        (learner, item.id, None, None)
        for learner in sorted(set(learners))
        for item in items
        if (same(learner), item.id) not in done
    ]


def _append(path: Path, there: Sheet, missing: Sequence[Sequence[object]]) -> None:
    rows = [
        [dict(zip(COLUMNS, row, strict=True)).get(name) for name in there.columns]
        for row in missing
    ]
    ends = path.read_bytes().endswith((b"\n", b"\r"))
    text = ("" if ends else "\n") + lines(rows, there.delimiter)
    with path.open("ab") as file:
        file.write(text.encode())


def _mark(sheet: Sheet, row: Row) -> Mark:
    written = row.cells["points"].replace(",", ".")
    if written and not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", written):
        raise sheet.error(
            row, "points", f"a number, 0 or more, is expected, not {written!r}"
        )
    return Mark(
        row.cells["learner"],
        row.cells["item"],
        Decimal(written) if written else None,
        row.cells.get("comment", ""),
        row.line,
    )


def _time(sheet: Sheet, row: Row) -> datetime:
    written = row.cells["submitted"]
    wanted = f"a time such as 2026-12-01T23:10:00+01:00 is expected, not {written!r}"
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        raise sheet.error(row, "submitted", wanted) from None
    if when.tzinfo is None:
        raise sheet.error(row, "submitted", f"the offset from UTC is missing: {wanted}")
    return when


def _nobody(known: Mapping[str, str | None], name: str) -> str:
    if same(name) in known:
        return f"{name!r} is the name of several learners: it counts for none of them"
    return f"there is no submission of {name!r}"
