"""A finding of the linter, and what the rules look at."""

from collections.abc import Mapping
from dataclasses import dataclass

from mlslab.checks import Check, load_checks
from mlslab.course import Course, LabInfo
from mlslab.hidden import HiddenCheck, load_hidden
from mlslab.questions.model import Question
from mlslab.questions.reading import load_quiz
from mlslab.rehearsal import Mistake, load_mistakes
from mlslab.source import Cell, Source, read_source


@dataclass(frozen=True)
class Finding:
    """Where, what is wrong, and what mends it."""

    place: str
    problem: str
    cure: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}\n    → {self.cure}"


@dataclass(frozen=True)
class Subject:
    """One lab with everything that belongs to it, read once."""

    course: Course
    lab: LabInfo
    source: Source
    checks: Mapping[str, Check]
    hidden: tuple[HiddenCheck, ...]
    questions: Mapping[str, Question]
    mistakes: tuple[Mistake, ...]

    @classmethod
    def load(cls, course: Course, lab: LabInfo) -> "Subject":
        """Read the lab; raises `MlslabError` for what cannot be read."""
        return cls(
            course,
            lab,
            read_source(course.source(lab)),
            load_checks(course, lab),
            load_hidden(course, lab),
            load_quiz(course, lab),
            load_mistakes(course, lab),
        )

    def finding(self, problem: str, cure: str, cell: Cell | None = None) -> Finding:
        """A finding of this lab, in one of its cells if it is named."""
        place = str(self.source.path.relative_to(self.course.root))
        return Finding(f"{place} cell {cell.index}" if cell else place, problem, cure)

    def about(self, name: str, problem: str, cure: str) -> Finding:
        """A finding about one of its checks or questions."""
        return Finding(f"lab {self.lab.id}, {name}", problem, cure)
