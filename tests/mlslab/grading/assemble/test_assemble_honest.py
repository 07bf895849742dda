"""Honest notebooks come through unchanged."""

import ast
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from assembled import (
    LAB,
    LABS,
    MISTAKES,
    answer_with,
    as_jupyter_saves,
    assert_as_handed_out,
    below_prompts,
    graded,
    learner,
    source_of,
    step,
)

from mlslab.answers import regions, unsolved
from mlslab.course import LabInfo
from mlslab.grading.handed import handed_out
from mlslab.notebooks import learner_notebook, solution_notebook
from mlslab.rehearsal import Mistake


@pytest.mark.parametrize("lab", LABS)
def test_pieces_are_what_is_handed_out(lab: LabInfo) -> None:
    for one in handed_out(lab, source_of(lab)):
        if one.pieces:
            lines = [line for piece in one.pieces for line in piece.lines]
            assert "\n".join(lines) == unsolved(one.cell.text)
            asking = sum(piece.asks for piece in one.pieces)
            assert asking == len(regions(one.cell.text))


@pytest.mark.parametrize("lab", LABS)
def test_untouched(lab: LabInfo) -> None:
    assembled = graded(learner(lab), lab)
    assert_as_handed_out(assembled, lab)
    assert assembled.changes == ()
    assert assembled.attempted == frozenset()
    names = source_of(lab).exercises()
    assert list(assembled.answers) == list(names)
    for one in assembled.steps:
        assert one.code == one.unsolved or one.kind != "answer"


@pytest.mark.parametrize("lab", LABS)
def test_the_solution(lab: LabInfo) -> None:
    notebook = solution_notebook(lab, source_of(lab))
    assembled = graded(as_jupyter_saves(notebook), lab)
    assert_as_handed_out(assembled, lab)
    assert assembled.changes == ()
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert [step.code for step in assembled.steps] == code
    assert assembled.attempted == set(source_of(lab).exercises())


@pytest.mark.parametrize(("lab", "mistake"), MISTAKES)
@pytest.mark.parametrize("make", [learner_notebook, solution_notebook])
def test_an_answer_that_is_wrong(
    lab: LabInfo, mistake: Mistake, make: Callable[..., Any]
) -> None:
    notebook = make(lab, source_of(lab))
    cell_id, code = answer_with(notebook, lab, mistake)
    assembled = graded(as_jupyter_saves(notebook), lab)
    assert_as_handed_out(assembled, lab)
    assert assembled.changes == ()
    assert step(assembled, cell_id).code == code.strip("\n")
    assert mistake.check in assembled.attempted
    assert code.strip() in assembled.answers[mistake.check]


@pytest.mark.parametrize("lab", LABS)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "  \n", "\n\n"])
def test_a_solution_below_the_prompts(lab: LabInfo, ends: str) -> None:
    notebook = learner(lab)
    for one, cell in zip(notebook.cells, source_of(lab).cells, strict=True):
        if cell.is_exercise:
            one.source = below_prompts(cell.text)
        # Spaces at a line's end, further empty lines, another system's line ends.
        one.source = one.source.replace("\n", ends) + ends
    assembled = graded(notebook, lab)
    assert_as_handed_out(assembled, lab)
    assert assembled.changes == ()
    for one in assembled.steps:
        if one.kind == "answer":
            assert ast.dump(ast.parse(one.code)) == ast.dump(ast.parse(one.solution))


def test_markdown_and_titles_are_the_learner_s() -> None:
    notebook = learner()
    notebook.cells[0].source = "My notes"
    del notebook.cells[2]
    notebook.cells.insert(3, nbformat.v4.new_markdown_cell("More notes"))
    notebook.cells.append(nbformat.v4.new_raw_cell("raw"))
    assert graded(notebook).changes == ()
    assert_as_handed_out(graded(notebook), LAB)
