"""The policy file: what an instructor decides about points, in one TOML.

Every member may be left out. All of them:

    attempts = "best"                # or "last"
    hidden = true                    # hidden checks count
    decimals = 2                     # of points, rounded half up
    extra_credit = ["tune", "essay"] # count on top; not in what the lab is out of
    marks = "marks.csv"              # learner,item,points,comment; beside this file

    [points]                         # instead of the checks' own
    train = 4
    deploy = 2.5

    [late]
    due = 2026-12-01T23:59:00+01:00  # with its offset from UTC
    grace_minutes = 15               # nothing is late before they are over
    per_day = "10%"                  # of what the lab is out of; a number is points
    floor = "50%"                    # lateness alone brings nobody below this
    max_days = 5                     # later than that, nothing counts
    submitted = "times.csv"          # learner,submitted; for whom it names, it decides
    own_times = true                 # else the time that the zip gives
    when_flagged = "10%"             # else, once, for what Canvas itself calls late

    [[manual]]                       # marked by a person
    id = "essay"
    title = "Defend your choice"
    points = 5
    exercise = "choose"              # the exercise that it belongs to
    levels = [{ points = 5, words = "weighs both sides" }, { points = 2, words = "…" }]

    [canvas]
    assignment = "Lab 302 (1234)"    # as the heading in Canvas' own export has it

    [limits]                         # for running; of one submission
    cell_seconds = 60
    exercise_seconds = 120
    submission_seconds = 600
    memory_mb = 4096
    disk_mb = 1024
    output_mb = 10
    processes = 64
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from mlslab.tables import Table, read_table


@dataclass(frozen=True)
class Amount:
    """Points, or a percentage of what the lab is out of."""

    value: Decimal
    percent: bool = False

    def of(self, out_of: Decimal) -> Decimal:
        """The points that it comes to."""
        return self.value * out_of / 100 if self.percent else self.value


@dataclass(frozen=True)
class Limits:
    """What one submission may use: seconds, megabytes (of 2²⁰ bytes), processes."""

    cell_seconds: int = 60
    exercise_seconds: int = 120
    submission_seconds: int = 600
    memory_mb: int = 4096
    disk_mb: int = 1024
    output_mb: int = 10
    processes: int = 64


@dataclass(frozen=True)
class Level:
    """One level of a rubric."""

    points: Decimal
    words: str


@dataclass(frozen=True)
class Item:
    """What a person marks; `exercise` is empty if it belongs to none."""

    id: str
    title: str
    points: Decimal
    exercise: str = ""
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True)
class Late:
    """What lateness costs; as the module's docstring says."""

    due: datetime | None = None
    grace: timedelta = timedelta(0)
    per_day: Amount = Amount(Decimal(0))
    floor: Amount = Amount(Decimal(0))
    max_days: int | None = None
    submitted: Path | None = None
    own_times: bool = True
    when_flagged: Amount = Amount(Decimal(0))


@dataclass(frozen=True)
class Policy:
    """A policy file; without one, all checks count as they stand."""

    points: Mapping[str, Decimal] = field(default_factory=dict)
    extra_credit: frozenset[str] = frozenset()
    late: Late = Late()
    best: bool = True
    hidden: bool = True
    manual: tuple[Item, ...] = ()
    marks: Path | None = None
    decimals: int = 2
    assignment: str = ""
    limits: Limits = Limits()


def read_policy(path: Path, exercises: Collection[str]) -> Policy:
    """Read a policy file.

    Args:
        path: the TOML file; paths in it are relative to its folder.
        exercises: the names of the lab's checks.

    Raises:
        DataError: something in it is misspelt or cannot be; names the member.
    """
    top = _Fields.of(read_table(path))
    policy = Policy(
        points=_points(top, exercises),
        extra_credit=frozenset(top.names("extra_credit")),
        late=_late(top.part("late")),
        best=top.choice("attempts", "best", "last") == "best",
        hidden=top.flag("hidden", True),
        manual=tuple(_item(row, exercises) for row in top.rows("manual")),
        marks=top.beside("marks"),
        decimals=top.whole("decimals", 2),
        assignment=_assignment(top.part("canvas")),
        limits=_limits(top.part("limits")),
    )
    top.done()
    _hold_together(top, policy, exercises)
    return policy


class _Fields(Table):
    """A table whose members may be left out: each then has a default."""

    @classmethod
    def of(cls, table: Table) -> "_Fields":
        return cls(table.file, table.entry, table._members)

    def has(self, name: str) -> bool:
        return name in self._members

    def given(self) -> list[str]:
        return list(self._members)

    def part(self, name: str) -> "_Fields":
        return _Fields.of(self.table(name) if self.has(name) else self._inner(name, {}))

    def rows(self, name: str) -> tuple["_Fields", ...]:
        return tuple(map(_Fields.of, self.tables(name))) if self.has(name) else ()

    def names(self, name: str) -> tuple[str, ...]:
        return self.listed(name) if self.has(name) else ()

    def word(self, name: str) -> str:
        return self.text(name) if self.has(name) else ""

    def beside(self, name: str) -> Path | None:
        return self.file.parent / self.text(name) if self.has(name) else None

    def choice(self, name: str, *words: str) -> str:
        """One of the words; the first if it is left out."""
        value = self._take(name, words[0])
        return str(self._expect(name, value, " or ".join(words), lambda v: v in words))

    def flag(self, name: str, default: bool) -> bool:
        value = self._take(name, default)
        wanted = "true or false"
        return bool(self._expect(name, value, wanted, lambda v: isinstance(v, bool)))

    def whole(self, name: str, default: int) -> int:
        return self.number(name) if self.has(name) else default

    def decimal(self, name: str) -> Decimal:
        """A number, 0 or more; TOML's 2.1 is meant as just that."""
        value = self._expect(name, self._take(name), "a number, 0 or more,", _is_number)
        return Decimal(str(value))

    def amount(self, name: str) -> Amount:
        """`"10%"`, or a number of points; nothing if it is left out."""
        value = self._take(name, 0)
        percent = isinstance(value, str) and re.fullmatch(r"(\d+(\.\d+)?) ?%", value)
        if percent and Decimal(percent[1]) <= 100:
            return Amount(Decimal(percent[1]), percent=True)
        wanted = 'a share such as "10%", or a number of points,'
        return Amount(Decimal(str(self._expect(name, value, wanted, _is_number))))

    def moment(self, name: str) -> datetime | None:
        if not self.has(name):
            return None
        value = self._take(name)
        good = isinstance(value, datetime) and value.tzinfo is not None
        wanted = "a time with its offset, such as 2026-12-01T23:59:00+01:00,"
        return self._expect(name, value, wanted, lambda _: good)  # type: ignore[no-any-return]


def _points(top: _Fields, exercises: Collection[str]) -> dict[str, Decimal]:
    table = top.part("points")
    for name in table.given():
        if name not in exercises:
            raise table.error(name, f"an exercise {_known(exercises)}")
    return {name: table.decimal(name) for name in table.given()}


def _late(table: _Fields) -> Late:
    late = Late(
        due=table.moment("due"),
        grace=timedelta(minutes=table.whole("grace_minutes", 0)),
        per_day=table.amount("per_day"),
        floor=table.amount("floor"),
        max_days=table.number("max_days") if table.has("max_days") else None,
        submitted=table.beside("submitted"),
        own_times=table.flag("own_times", True),
        when_flagged=table.amount("when_flagged"),
    )
    table.done()
    for name in ("per_day", "max_days", "grace_minutes", "submitted"):
        if table.has(name) and late.due is None:
            raise table.error("due", f"is missing: {name} counts from it")
    if late.due and not (table.has("per_day") or table.has("max_days")):
        raise table.error("per_day", "is missing: what does a day cost?")
    return late


def _item(row: _Fields, exercises: Collection[str]) -> Item:
    item = Item(
        id=row.text("id"),
        title=row.text("title"),
        points=row.decimal("points"),
        exercise=row.word("exercise"),
        levels=tuple(map(_level, row.rows("levels"))),
    )
    row.done()
    if not re.fullmatch(r"\w[\w-]*", item.id):
        raise row.error("id", "is made of letters, digits, _ and -")
    if item.exercise and item.exercise not in exercises:
        raise row.error("exercise", f"{_known(exercises)}, not {item.exercise!r}")
    for level in item.levels:
        if level.points > item.points:
            raise row.error("levels", f"give at most the item's {item.points} points")
    return item


def _level(row: _Fields) -> Level:
    level = Level(row.decimal("points"), row.text("words"))
    row.done()
    return level


def _assignment(table: _Fields) -> str:
    name = table.word("assignment")
    table.done()
    return name


def _limits(table: _Fields) -> Limits:
    found = {
        name: table.whole(name, default) for name, default in asdict(Limits()).items()
    }
    table.done()
    for name, value in found.items():
        if not value:
            raise table.error(name, "is a whole number above 0")
    return Limits(**found)


def _hold_together(top: _Fields, policy: Policy, exercises: Collection[str]) -> None:
    for name, times in Counter([i.id for i in policy.manual] + [*exercises]).items():
        if times > 1:
            raise top.error(
                f"manual {name}", "is used twice, or is an exercise: choose another id"
            )
    names = [*exercises, *(item.id for item in policy.manual)]
    for name in sorted(policy.extra_credit):
        if name not in names:
            raise top.error("extra_credit", f"{_known(names)}, not {name!r}")
    if policy.decimals > 4:
        raise top.error("decimals", "is at most 4")


def _known(names: Collection[str]) -> str:
    return f"is one of {', '.join(names)}"


def _is_number(value: Any) -> bool:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return good and 0 <= value < 1_000_000
