"""The exams' tasks, and the crosswalk from MLS-C01 to its successors."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mlslab.errors import MlslabError
from mlslab.tables import read_table

BASE = "MLS-C01"
"""The exam on whose four domains the course is built."""


@dataclass(frozen=True)
class Exam:
    """One exam: whether it can be sat, and task number → title."""

    code: str
    state: str
    tasks: Mapping[str, str]


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
        exams[row.text("id")] = Exam(row.text("id"), row.text("state"), tasks)
        row.done()
    successors = top.table("successors")
    pairs = {task: tuple(successors.listed(task)) for task in exams[BASE].tasks}
    successors.done()
    return Exams(top.text("checked"), exams, pairs)
