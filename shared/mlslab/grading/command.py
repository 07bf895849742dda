"""What `mlslab grade` does, from the paths on the command line to the folder of grades.

GRADES/grades.sqlite has all results, and what is in it is not graded again; `folder`
writes the rest.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mlslab.checks import load_checks
from mlslab.course import Course, LabInfo
from mlslab.errors import MlslabError
from mlslab.grading import sandbox
from mlslab.grading.batch import grade_all, grader
from mlslab.grading.collect import collect
from mlslab.grading.nursery import Nursery
from mlslab.grading.policy import Grade, Policy, read_policy
from mlslab.grading.results import Result, Submission
from mlslab.grading.store import Store

_FOLDER = "mlslab.grading.folder"


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line.

    Attributes:
        paths: folders, notebooks, zips.
        out: the folder of grades.
        policy: the policy's file, or None.
        jobs: how many submissions are graded at a time.
        regrade: also what was graded before, and has not changed.
        walls: whether submissions run behind walls.
        cluster: the address of a Dask scheduler, or nothing.
        file_times: whether a file's own time tells when it was handed in.
    """

    paths: tuple[Path, ...]
    out: Path
    policy: Path | None = None
    jobs: int = 1
    regrade: bool = False
    walls: bool = True
    cluster: str = ""
    file_times: bool = False


def grade(
    course: Course, lab: LabInfo, request: Request, nursery: Nursery | None = None
) -> list[Grade]:
    """Grade, and write all that people get of it; the grades, sorted by learner.

    A warm process that was started before is taken if there is one.

    Raises:
        MlslabError: there is nothing to grade, or no walls can be had.
    """
    began = time.monotonic()
    if not course.source(lab).is_file():
        raise MlslabError(
            f"lab {lab.id} has no source here: grading needs the whole course, not a"
            " release of it"
        )
    checks = load_checks(course, lab)
    policy = read_policy(request.policy, checks) if request.policy else Policy()
    collected = collect(request.paths, file_times=request.file_times)
    for line in collected.skipped:
        print(f"passed over: {line}")
    if not collected.submissions:
        raise MlslabError("there is no submission in what was named")
    say_walls(walls=request.walls)
    request.out.mkdir(parents=True, exist_ok=True)
    with Store(request.out / "grades.sqlite") as store:
        results = _results(
            course, lab, request, policy, collected.submissions, store, nursery
        )
    folder: Any = importlib.import_module(_FOLDER)
    grades: list[Grade]
    grades, problems = folder.write(
        request.out, course, lab, policy, results, collected.skipped, began
    )
    for problem in problems:
        print(f"to be known: {printable(problem)}")
    print(f"learners: {len(grades)}, in {request.out / 'gradebook.csv'}")
    print(f"to look at: {request.out / 'overview.html'}")
    return grades


def say_walls(*, walls: bool) -> None:
    """Say which protections are on; raises `MlslabError` if they can't be had."""
    if not walls:
        print(
            "NO SANDBOX: what was handed in runs as you, and can read and change all"
            " that you can."
        )
        return
    missing = sandbox.missing()
    if missing:
        raise MlslabError(
            f"submissions cannot be walled in on this machine: {missing}."
            " --unsafe-no-sandbox grades without walls: only for submissions that you"
            " would run yourself."
        )
    user = "users of its own" if os.geteuid() == 0 else "a user namespace"
    print(
        f"sandbox: namespaces for network, processes, files and {user};"
        " read-only but a disk in memory; limits on time, memory, processes, disk and"
        " output; judged outside of it."
    )


def key_of(course: Course, lab: LabInfo, policy: Policy) -> str:
    """Tells everything apart that may change a result: lab, checks, engine, limits."""
    package = Path(__file__).parent.parent
    checks = sys.modules[f"{course.checks}.{lab.checks_module}"]
    beside = Path(str(checks.__file__)).parent
    files = [course.source(lab), *sorted(beside.glob(f"{lab.checks_module}*.py"))]
    files += sorted(package.glob("*.py")) + sorted((package / "grading").glob("*.py"))
    digest = hashlib.sha256(repr(sorted(asdict(policy.limits).items())).encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _results(
    course: Course,
    lab: LabInfo,
    request: Request,
    policy: Policy,
    submissions: Sequence[Submission],
    store: Store,
    nursery: Nursery | None,
) -> list[Result]:
    """The result of each submission: kept from before, or graded now."""
    key = key_of(course, lab, policy)
    found: dict[tuple[str, str], Result] = {}
    todo = []
    for one in submissions:
        known = None
        if not request.regrade:
            known = store.find(lab.id, one.learner, one.name, one.digest, key)
        if known is None:
            todo.append(one)
        else:
            found[one.learner, one.name] = _of_now(known, one)
    if found:
        print(f"{len(found)} are as they were graded before")
    progress = _Progress(len(todo))
    try:
        with closing(_graded(course, lab, request, policy, todo, nursery)) as graded:
            for result in graded:
                store.keep(result, key)
                found[result.learner, result.name] = result
                progress.show(result)
    except KeyboardInterrupt:
        print(f"\nstopped: {progress.done} of {len(todo)} are graded, and kept")
        raise
    return [found[one.learner, one.name] for one in submissions]


def _graded(
    course: Course,
    lab: LabInfo,
    request: Request,
    policy: Policy,
    todo: Sequence[Submission],
    nursery: Nursery | None,
) -> Generator[Result, None, None]:
    if not todo:
        return
    if request.cluster:
        from mlslab.grading.cluster import grade_on_cluster

        yield from grade_on_cluster(
            request.cluster, course, lab, policy.limits, todo, walls=request.walls
        )
        return
    walls, limits = request.walls, policy.limits
    with grader(course, lab, limits, walls=walls, nursery=nursery) as one:
        # A second's work, done while the warm process loads.
        importlib.import_module(_FOLDER)
        yield from grade_all(one, todo, request.jobs)


def _of_now(result: Result, submission: Submission) -> Result:
    """A kept result with what the submission says of itself today."""
    return replace(
        result,
        submitted=submission.submitted,
        late=submission.late,
        accounts=submission.accounts,
    )


class _Progress:
    """One line for each submission, with the time that is left."""

    def __init__(self, count: int) -> None:
        self._count, self.done, self._began = count, 0, time.monotonic()

    def show(self, result: Result) -> None:
        self.done += 1
        spent = time.monotonic() - self._began
        left = spent / self.done * (self._count - self.done)
        points = f"{result.points}/{result.out_of}"
        line = (
            f"[{self.done}/{self._count}] {printable(result.learner)}:"
            f" {result.status.value}, {points} points, {result.seconds:.1f} s"
        )
        note = f" ({printable(result.note)})" if result.note else ""
        minutes, seconds = divmod(round(left), 60)
        print(f"{line}{note}; {minutes} min {seconds} s left", flush=True)


def printable(text: str) -> str:
    """One line that does nothing to a terminal."""
    return "".join(c if c.isprintable() else "·" for c in text)[:200]
