"""One submission graded, in a process of its own.

The first run is of the learner's own cells. An answer that is not right, or that ends
the kernel, may make later ones fail: then the notebook is run anew with the solution in
its place, and the later ones are judged on what they should have found. So each mistake
counts once. It ends when no failed answer has another failed one before it.

What a learner is told of the later runs is only whether they passed: their messages
could repeat what the solution left.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from mlslab.checks import Check, Status, load_checks
from mlslab.course import Course, LabInfo, load_course
from mlslab.grading.assemble import Assembled, Step, assemble
from mlslab.grading.frames import Broken, Channel
from mlslab.grading.judge import Verdict
from mlslab.grading.nursery import Nursery
from mlslab.grading.reading import Unreadable, read_notebook
from mlslab.grading.results import (
    Change,
    ExerciseResult,
    ExerciseStatus,
    GradeStatus,
    Result,
    Submission,
)
from mlslab.grading.rules import Limits
from mlslab.grading.runs import Place, Played, Run, opened
from mlslab.source import read_source

_ENDINGS = {
    "timeout": "took longer than its time",
    "memory": "took more memory than it may",
    "output": "printed more than it may",
    "dead": "ended the kernel",
}


def main(batch: socket.socket, control: socket.socket) -> None:
    """Grade the submission that the batch tells of, and tell the result."""
    channel = Channel(batch)
    told = channel.receive()
    place, limits = Place(**told["place"]), Limits(**told["limits"])
    control.sendall(b"n" if place.view is None else b"w")
    if control.recv(1) != b"w":
        raise Broken("the stage did not start")
    submission = submission_of(told["submission"])
    course = load_course(Path(place.root))
    grading = Grading(course, course.lab(place.lab), submission, place, limits)

    def wait_for_turn() -> None:
        channel.send({"ready": True})
        channel.receive()

    result = asyncio.run(grading.grade(Nursery(control), wait_for_turn))
    channel.send({"result": result.to_json()})


def submission_as_data(submission: Submission) -> dict[str, Any]:
    """A submission as JSON's types."""
    when = submission.submitted
    return {
        **asdict(submission),
        "content": base64.b64encode(submission.content).decode(),
        "submitted": when.isoformat() if when else None,
    }


def submission_of(data: dict[str, Any]) -> Submission:
    """Back from `submission_as_data`."""
    when = data["submitted"]
    accounts = tuple((key, value) for key, value in data["accounts"])
    content = base64.b64decode(data["content"])
    submitted = datetime.fromisoformat(when) if when else None
    values = {"content": content, "submitted": submitted, "accounts": accounts}
    return Submission(**{**data, **values})


@dataclass
class _Found:
    """What is known of an exercise so far."""

    status: ExerciseStatus
    message: str = ""
    hidden: tuple[str, ...] = ()
    on_reference: bool = False

    @property
    def passed(self) -> bool:
        return self.status is ExerciseStatus.PASSED


@dataclass
class _Plan:
    """What the next run has in place of the learner's own cells."""

    solved: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)

    def code(self, step: Step) -> str:
        if step.cell in self.dropped:
            return ""
        if step.kind == "answer" and step.exercise in self.solved:
            return step.solution
        return step.code


class Grading:
    """The grading of one submission."""

    def __init__(
        self,
        course: Course,
        lab: LabInfo,
        submission: Submission,
        place: Place,
        limits: Limits,
    ) -> None:
        self._course, self._lab, self._submission = course, lab, submission
        self._place, self._limits = place, limits
        self._checks = load_checks(course, lab)
        self._found: dict[str, _Found] = {}
        self._seconds: dict[str, float] = {}
        self._notes: list[str] = []

    async def grade(
        self, nursery: Nursery, wait_for_turn: Callable[[], None]
    ) -> Result:
        """Grade.

        Args:
            nursery: a stage of this submission's own.
            wait_for_turn: called when all has started; its time begins thereafter.
        """
        self._nursery = nursery
        began = time.monotonic()
        async with AsyncExitStack() as open_runs:
            run = await self._new_run(open_runs)  # starts while the notebook is read
            try:
                assembled = await asyncio.to_thread(self._assembled)
            except Unreadable as error:
                why = str(error)
                return unreadable(self._lab.id, self._submission, self._checks, why)
            if assembled.attempted:
                await run.ready()
                await asyncio.to_thread(wait_for_turn)
                began = time.monotonic()
                deadline = began + self._limits.submission_seconds
                await self._judge_all(assembled, run, open_runs, deadline)
        result = self._result(assembled)
        return replace(result, seconds=time.monotonic() - began)

    def _assembled(self) -> Assembled:
        notebook = read_notebook(self._submission.content)
        source = read_source(self._course.source(self._lab))
        return assemble(self._lab, source, notebook)

    async def _new_run(self, open_runs: AsyncExitStack) -> Run:
        run = opened(self._nursery, self._place, self._limits)
        return await open_runs.enter_async_context(run)

    async def _judge_all(
        self,
        assembled: Assembled,
        run: Run,
        open_runs: AsyncExitStack,
        deadline: float,
    ) -> None:
        """Judge what was attempted in this run, and what it leaves open in new ones."""
        order = [name for name in _order(assembled.steps) if name in self._checks]
        plan = _Plan()
        wanted = {name for name in order if name in assembled.attempted}
        first = True
        while wanted and (first or time.monotonic() < deadline):
            steps = [(step, plan.code(step)) for step in assembled.steps]
            if not first:
                run = await self._new_run(open_runs)
            played = await run.play(steps, wanted, deadline)
            await open_runs.aclose()
            self._learn(played, assembled, wanted, first=first)
            if not self._amend(plan, played, assembled, order):
                break
            culprits = [name for name in order if name in plan.solved]
            last = max((order.index(name) for name in culprits), default=-1)
            wanted = {
                name
                for name in order[last + 1 :] + self._unknown(order, assembled)
                if name in assembled.attempted
                and name not in plan.solved
                and not self._has_passed(name)
            }
            first = False
        for name in self._unknown(order, assembled):
            self._found[name] = _Found(
                ExerciseStatus.TIMEOUT, "the submission's time was up before this"
            )

    def _unknown(self, order: Sequence[str], assembled: Assembled) -> list[str]:
        return [n for n in order if n in assembled.attempted and n not in self._found]

    def _learn(
        self, played: Played, assembled: Assembled, wanted: set[str], *, first: bool
    ) -> None:
        """Note what a run has told."""
        if first:
            self._seconds = played.seconds
        for name, verdict in played.verdicts.items():
            if name not in wanted:
                continue
            if not first:
                self._learn_again(name, verdict)
            else:
                raised = _raised(name, played, assembled)
                self._found[name] = _first_found(verdict, raised)
        for ending in played.endings:
            name = _blamed(ending.cell, assembled)
            words = _ENDINGS.get(ending.why, "ended the kernel")
            where = f"exercise {name!r}" if name else "an added cell"
            self._notes.append(f"{where} {words}")
            known = self._found.get(name)
            if name in wanted and (known is None or not known.passed):
                status = (
                    ExerciseStatus.TIMEOUT
                    if ending.why == "timeout"
                    else ExerciseStatus.CRASHED
                )
                self._found[name] = _Found(status, f"the cell {words}")

    def _learn_again(self, name: str, verdict: Verdict) -> None:
        known = self._found.get(name)
        if verdict.passed:
            self._found[name] = _Found(ExerciseStatus.PASSED, on_reference=True)
        elif known is None:
            status = _STATUSES.get(verdict.status, ExerciseStatus.INCORRECT)
            self._found[name] = _Found(
                ExerciseStatus.INCORRECT if status is _PASSED else status,
                "a cell before it ended the kernel; run without that cell, this answer"
                " is not right",
                verdict.hidden,
            )

    def _amend(
        self, plan: _Plan, played: Played, assembled: Assembled, order: Sequence[str]
    ) -> bool:
        """Put a solution in place of the first that failed; whether there is more.

        An added cell that was cut short is left out.
        """
        for ending in played.endings:
            added = not _blamed(ending.cell, assembled)
            if added and ending.cell not in plan.dropped:
                plan.dropped.add(ending.cell)
                return not ending.alive or self._open(order, assembled, plan)
        for name in order:
            if name not in plan.solved and not self._has_passed(name):
                plan.solved.add(name)
                return self._open(order[order.index(name) + 1 :], assembled, plan)
        return False

    def _open(self, order: Sequence[str], assembled: Assembled, plan: _Plan) -> bool:
        """Whether one of these was attempted, and may still pass."""
        return any(
            name in assembled.attempted
            and name not in plan.solved
            and not self._has_passed(name)
            for name in order
        )

    def _has_passed(self, name: str) -> bool:
        return name in self._found and self._found[name].passed

    def _result(self, assembled: Assembled) -> Result:
        exercises = tuple(
            self._exercise(check, assembled) for check in self._checks.values()
        )
        return Result(
            **_facts(self._lab.id, self._submission),
            status=_status(exercises, assembled.changes, self._notes),
            note="; ".join(dict.fromkeys([*self._notes, *_told(assembled.changes)])),
            exercises=exercises,
            changes=assembled.changes,
        )

    def _exercise(self, check: Check, assembled: Assembled) -> ExerciseResult:
        found = self._found.get(check.name, _Found(ExerciseStatus.NOT_ATTEMPTED))
        return ExerciseResult(
            exercise=check.name,
            title=check.title,
            points=check.points if found.passed else 0,
            out_of=check.points,
            status=found.status,
            message=found.message,
            hidden=found.hidden,
            on_reference=found.on_reference,
            answer=assembled.answers.get(check.name, ""),
            seconds=round(self._seconds.get(check.name, 0.0), 3),
        )


def unreadable(
    lab: str, submission: Submission, checks: dict[str, Check], reason: str
) -> Result:
    """The result of what cannot be graded at all."""
    return without_grade(lab, submission, checks, GradeStatus.UNREADABLE, reason)


def without_grade(
    lab: str,
    submission: Submission,
    checks: dict[str, Check],
    status: GradeStatus,
    note: str,
) -> Result:
    """A result without a point, for a reason that the note tells."""
    exercises = tuple(
        ExerciseResult(
            check.name, check.title, 0, check.points, ExerciseStatus.NOT_ATTEMPTED
        )
        for check in checks.values()
    )
    facts = _facts(lab, submission)
    return Result(**facts, status=status, note=note, exercises=exercises)


_PASSED = ExerciseStatus.PASSED
_STATUSES = {
    Status.PASSED.value: _PASSED,
    Status.INCORRECT.value: ExerciseStatus.INCORRECT,
    Status.NOT_ATTEMPTED.value: ExerciseStatus.INCORRECT,
    "timeout": ExerciseStatus.TIMEOUT,
    "dead": ExerciseStatus.CRASHED,
}


def _first_found(verdict: Verdict, raised: str) -> _Found:
    if verdict.passed:
        return _Found(_PASSED)
    status = _STATUSES.get(verdict.status, ExerciseStatus.INCORRECT)
    if status is _PASSED:  # all but a hidden check
        return _Found(ExerciseStatus.INCORRECT, "", verdict.hidden)
    message = verdict.message
    if status is ExerciseStatus.TIMEOUT:
        message = "judging it took longer than its time: does a function not return?"
    if raised:
        message = f"{raised}; {message}" if message else raised
    return _Found(status, message, verdict.hidden)


def _raised(name: str, played: Played, assembled: Assembled) -> str:
    """The error of the exercise's own cells, or of one that stands right before its
    check, given or added, and may have left nothing to be judged.
    """
    before: list[Step] = []
    for step in assembled.steps:
        mine = step.kind == "answer" and step.exercise == name
        if mine and step.cell in played.raised:
            return f"the cell raises {played.raised[step.cell]}"
        if name in step.checks:
            break
        before = [] if step.checks else [step, *before]
    errors = (played.raised[step.cell] for step in before if step.cell in played.raised)
    return next((f"a cell above raises {error}" for error in errors), "")


def _blamed(cell: str, assembled: Assembled) -> str:
    """Whose fault it is: the answer in the cell, or the last one before it.

    An added cell is nobody's: it is left out of the next run.
    """
    name = ""
    for step in assembled.steps:
        if step.kind == "answer":
            name = step.exercise
        if step.cell == cell:
            return "" if step.kind == "added" else name
    return ""


def _order(steps: Sequence[Step]) -> list[str]:
    """The exercises in the order in which they are judged."""
    return list(dict.fromkeys(name for step in steps for name in step.checks))


def _status(
    exercises: Sequence[ExerciseResult],
    changes: Sequence[Change],
    notes: Sequence[str],
) -> GradeStatus:
    statuses = {exercise.status for exercise in exercises}
    attempted = statuses != {ExerciseStatus.NOT_ATTEMPTED}
    if ExerciseStatus.CRASHED in statuses or any("ended the" in n for n in notes):
        return GradeStatus.CRASHED
    if ExerciseStatus.TIMEOUT in statuses or any("longer" in note for note in notes):
        return GradeStatus.TIMEOUT
    if any(change.is_check for change in changes):
        return GradeStatus.TAMPERED
    return GradeStatus.GRADED if attempted else GradeStatus.NOTHING_ATTEMPTED


def _told(changes: Sequence[Change]) -> list[str]:
    checks = [change for change in changes if change.is_check]
    if not checks:
        return []
    kinds = ", ".join(sorted({change.kind for change in checks}))
    return [f"{len(checks)} cells that judge were {kinds}: restored"]


def _facts(lab: str, submission: Submission) -> dict[str, Any]:
    return {
        "lab": lab,
        "learner": submission.learner,
        "name": submission.name,
        "digest": submission.digest,
        "submitted": submission.submitted,
        "late": submission.late,
        "accounts": submission.accounts,
    }
