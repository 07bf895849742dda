"""Many submissions, some at a time; each in processes of its own."""

from __future__ import annotations

import ast
import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import (
    AbstractContextManager,
    closing,
    contextmanager,
    nullcontext,
)
from dataclasses import asdict, dataclass

from mlslab.checks import Check, load_checks
from mlslab.course import Course, LabInfo
from mlslab.grading import cloud as cloud_role
from mlslab.grading.frames import Broken, Channel
from mlslab.grading.grader import submission_as_data, without_grade
from mlslab.grading.nursery import Nursery
from mlslab.grading.results import GradeStatus, Result, Submission
from mlslab.grading.rules import Limits
from mlslab.grading.runs import START_SECONDS, Place
from mlslab.grading.view import view
from mlslab.source import Source, call_name, read_source

_TRIES = 2
"""A grader that ends without a result gets another try: the machine may be at fault."""

_AT_ONCE = nullcontext()


@dataclass(frozen=True)
class Grader:
    """A warm process with all that grading one lab's submissions needs."""

    place: Place
    limits: Limits
    checks: dict[str, Check]
    nursery: Nursery
    lock: threading.Lock

    def grade(
        self,
        submission: Submission,
        turn: AbstractContextManager[object] = _AT_ONCE,
    ) -> Result:
        """Grade one submission; whatever it does, there is a result.

        Its processes start at once; its cells run within `turn`.
        """
        reason = ""
        for _ in range(_TRIES):
            try:
                return self._try(submission, turn)
            except (Broken, TimeoutError) as error:
                reason = str(error)
        note = f"the grader of this submission ended without a result: {reason}"
        status = GradeStatus.CRASHED
        return without_grade(self.place.lab, submission, self.checks, status, note)

    def _try(
        self, submission: Submission, turn: AbstractContextManager[object]
    ) -> Result:
        ours, theirs = socket.socketpair()
        control, stage = socket.socketpair()
        with self.lock:
            self.nursery.fork("stage", stage)
            pid = self.nursery.fork("grader", theirs, control)
        for each in (theirs, control, stage):
            each.close()
        with ours:
            ours.settimeout(self.limits.submission_seconds + 2 * START_SECONDS)
            try:
                return self._result(Channel(ours), submission, turn)
            except BaseException:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                raise

    def _result(
        self,
        channel: Channel,
        submission: Submission,
        turn: AbstractContextManager[object],
    ) -> Result:
        channel.send(
            {
                "place": asdict(self.place),
                "limits": asdict(self.limits),
                "submission": submission_as_data(submission),
            }
        )
        told = channel.receive()
        if "ready" in told:
            with turn:
                channel.send({"play": True})
                told = channel.receive()
        return Result.from_json(told["result"])


@contextmanager
def grader(
    course: Course,
    lab: LabInfo,
    limits: Limits,
    *,
    walls: bool,
    nursery: Nursery | None = None,
) -> Iterator[Grader]:
    """Load what the lab imports, once; the warm process ends with the block.

    `nursery` is one that was started before, with this process's `sys.path`.
    """
    source = read_source(course.source(lab))
    calls = {call_name(call) for cell in source.cells for call in cell.calls}
    cloud = "start_lab" in calls
    modules = [*_imports(source), *(cloud_role.MODULES if cloud else ())]
    path = tuple(sys.path)
    with closing(nursery or Nursery.start(path)) as warm, view(course) as mounts:
        warm.load(modules)
        seen = mounts if walls else None
        place = Place(str(course.root), lab.id, path, seen, cloud)
        checks = load_checks(course, lab)
        yield Grader(place, limits, checks, warm, threading.Lock())


def grade_all(
    one: Grader, submissions: Sequence[Submission], jobs: int
) -> Iterator[Result]:
    """The results, as they come.

    Args:
        one: grades one submission.
        submissions: what is to be graded.
        jobs: how many at a time; one more is made ready meanwhile.
    """
    turns = threading.Semaphore(jobs)
    with ThreadPoolExecutor(jobs + 1) as pool:
        futures = [pool.submit(one.grade, each, turns) for each in submissions]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            one.nursery.close()  # and with it all that was forked: the threads end
            raise


def _imports(source: Source) -> list[str]:
    """The modules that a lab's cells import."""
    found: dict[str, None] = {}
    for cell in source.cells:
        if cell.kind != "code":
            continue
        for node in ast.walk(ast.parse(cell.text)):
            if isinstance(node, ast.Import):
                found.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom) and node.module:
                found[node.module] = None
    return list(found)
