"""Notebooks handed in, and what becomes of them."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

from mlslab.answers import answered, solved, unsolved
from mlslab.course import LabInfo, load_course
from mlslab.grading.assemble import Assembled, Step, assemble
from mlslab.grading.reading import read_notebook
from mlslab.notebooks import learner_notebook
from mlslab.rehearsal import Mistake, load_mistakes
from mlslab.source import Source, read_source

COURSE = load_course(Path(__file__).parents[4])
LABS = [pytest.param(lab, id=lab.id) for lab in COURSE.labs]
LAB = COURSE.lab("302")
KINDS = ("edited", "deleted", "moved", "duplicated")
CSV, REPAIR, PREDICT, LIMIT = "302-005", "302-019", "302-027", "302-036"
SOLVED_CSV = '''\
def csv_text(table):
    """The table as the built-in XGBoost algorithm reads it."""
    columns = ["malignant", *feature_names]
    return table[columns].to_csv(header=False, index=False)'''


@lru_cache
def source_of(lab: LabInfo) -> Source:
    return read_source(COURSE.source(lab))


def ids(lab: LabInfo) -> dict[int, str]:
    return {cell.index: f"{lab.id}-{cell.index:03d}" for cell in source_of(lab).cells}


def learner(lab: LabInfo = LAB) -> Any:
    return learner_notebook(lab, source_of(lab))


def graded(notebook: Any, lab: LabInfo = LAB) -> Assembled:
    """As it is handed in: written to a file, and read again."""
    return assemble(lab, source_of(lab), read_notebook(json.dumps(notebook).encode()))


def cell(notebook: Any, cell_id: str) -> Any:
    return next(cell for cell in notebook.cells if cell.get("id") == cell_id)


def place(notebook: Any, cell_id: str) -> int:
    return notebook.cells.index(cell(notebook, cell_id))


def step(assembled: Assembled, cell_id: str) -> Step:
    return next(step for step in assembled.steps if step.cell == cell_id)


def kinds(assembled: Assembled) -> list[tuple[str, str, bool]]:
    return [(c.cell, c.kind, c.is_check) for c in assembled.changes]


def own(code: str, cell_id: str = "mine") -> Any:
    return nbformat.v4.new_code_cell(code, id=cell_id)


def as_jupyter_saves(notebook: Any) -> Any:
    """With what running and saving leaves in the file."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Mine", "language": "python", "name": "mine"},
        "language_info": {"name": "python", "version": "3.12.1", "mimetype": "text/x"},
        "widgets": {"state": {}},
    }
    output = nbformat.v4.new_output("stream", name="stdout", text="<b>1</b>\n")
    for number, one in enumerate(notebook.cells):
        one.metadata |= {"execution": {"iopub.status.busy": "2026"}, "scrolled": True}
        if one.cell_type == "code":
            one.execution_count = number
            one.outputs = [output, nbformat.v4.new_output("error", ename="E")]
    return notebook


def assert_as_handed_out(assembled: Assembled, lab: LabInfo) -> None:
    """All of the instructor's code cells, in their order, and those alone judge."""
    source = source_of(lab)
    names = ids(lab)
    code = [cell for cell in source.cells if cell.kind == "code"]
    steps = [step for step in assembled.steps if step.kind != "added"]
    assert [step.cell for step in steps] == [names[cell.index] for cell in code]
    for one, cell in zip(steps, code, strict=True):
        assert one.checks == tuple(cell.called("check"))
        if cell.is_exercise:
            assert one.kind == "answer"
            assert f"exercise:{one.exercise}" in cell.tags
            assert (one.solution, one.unsolved) == (
                solved(cell.text),
                unsolved(cell.text),
            )
        else:
            assert one.kind == ("check" if one.checks else "given")
            assert one.exercise == (one.checks[0] if one.checks else "")
            assert one.code == solved(cell.text) == cell.text
    assert len({step.cell for step in assembled.steps}) == len(assembled.steps)


def answer_with(notebook: Any, lab: LabInfo, mistake: Mistake) -> tuple[str, str]:
    """Put it into the first cell of its exercise, under the prompts; id and code."""
    first = source_of(lab).exercises()[mistake.check][0]
    for one in notebook.cells:
        if one.id == ids(lab)[first.index]:
            one.source = answered(first.text, mistake.answer or "")
            return one.id, one.source
    raise AssertionError(mistake)


MISTAKES = [
    pytest.param(lab, mistake, id=f"{lab.id}-{mistake.check}-{mistake.name}")
    for lab in COURSE.labs
    for mistake in load_mistakes(COURSE, lab)
    if mistake.answer is not None
]


def below_prompts(text: str) -> str:
    """The solution below the prompts, which stay, with the unset names gone."""
    lines: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if stripped in ("# BEGIN SOLUTION", "# END SOLUTION"):
            lines.append("")
        elif stripped.startswith("# PROMPT:"):
            lines.append(line.replace("# PROMPT:", "# Your turn:"))
        else:
            lines.append(line)
    return "\n".join(lines)
