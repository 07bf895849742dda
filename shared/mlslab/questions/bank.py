"""The question bank: `exam_scenarios/question_bank/**/*.toml`, as one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlslab.course import Course
from mlslab.errors import DataError
from mlslab.questions.model import Case, Question
from mlslab.questions.reading import read_bank_file


@dataclass(frozen=True)
class Bank:
    """All questions by id, the case studies by id, and the file of each."""

    questions: Mapping[str, Question]
    cases: Mapping[str, Case] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)

    def of_case(self, case: str) -> tuple[Question, ...]:
        """The questions of a case study, in their order."""
        return tuple(q for q in self.questions.values() if q.case == case)

    def scenario(self, question: Question) -> str:
        """What has to be read before the question: its case's scenario, or ""."""
        return self.cases[question.case].scenario if question.case else ""


def folder(course: Course) -> Path:
    """Where the bank's files are."""
    return course.root / "exam_scenarios" / "question_bank"


def load_bank(course: Course) -> Bank:
    """Read the whole bank; raises `DataError`."""
    return read_bank(sorted(folder(course).rglob("*.toml")))


def read_bank(paths: Iterable[Path]) -> Bank:
    """Read these files as one bank; raises `DataError`, also for an id used twice."""
    questions: dict[str, Question] = {}
    cases: dict[str, Case] = {}
    files: dict[str, Path] = {}
    for path in paths:
        case, found = read_bank_file(path)
        for name in (*found, *([case.id] if case else [])):
            if name in files:
                raise DataError(
                    path, name, "id", f"is used in {files[name].name} already"
                )
            files[name] = path
        questions |= found
        if case:
            cases[case.id] = case
    return Bank(questions, cases, files)
