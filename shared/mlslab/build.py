"""`mlslab build`: write both notebooks of each lab from its source."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from mlslab.course import Course, LabInfo
from mlslab.execute import execute
from mlslab.notebooks import (
    dumps,
    learner_notebook,
    solution_notebook,
    without_outputs,
)
from mlslab.source import read_source


@dataclass(frozen=True)
class Stale:
    """A notebook that is not what its source gives."""

    path: Path
    problem: str


def build(course: Course, lab: LabInfo, *, again: bool = False) -> list[Path]:
    """Write the lab's notebooks; gives those that have changed.

    A solution is executed if its text has changed, or `again` is set.

    Raises:
        SourceError: the source does not keep the conventions.
        nbclient.exceptions.CellExecutionError: the solution does not run.
    """
    source = read_source(course.source(lab))
    written = []
    text = dumps(learner_notebook(lab, source))
    if _read(course.notebook(lab)) != text:
        written.append(_write(course.notebook(lab), text))
    solution = solution_notebook(lab, source)
    if again or _solution_problem(course.solution(lab), solution):
        execute(solution, course.solution(lab).parent, course.root)
        written.append(_write(course.solution(lab), dumps(solution)))
    return written


def stale(course: Course, lab: LabInfo) -> list[Stale]:
    """What `build` would write, found without writing or executing."""
    source = read_source(course.source(lab))
    found = []
    learner = course.notebook(lab)
    if _read(learner) != dumps(learner_notebook(lab, source)):
        found.append(Stale(learner, "differs from what its source gives"))
    problem = _solution_problem(course.solution(lab), solution_notebook(lab, source))
    if problem:
        found.append(Stale(course.solution(lab), problem))
    return found


def _solution_problem(path: Path, expected: Any) -> str:
    text = _read(path)
    if not text:
        return "does not exist"
    kept = nbformat.reads(text, as_version=4)
    if without_outputs(kept) != without_outputs(expected):
        return "differs from what its source gives"
    code = [cell for cell in kept.cells if cell.cell_type == "code"]
    if any(cell.execution_count is None for cell in code):
        return "was not executed"
    return ""


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
