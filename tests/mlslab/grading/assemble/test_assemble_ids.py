"""Notebooks that have lost their cells' ids, and those of other labs."""

import json
from typing import Any

import nbformat
import pytest
from assembled import (
    COURSE,
    CSV,
    LAB,
    LABS,
    MISTAKES,
    REPAIR,
    answer_with,
    assert_as_handed_out,
    cell,
    graded,
    ids,
    kinds,
    learner,
    own,
    place,
    source_of,
    step,
)

from mlslab.answers import regions, unsolved
from mlslab.course import LabInfo
from mlslab.grading.assemble import AnotherLab, Assembled, assemble
from mlslab.grading.reading import read_notebook
from mlslab.notebooks import learner_notebook, solution_notebook
from mlslab.rehearsal import Mistake


def without_ids(notebook: Any, lab: LabInfo = LAB) -> Assembled:
    old = json.loads(json.dumps(notebook))
    old["nbformat_minor"] = 4
    for one in old["cells"]:
        one.pop("id")
    return assemble(lab, source_of(lab), read_notebook(json.dumps(old).encode()))


@pytest.mark.parametrize("lab", LABS)
def test_lost_ids(lab: LabInfo) -> None:
    untouched = without_ids(learner(lab), lab)
    assert_as_handed_out(untouched, lab)
    assert untouched.changes == ()
    assert untouched.attempted == frozenset()
    notebook = solution_notebook(lab, source_of(lab))
    assembled = without_ids(notebook, lab)
    assert_as_handed_out(assembled, lab)
    assert assembled.changes == ()
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert [step.code for step in assembled.steps] == code


@pytest.mark.parametrize(("lab", "mistake"), MISTAKES)
def test_lost_ids_and_a_wrong_answer_under_its_prompt(
    lab: LabInfo, mistake: Mistake
) -> None:
    notebook = learner(lab)
    cell_id, _ = answer_with(notebook, lab, mistake)
    one = cell(notebook, cell_id)
    first = source_of(lab).exercises()[mistake.check][0]
    asked = unsolved(first.text).splitlines()
    (region,) = regions(first.text)
    prompts = [line for line in asked[region.first :] if line.strip().startswith("#")]
    lines = one.source.splitlines()
    one.source = "\n".join(lines[: region.first] + prompts + lines[region.first :])
    assembled = without_ids(notebook, lab)
    assert_as_handed_out(assembled, lab)
    assert assembled.changes == ()
    assert mistake.check in assembled.attempted


def test_lost_ids_and_changes() -> None:
    notebook = solution_notebook(LAB, source_of(LAB))
    notebook.cells.insert(4, own("mine = 1"))
    cell(notebook, "302-007").source += "\nprint(1)"
    del notebook.cells[place(notebook, "302-016")]
    assembled = without_ids(notebook)
    assert_as_handed_out(assembled, LAB)
    assert kinds(assembled) == [
        ("302-007", "edited", True),
        ("302-016", "deleted", True),
    ]
    added = [step for step in assembled.steps if step.kind == "added"]
    assert [step.code for step in added] == ["mine = 1"]


def test_a_pasted_cell_has_a_new_id_and_is_still_the_exercise() -> None:
    notebook = learner()
    one = cell(notebook, REPAIR)
    one.id = "pasted"
    one.source = one.source.replace("failure_reason = ...", "failure_reason = 'x'")
    cell(notebook, "302-018").id = "pasted-too"
    assembled = graded(notebook)
    assert_as_handed_out(assembled, LAB)
    assert assembled.changes == ()
    assert assembled.attempted == {"repair"}
    assert step(assembled, REPAIR).code == one.source


def test_an_own_cell_that_holds_a_short_given_line_is_kept() -> None:
    notebook = learner()
    last = ids(LAB)[max(ids(LAB))]
    cell(notebook, last).source = "def mine():\n    pass\n\n\nlab.end()\nmine()"
    cell(notebook, last).id = "mine"
    assembled = graded(notebook)
    assert kinds(assembled) == [(last, "deleted", False)]
    assert step(assembled, "mine").kind == "added"


def test_ids_of_an_earlier_version_are_not_believed() -> None:
    notebook = solution_notebook(LAB, source_of(LAB))
    for number, one in enumerate(notebook.cells[20:], 20):
        one.id = f"302-{number - 1:03d}"
    del notebook.cells[19]
    assembled = graded(notebook)
    assert_as_handed_out(assembled, LAB)
    assert kinds(assembled) == [(REPAIR, "deleted", False)]
    for one in assembled.steps:
        if one.kind == "answer" and one.cell != REPAIR:
            assert one.code == one.solution


def test_copies_above_their_originals_do_not_shake_the_ids() -> None:
    notebook = learner()
    cell(notebook, CSV).source = "csv_text = str  # nothing of what was handed out"
    given = [one for one in notebook.cells if one.cell_type == "code"]
    for number, one in enumerate(given[:12]):
        notebook.cells.insert(0, own(one.source, f"copy-{number}"))
    assembled = graded(notebook)
    assert "str" in step(assembled, CSV).code
    assert kinds(assembled) == [(CSV, "edited", False)]


@pytest.mark.parametrize("lab", LABS)
def test_a_notebook_of_another_lab(lab: LabInfo) -> None:
    for other in COURSE.labs:
        if other is lab:
            continue
        for make in (learner_notebook, solution_notebook):
            notebook = make(other, source_of(other))
            with pytest.raises(AnotherLab, match=f"it is of lab {other.id}") as caught:
                graded(notebook, lab)
            assert f"no cell of lab {lab.id}" in str(caught.value)
            with pytest.raises(AnotherLab, match=f"no cell of lab {lab.id}$"):
                without_ids(notebook, lab)


def test_a_notebook_of_no_lab() -> None:
    for cells in (
        [],
        [own("x = 1")],
        [own("lab.end()", "a"), own('lab.check("repair")', "b")],
    ):
        with pytest.raises(AnotherLab, match=r"no cell of lab 302$"):
            graded(nbformat.v4.new_notebook(cells=cells))
