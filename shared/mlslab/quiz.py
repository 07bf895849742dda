"""Quiz questions: TOML beside a lab's checks, and the judging of an answer.

[[question]]
id = "302-objective"          # stable: progress is kept under it
text = "Which objective …?"
difficulty = 2                # 1 recall, 2 apply, 3 weigh
exam_tasks = ["3.3"]
correct = ["b"]
checked = "2026-11-23"        # when somebody last read the source
source = { title = "…", address = "https://docs.aws.amazon.com/…" }
options = [
  { key = "a", text = "…", reason = "why this is not it" },
  { key = "b", text = "…", reason = "why this is it" },
]
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from mlslab.course import Course, LabInfo
from mlslab.errors import MlslabError
from mlslab.tables import Table, read_table


@dataclass(frozen=True)
class Option:
    """One option; `reason` says why it is right, or which misconception it is."""

    key: str
    text: str
    reason: str


@dataclass(frozen=True)
class Question:
    """One question; `correct` holds the keys of all right options."""

    id: str
    text: str
    options: tuple[Option, ...]
    correct: frozenset[str]
    difficulty: int
    exam_tasks: tuple[str, ...]
    source: str
    address: str
    checked: str

    @property
    def several(self) -> bool:
        """Whether more than one option has to be chosen."""
        return len(self.correct) > 1

    def chosen(self, answer: str | Iterable[str]) -> frozenset[str]:
        """The keys in an answer such as `"b"`, `"a, c"` or `["a", "c"]`."""
        given = answer.split(",") if isinstance(answer, str) else answer
        keys = frozenset(key.strip().lower() for key in given)
        known = {option.key for option in self.options}
        if not keys or keys - known:
            raise MlslabError(
                f"question {self.id}: answer with {', '.join(sorted(known))},"
                f" not {answer!r}"
            )
        return keys

    def is_right(self, answer: str | Iterable[str]) -> bool:
        """Whether all right options, and no other, are chosen."""
        return self.chosen(answer) == self.correct


def load_questions(course: Course, lab: LabInfo) -> dict[str, Question]:
    """The lab's questions by id, from `lab_<id>_<slug>.toml` beside its checks."""
    file = resources.files(course.checks) / f"{lab.checks_module}.toml"
    with resources.as_file(file) as path:
        return read_questions(path)


def read_questions(path: Path) -> dict[str, Question]:
    """Read a file of questions; raises `DataError`."""
    top = read_table(path)
    questions: dict[str, Question] = {}
    for row in top.tables("question"):
        question = _question(row)
        if question.id in questions:
            raise row.error("id", "is used twice in this file")
        questions[question.id] = question
    top.done()
    return questions


def _question(row: Table) -> Question:
    options = tuple(map(_option, row.tables("options", key="key")))
    source = row.table("source")
    question = Question(
        id=row.text("id"),
        text=row.text("text"),
        options=options,
        correct=frozenset(row.texts("correct")),
        difficulty=row.number("difficulty"),
        exam_tasks=row.texts("exam_tasks"),
        source=source.text("title"),
        address=source.text("address"),
        checked=row.text("checked"),
    )
    source.done()
    row.done()
    _hold_together(row, question)
    return question


def _option(row: Table) -> Option:
    option = Option(row.text("key"), row.text("text"), row.text("reason"))
    row.done()
    return option


def _hold_together(row: Table, question: Question) -> None:
    keys = [option.key for option in question.options]
    if len(keys) < 3 or len(set(keys)) != len(keys):
        raise row.error("options", "are three or more, each with a key of its own")
    if question.correct - set(keys) or len(question.correct) == len(keys):
        raise row.error("correct", f"names some, not all, of {', '.join(keys)}")
    if question.difficulty not in (1, 2, 3):
        raise row.error("difficulty", "is 1 (recall), 2 (apply) or 3 (weigh)")
    if not question.address.startswith("https://"):
        raise row.error("source", "its address begins with https://")
    try:
        datetime.date.fromisoformat(question.checked)
    except ValueError:
        raise row.error("checked", "is a date such as 2026-11-23") from None
