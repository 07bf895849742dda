"""The sides of the grading benchmark: each grades the same answers, in its own way."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import v4, writes

from benchmarks.memory import watched
from cloudlet import redirect
from mlslab.course import load_course
from mlslab.notebooks import solution_notebook
from mlslab.source import read_source

ROOT = Path(__file__).parents[1]
COURSE = Path(__file__).parent / "grading_course"
PEERS = ROOT / ".venv-graders" / "bin"
#: There is such an environment once make has made this file.
READY = PEERS.parent / ".ready"
_TEST = "assert accuracy > 0.9"
_OTTER_TEST = f"""
OK_FORMAT = True
case = {{"code": ">>> {_TEST}", "hidden": False, "locked": False}}
suite = {{"cases": [case], "scored": True, "type": "doctest"}}
suite |= {{"setup": "", "teardown": ""}}
test = {{"name": "fit", "points": 1, "suites": [suite]}}
"""


@dataclass(frozen=True)
class Cost:
    """What grading took: seconds, and megabytes at most if these were watched."""

    seconds: float
    megabytes: float = 0.0


class Ours:
    """`mlslab grade`: one command."""

    name = "mlslab grade"

    def __init__(self, folder: Path, count: int, lab: str = "101") -> None:
        self._folder, self._count, self.lab = folder, count, lab
        submission = dumps(notebook(lab))
        for number in range(count):
            place = folder / "submitted" / learner(number)
            place.mkdir(parents=True)
            (place / "submission.ipynb").write_text(submission)

    def grade(self, jobs: int, *, memory: bool = False) -> Cost:
        """Grade all of them anew."""
        out = self._folder / f"grades-{time.monotonic_ns()}"
        command = [sys.executable, "-m", "mlslab", "grade", self._folder / "submitted"]
        command += ["--lab", self.lab, "--out", out, "--jobs", jobs]
        cost = _run([command], self._folder, of_course(), memory=memory)
        with (out / "gradebook.csv").open(newline="", encoding="utf-8") as file:
            points = [float(row["total"]) for row in csv.DictReader(file)]
        _expect(self.name, points, self._count)
        return cost


class Nbgrader:
    """`nbgrader autograde`, a command and a course for each job.

    The answers are put into the notebook that `generate_assignment` hands out.
    """

    name = "nbgrader autograde"

    def __init__(self, folder: Path, count: int) -> None:
        self._folder, self._count = folder, count

    def grade(self, jobs: int, *, memory: bool = False) -> Cost:
        """Grade all of them anew, in fresh courses."""
        place = self._folder / f"courses-{time.monotonic_ns()}"
        courses = [place / str(job) for job in range(jobs)]
        for job, course in enumerate(courses):
            self._hand_in(course, range(job, self._count, jobs))
        command = [PEERS / "nbgrader", "autograde", "bench", "--course-dir"]
        commands = [[*command, course] for course in courses]
        cost = _run(commands, self._folder, _of_peers(), memory=memory)
        points: list[float] = []
        for course in courses:
            export = [PEERS / "nbgrader", "export"]
            _run([export], course, _of_peers())
            with (course / "grades.csv").open(newline="") as file:
                points += [float(row["score"]) for row in csv.DictReader(file)]
        _expect(self.name, points, self._count)
        return cost

    def _hand_in(self, course: Path, numbers: Sequence[int]) -> None:
        source = course / "source" / "bench"
        source.mkdir(parents=True)
        made = _nbgrader_notebook()
        (source / "submission.ipynb").write_text(dumps(made))
        generate = [PEERS / "nbgrader", "generate_assignment", "bench", "--course-dir"]
        _run([[*generate, course]], course, _of_peers())
        text = (course / "release" / "bench" / "submission.ipynb").read_text()
        handed_out = json.loads(text)
        for cell, answered in zip(handed_out["cells"], made.cells, strict=True):
            cell["source"] = answered.source
        for number in numbers:
            place = course / "submitted" / learner(number) / "bench"
            place.mkdir(parents=True)
            (place / "submission.ipynb").write_text(json.dumps(handed_out))


class Otter:
    """`otter run`, a command for each submission: its way without containers."""

    name = "otter run"

    def __init__(self, folder: Path, count: int) -> None:
        self._folder, self._count = folder, count
        (folder / "tests").mkdir(parents=True)
        (folder / "tests" / "fit.py").write_text(_OTTER_TEST)
        generate = [PEERS / "otter", "generate", "--tests-dir", folder / "tests"]
        generate += ["--no-environment", "--output-path", folder / "autograder.zip"]
        _run([generate], folder, _of_peers())
        submission = dumps(_otter_notebook())
        for number in range(count):
            (folder / f"{learner(number)}.ipynb").write_text(submission)

    def grade(self, jobs: int) -> Cost:
        """Grade all of them, so many commands at a time."""
        with ThreadPoolExecutor(jobs) as pool:
            began = time.perf_counter()
            points = list(pool.map(self._one, range(self._count)))
            seconds = time.perf_counter() - began
        _expect(self.name, points, self._count)
        return Cost(seconds)

    def _one(self, number: int) -> float:
        out = self._folder / learner(number)
        out.mkdir(exist_ok=True)
        command = [PEERS / "otter", "run", "--no-logo", "--output-dir", out]
        command += ["--autograder", self._folder / "autograder.zip"]
        _run([[*command, self._folder / f"{out.name}.ipynb"]], out, _of_peers())
        tests = json.loads((out / "results.json").read_text())["tests"]
        return float(sum(test.get("score", 0) for test in tests))


def learner(number: int) -> str:
    """A name, such as `learner07`."""
    return f"learner{number:02}"


def notebook(lab_id: str) -> Any:
    """A lab of the course with the right answer."""
    course = load_course(COURSE)
    lab = course.lab(lab_id)
    return solution_notebook(lab, read_source(course.source(lab)))


def of_course() -> dict[str, str]:
    """The variables with which mlslab finds the course and its checks."""
    path = os.pathsep.join([str(COURSE), *filter(None, sys.path)])
    return {"MLSLAB_ROOT": str(COURSE), "PYTHONPATH": path}


def dumps(made: Any) -> str:
    """The notebook's file."""
    return str(writes(made))


def cells(lab_id: str) -> list[str]:
    """The code of a lab's cells but the one that judges."""
    return [
        cell.source
        for cell in notebook(lab_id).cells
        if cell.cell_type == "code" and not cell.source.startswith("lab.check(")
    ]


def _nbgrader_notebook() -> Any:
    loads, answer = cells("101")
    return _notebook(
        v4.new_code_cell(loads),
        v4.new_code_cell(answer, metadata=_nbgrader_cell("fit", solution=True)),
        v4.new_code_cell(_TEST, metadata=_nbgrader_cell("test", solution=False)),
    )


def _nbgrader_cell(name: str, *, solution: bool) -> dict[str, Any]:
    kind = {"solution": solution, "grade": not solution, "locked": not solution}
    points = {} if solution else {"points": 1}
    same = {"schema_version": 3, "grade_id": name, "task": False}
    return {"nbgrader": same | kind | points}


def _otter_notebook() -> Any:
    start = "import otter\n\ngrader = otter.Notebook()"
    code = [start, *cells("101"), 'grader.check("fit")']
    return _notebook(*map(v4.new_code_cell, code))


def _notebook(*made: Any) -> Any:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=list(made), metadata={"kernelspec": kernel})


def _of_peers() -> dict[str, str]:
    """nbgrader looks for a program of its environment on the path."""
    return {"PATH": os.pathsep.join((str(PEERS), os.environ.get("PATH", os.defpath)))}


def _run(
    commands: Sequence[Sequence[object]],
    folder: Path,
    variables: dict[str, str],
    *,
    memory: bool = False,
) -> Cost:
    """Run commands at the same time; what that took."""
    environment = redirect.without_foreign(os.environ) | variables
    # Else a kernel of the same name in the home folder comes before the environment's.
    environment["JUPYTER_PREFER_ENV_PATH"] = "1"
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log.txt").open("w+"))
        began = time.perf_counter()
        running = [
            subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            for command in commands
        ]
        peak = (
            stack.enter_context(watched([p.pid for p in running])) if memory else None
        )
        codes = [process.wait() for process in running]
        seconds = time.perf_counter() - began
        if any(codes):
            log.seek(0)
            sys.exit(f"{commands[0]} failed:\n{log.read()[-4000:]}")
    return Cost(seconds, peak.most if peak else 0.0)


def _expect(name: str, points: Sequence[float], count: int) -> None:
    """A grader that gives right answers no points was not measured at its work."""
    if list(points) != [1.0] * count:
        sys.exit(f"{name} gave {points} instead of a point for each of {count}")
