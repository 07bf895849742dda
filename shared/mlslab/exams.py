"""The exams' tasks, and the crosswalk from MLS-C01 to its successors."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mlslab.errors import MlslabError
from mlslab.tables import Table, read_table

BASE = "MLS-C01"
"""The exam on whose four domains the course is built."""


@dataclass(frozen=True)
class Sitting:
    """How an exam is sat.

    Attributes:
        minutes: the time for all questions.
        scored: questions that count.
        unscored: questions that AWS tries out; nobody is told which.
        pass_mark: on the scale from 100 to 1000.
        kinds: the kinds of question that its guide names.
        weights: domain number → percentage of the scored questions.
        domains: domain number → title.
        source: the exam guide.
        address: where that is.
    """

    minutes: int
    scored: int
    unscored: int
    pass_mark: int
    kinds: tuple[str, ...]
    weights: Mapping[str, int]
    domains: Mapping[str, str]
    source: str
    address: str


@dataclass(frozen=True)
class Exam:
    """One exam: whether it can be sat, and task number → title."""

    code: str
    state: str
    tasks: Mapping[str, str]
    sitting: "Sitting"

    @property
    def weights(self) -> Mapping[str, int]:
        """Domain number → its percentage of the scored questions."""
        return self.sitting.weights


@dataclass(frozen=True)
class Exams:
    """All exams by code, and MLS-C01 task → the tasks of both successors."""

    checked: str
    exams: Mapping[str, Exam]
    successors: Mapping[str, tuple[str, ...]]

    def crosswalk(self, tasks: tuple[str, ...]) -> list[dict[str, str]]:
        """One row for each MLS-C01 task: exam code → "number title; …"."""
        return [self._row(task) for task in tasks]

    def _row(self, task: str) -> dict[str, str]:
        if task not in self.exams[BASE].tasks:
            raise MlslabError(f"{BASE} has no task {task}")
        row = {BASE: f"{task} {self.exams[BASE].tasks[task]}"}
        for code in self.exams:
            if code == BASE:
                continue
            titles = self.exams[code].tasks
            found = [f"{number} {titles[number]}" for number in self.successors[task]]
            row[code] = "; ".join(found) or "hardly asked for"
        return row


@cache
def load_exams() -> Exams:
    """Read the `exams.toml` of this package."""
    top = read_table(Path(__file__).with_name("exams.toml"))
    exams = {}
    for row in top.tables("exam"):
        tasks = {task.text("id"): task.text("title") for task in row.tables("tasks")}
        exams[row.text("id")] = Exam(
            row.text("id"), row.text("state"), tasks, _sitting(row)
        )
        row.done()
    successors = top.table("successors")
    pairs = {task: tuple(successors.listed(task)) for task in exams[BASE].tasks}
    successors.done()
    return Exams(top.text("checked"), exams, pairs)


def _sitting(row: Table) -> Sitting:
    domains = row.tables("domains")
    return Sitting(
        minutes=row.number("minutes"),
        scored=row.number("scored"),
        unscored=row.number("unscored"),
        pass_mark=row.number("pass_mark"),
        kinds=row.texts("kinds"),
        weights={domain.text("id"): domain.number("weight") for domain in domains},
        domains={domain.text("id"): domain.text("title") for domain in domains},
        source=row.text("source"),
        address=row.text("address"),
    )
