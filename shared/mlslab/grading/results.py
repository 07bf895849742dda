"""What grading a submission came to, as plain data that goes to JSON and back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any


class GradeStatus(Enum):
    """How grading a submission went; the points are told apart from it.

    If several hold, the first of this order is the status.
    """

    UNREADABLE = "unreadable"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    TAMPERED = "tampered"
    NOTHING_ATTEMPTED = "nothing attempted"
    GRADED = "graded"


class ExerciseStatus(Enum):
    """How one exercise stands."""

    PASSED = "passed"
    INCORRECT = "incorrect"
    NOT_ATTEMPTED = "not attempted"
    TIMEOUT = "timeout"
    CRASHED = "crashed"


@dataclass(frozen=True)
class Submission:
    """A file that somebody handed in.

    Attributes:
        learner: who, as the file's place or name tells; the key of the gradebook.
        name: the path as the instructor knows it, relative to what was named on the
            command line; for a member of a zip, `archive.zip/member.ipynb`.
        content: the bytes.
        submitted: when, if anything tells; aware.
        late: whether the learning platform itself says so (Canvas's `_LATE_`).
        accounts: what the learning platform's naming tells of the learner, for the
            file that goes back to it: `canvas_id`, `moodle_id`, `full_name`.
    """

    learner: str
    name: str
    content: bytes
    submitted: datetime | None = None
    late: bool = False
    accounts: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Change:
    """Something outside the answers that differs from what was handed out.

    Attributes:
        cell: the id of the instructor's cell.
        kind: `edited`, `deleted`, `moved` or `duplicated`.
        is_check: whether it is a cell that judges; the others are demonstrations, or
            given lines around an answer.
        diff: a unified diff, from the given to the submitted text; empty for a cell
            that was only moved.
    """

    cell: str
    kind: str
    is_check: bool
    diff: str = ""


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise of one submission.

    Attributes:
        exercise: the name of its check.
        title: the exercise in a few words.
        points: points earned; 0 or all.
        out_of: points that it is worth.
        status: how it stands.
        message: the visible check's message; empty if it passed.
        hidden: messages of the hidden checks that failed.
        on_reference: whether it passed only once what earlier exercises should have
            left was put in place of what they did leave.
        answer: the learner's own cells, as submitted.
        seconds: time that its cells and its judging took, in seconds; differs from
            run to run and is no part of the gradebook.
    """

    exercise: str
    title: str
    points: int
    out_of: int
    status: ExerciseStatus
    message: str = ""
    hidden: tuple[str, ...] = ()
    on_reference: bool = False
    answer: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Result:
    """One graded submission.

    Attributes:
        lab: the id of the lab.
        learner, name, digest, submitted, late, accounts: as of the `Submission`.
        status: how grading went.
        note: one line for the instructor: what is to be known of this submission;
            empty if there is nothing.
        exercises: in the order of the lab; all of the lab's, whatever the status.
        changes: what differs outside the answers.
        seconds: wall time of grading; no part of the gradebook.
    """

    lab: str
    learner: str
    name: str
    digest: str
    status: GradeStatus
    note: str
    exercises: tuple[ExerciseResult, ...]
    changes: tuple[Change, ...] = ()
    submitted: datetime | None = None
    late: bool = False
    accounts: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0

    @property
    def points(self) -> int:
        """Points earned in all exercises, before any policy."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def out_of(self) -> int:
        """Points that all exercises are worth."""
        return sum(exercise.out_of for exercise in self.exercises)

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), default=_plain, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Result:
        """Back from `to_json`."""
        values: dict[str, Any] = json.loads(line)
        when = values["submitted"]
        return cls(
            **values
            | {
                "status": GradeStatus(values["status"]),
                "exercises": tuple(map(_exercise, values["exercises"])),
                "changes": tuple(Change(**change) for change in values["changes"]),
                "submitted": datetime.fromisoformat(when) if when else None,
                "accounts": tuple((key, text) for key, text in values["accounts"]),
            }
        )


def _exercise(values: dict[str, Any]) -> ExerciseResult:
    return ExerciseResult(
        **values
        | {
            "status": ExerciseStatus(values["status"]),
            "hidden": tuple(values["hidden"]),
        }
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no plain data")
