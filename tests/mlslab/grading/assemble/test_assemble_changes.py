"""The instructor's cells are as they were written; the learner's own stay."""

from collections.abc import Callable

import nbformat
import pytest
from assembled import (
    CSV,
    KINDS,
    LAB,
    SOLVED_CSV,
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

from mlslab.grading.assemble import Step


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("check", "hint"),
        lambda text: "",
        lambda text: "# " + text,
        lambda text: f"import mlslab\n{text}",
        lambda text: f"print('✓ Passed')  # {text}",
    ],
)
def test_an_edited_check_is_the_instructor_s(change: Callable[[str], str]) -> None:
    notebook = learner()
    for one, source in zip(notebook.cells, source_of(LAB).cells, strict=True):
        if source.called("check"):
            one.source = change(one.source)
    assembled = graded(notebook)
    assert_as_handed_out(assembled, LAB)
    checks = [
        one
        for one in source_of(LAB).cells
        if any(tag.startswith("check:") for tag in one.tags)
    ]
    assert kinds(assembled) == [(ids(LAB)[one.index], "edited", True) for one in checks]
    assert all("lab.check(" in change.diff for change in assembled.changes)


def test_an_edited_demonstration_is_the_instructor_s() -> None:
    notebook = learner()
    cell(notebook, "302-001").source = 'lab = "mine"'
    assembled = graded(notebook)
    assert_as_handed_out(assembled, LAB)
    assert kinds(assembled) == [("302-001", "edited", False)]
    assert '+lab = "mine"' in assembled.changes[0].diff


def test_deleted_cells_are_run_all_the_same() -> None:
    notebook = learner()
    gone = ["302-003", CSV, "302-007"]
    notebook.cells = [one for one in notebook.cells if one.id not in gone]
    assembled = graded(notebook)
    assert_as_handed_out(assembled, LAB)
    assert kinds(assembled) == [(one, "deleted", one == "302-007") for one in gone]
    assert step(assembled, CSV).code == step(assembled, CSV).unsolved
    assert assembled.answers["csv"] == ""


def test_a_cell_made_markdown_is_deleted() -> None:
    notebook = learner()
    at = place(notebook, "302-007")
    text = notebook.cells[at].source
    notebook.cells[at] = nbformat.v4.new_markdown_cell(text, id="302-007")
    assembled = graded(notebook)
    assert_as_handed_out(assembled, LAB)
    assert kinds(assembled) == [("302-007", "deleted", True)]


def test_a_moved_cell_is_run_in_its_place() -> None:
    notebook = learner()
    notebook.cells.insert(1, notebook.cells.pop(place(notebook, "302-016")))
    assembled = graded(notebook)
    assert_as_handed_out(assembled, LAB)
    assert kinds(assembled) == [("302-016", "moved", True)]
    assert assembled.changes[0].diff == ""


def test_the_answer_in_a_moved_cell_counts() -> None:
    notebook = learner()
    moved = notebook.cells.pop(place(notebook, CSV))
    moved.source = SOLVED_CSV
    notebook.cells.append(moved)
    assembled = graded(notebook)
    assert step(assembled, CSV).code == SOLVED_CSV
    assert kinds(assembled) == [(CSV, "moved", False)]


def test_of_two_cells_with_one_id_the_first_counts() -> None:
    notebook = learner()
    cell(notebook, CSV).source = SOLVED_CSV
    for cell_id, text in ((CSV, "csv_text = None"), ("302-007", 'lab.check("train")')):
        twin = own(text, cell_id)
        notebook.cells += [twin, own(text, cell_id)]
    assembled = graded(notebook)
    assert_as_handed_out(assembled, LAB)
    assert step(assembled, CSV).code == SOLVED_CSV
    assert kinds(assembled) == [
        (CSV, "duplicated", False),
        ("302-007", "duplicated", True),
    ]
    assert not [step for step in assembled.steps if step.kind == "added"]
    assert '+lab.check("train")' in assembled.changes[1].diff


def test_everything_at_once() -> None:
    notebook = learner()
    check = notebook.cells.pop(place(notebook, "302-016"))
    check.source = "pass"
    notebook.cells = [check, *notebook.cells, own("x", "302-016")]
    notebook.cells.reverse()
    assembled = graded(notebook)
    assert_as_handed_out(assembled, LAB)
    found = {kind: [c for c, k, _ in kinds(assembled) if k == kind] for kind in KINDS}
    assert found["duplicated"] == found["edited"] == ["302-016"]
    # It has come to the front with another one after it; these two are in order.
    assert len(found["moved"]) == len(assembled.steps) - 2
    assert found["deleted"] == []


# Cells of the learner's own


def test_added_cells_stay_where_they_stood() -> None:
    notebook = learner()
    notebook.cells.insert(place(notebook, CSV) + 1, own("after", "b"))
    notebook.cells.insert(place(notebook, CSV), own("before", "a"))
    notebook.cells.insert(place(notebook, "302-004"), own("above the text", "t"))
    notebook.cells.insert(0, own("lab = None; lab.end()", "top"))
    notebook.cells.append(own("last", "z"))
    notebook.cells.append(own("  \n", "blank"))
    assembled = graded(notebook)
    assert_as_handed_out(assembled, LAB)
    assert assembled.changes == ()
    names = [step.cell for step in assembled.steps]
    assert names[:2] == ["top", "302-001"]
    assert names[-1] == "z"
    at = names.index(CSV)
    assert names[at - 3 : at + 2] == ["302-003", "t", "a", CSV, "b"]
    assert "blank" not in names
    assert step(assembled, "top") == Step("top", "added", "", "lab = None; lab.end()")


def test_added_cells_follow_the_cell_that_they_followed() -> None:
    notebook = learner()
    moved = notebook.cells.pop(place(notebook, "302-016"))
    notebook.cells[1:1] = [moved, own("x")]
    names = [step.cell for step in graded(notebook).steps]
    assert names.index("mine") == names.index("302-016") + 1


def test_added_cells_have_ids_of_their_own() -> None:
    notebook = learner()
    notebook.cells += [own("1", "same"), own("2", "same"), own("3", "same")]
    notebook.cells.append(own("4", "302-004"))  # a text cell of the lab
    assembled = graded(notebook)
    added = [step for step in assembled.steps if step.kind == "added"]
    assert sorted(step.code for step in added) == ["1", "2", "3", "4"]
    assert len({step.cell for step in added}) == 4
    assert not {step.cell for step in added} & set(ids(LAB).values())
