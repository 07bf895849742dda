"""What `mlslab grade` does, from the paths on the command line to the folder of grades.

GRADES/gradebook.csv          one line for each learner
GRADES/canvas.csv, moodle.csv the same for these platforms' imports
GRADES/overview.html          for the instructor
GRADES/feedback/…html         one page for each learner
GRADES/grades.sqlite          all results; what is in it is not graded again
GRADES/to_mark.csv            what people have yet to mark, if the policy has it
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mlslab.answers import unsolved
from mlslab.checks import load_checks
from mlslab.course import Course, LabInfo
from mlslab.errors import MlslabError
from mlslab.grading import gradebook, manual, sandbox
from mlslab.grading.batch import grade_all, grader
from mlslab.grading.collect import collect
from mlslab.grading.feedback import write_feedback
from mlslab.grading.overview import Row, ToMark, overview_page
from mlslab.grading.pages import Standing
from mlslab.grading.policy import Grade, Policy, apply, read_policy
from mlslab.grading.results import Result, Submission
from mlslab.grading.similar import similar_answers
from mlslab.grading.store import Store
from mlslab.source import read_source


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


def grade(course: Course, lab: LabInfo, request: Request) -> list[Grade]:
    """Grade, and write all that people get of it; the grades, sorted by learner.

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
        results = _results(course, lab, request, policy, collected.submissions, store)
    grades = _written(course, lab, request, policy, results, collected.skipped, began)
    print(f"{len(grades)} learners: {request.out / 'gradebook.csv'}")
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
        with closing(_graded(course, lab, request, policy, todo)) as graded:
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
) -> Generator[Result, None, None]:
    if not todo:
        return
    if request.cluster:
        from mlslab.grading.cluster import grade_on_cluster

        yield from grade_on_cluster(
            request.cluster, course, lab, policy.limits, todo, walls=request.walls
        )
        return
    with grader(course, lab, policy.limits, walls=request.walls) as one:
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
            f"[{self.done}/{self._count}] {_printable(result.learner)}:"
            f" {result.status.value}, {points} points, {result.seconds:.1f} s"
        )
        note = f" ({_printable(result.note)})" if result.note else ""
        minutes, seconds = divmod(round(left), 60)
        print(f"{line}{note}; {minutes} min {seconds} s left", flush=True)


def _printable(text: str) -> str:
    """One line that does nothing to a terminal."""
    return "".join(c if c.isprintable() else "·" for c in text)[:200]


def _written(
    course: Course,
    lab: LabInfo,
    request: Request,
    policy: Policy,
    results: Sequence[Result],
    skipped: Sequence[str],
    began: float,
) -> list[Grade]:
    """Write the folder of grades."""
    out, checks = request.out, load_checks(course, lab)
    marks = manual.read_marks(policy.marks) if policy.marks else []
    times = manual.read_times(policy.late.submitted) if policy.late.submitted else {}
    grades = apply(policy, results, marks, times)
    learners = [one.learner for one in grades]
    problems = [*skipped, *manual.astray(policy, learners, marks, times)]
    without = gradebook.without_account(grades, "moodle_id")
    if any(gradebook.account(one, "moodle_id") for one in grades) and without:
        problems.append(f"not in moodle.csv, for want of an id: {', '.join(without)}")
    assignment = policy.assignment or f"Lab {lab.id}"
    for name, body in (
        ("gradebook.csv", gradebook.gradebook_csv(grades)),
        ("canvas.csv", gradebook.canvas_csv(grades, assignment)),
        ("moodle.csv", gradebook.moodle_csv(grades)),
    ):
        (out / name).write_bytes(body)
    if policy.manual:
        manual.manual_template(out / "to_mark.csv", policy, learners, marks)
    rows = []
    for one in grades:
        standing = _standing(one)
        page = write_feedback(out / "feedback", one.result, lab, checks, standing)
        rows.append(Row(one.result, standing, f"feedback/{page.name}"))
    overview = overview_page(
        lab,
        checks,
        rows,
        similar=similar_answers(_answers(grades), _starter(course, lab)),
        manual=list(_unmarked(grades)),
        problems=problems,
        seconds=time.monotonic() - began,
    )
    (out / "overview.html").write_text(overview, encoding="utf-8")
    for problem in problems:
        print(f"to be known: {_printable(problem)}")
    return grades


def _standing(one: Grade) -> Standing:
    checks = {each.exercise: each.points for each in one.result.exercises}
    by_policy = any(each.points != checks.get(each.exercise) for each in one.exercises)
    words = ""
    if by_policy or one.penalty or one.extra or one.marks:
        words = gradebook.comment(one)
    return Standing(float(one.total), float(one.out_of), words)


def _answers(grades: Iterable[Grade]) -> dict[str, Mapping[str, str]]:
    return {
        one.learner: {e.exercise: e.answer for e in one.result.exercises if e.answer}
        for one in grades
    }


def _starter(course: Course, lab: LabInfo) -> dict[str, str]:
    """For each exercise, all code that the lab itself shows."""
    source: Any = read_source(course.source(lab))
    code = "\n\n".join(
        unsolved(cell.text) if cell.is_exercise else cell.text
        for cell in source.cells
        if cell.kind == "code"
    )
    return dict.fromkeys(source.exercises(), code)


def _unmarked(grades: Iterable[Grade]) -> Iterator[ToMark]:
    for one in grades:
        for item, mark in one.marks:
            if mark is None or mark.points is None:
                yield ToMark(one.learner, item.title)
