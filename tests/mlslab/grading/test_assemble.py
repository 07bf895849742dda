"""Honest notebooks come through unchanged, and nothing else changes what judges."""

import ast
import json
import random
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

from mlslab.answers import answered, regions, solved, unsolved
from mlslab.course import LabInfo, load_course
from mlslab.grading.assemble import AnotherLab, Assembled, Step, assemble
from mlslab.grading.filling import _aligned
from mlslab.grading.handed import handed_out
from mlslab.grading.reading import Unreadable, read_notebook
from mlslab.notebooks import dumps, learner_notebook, solution_notebook
from mlslab.rehearsal import Mistake, load_mistakes
from mlslab.source import Source, read_source

COURSE = load_course(Path(__file__).parents[3])
LABS = [pytest.param(lab, id=lab.id) for lab in COURSE.labs]
LAB = COURSE.lab("302")
KINDS = ("edited", "deleted", "moved", "duplicated")
CSV, REPAIR, PREDICT, LIMIT = "302-005", "302-019", "302-027", "302-036"


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


# Honest notebooks


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


# Answers as people write them


SOLVED_CSV = '''\
def csv_text(table):
    """The table as the built-in XGBoost algorithm reads it."""
    columns = ["malignant", *feature_names]
    return table[columns].to_csv(header=False, index=False)'''


@pytest.mark.parametrize(
    "text",
    [
        SOLVED_CSV,
        "import io\nimport csv\n\n" + SOLVED_CSV,
        SOLVED_CSV + "\n\ncsv_text(train)[:20]",
        SOLVED_CSV.replace("    columns", "    # Your turn: mine!\n\n    columns"),
        SOLVED_CSV.replace("    columns", "    # Put `malignant`…\n    columns"),
        SOLVED_CSV.replace("\n    columns", "\n    if True:\n      columns"),
        "# %%\n" + SOLVED_CSV + "\n    ...",
        SOLVED_CSV.replace("    columns", "\n\n    columns"),
    ],
)
def test_ways_to_answer(text: str) -> None:
    notebook = learner()
    cell(notebook, CSV).source = text
    assembled = graded(notebook)
    assert assembled.changes == ()
    assert step(assembled, CSV).code == text
    assert assembled.answers["csv"] == text
    assert assembled.attempted == {"csv"}


@pytest.mark.parametrize(
    "text",
    [
        lambda text: text.replace("    ...", "    # I do not know\n\n    ..."),
        lambda text: text.replace("    ...", "    pass"),
        lambda text: text.replace("    ...", '    "later"'),
        lambda text: text.replace("...", "...  # ?"),
        lambda text: text.replace("    # Your turn", "    # my turn"),
        lambda text: text + "\n\n\n# nothing",
        lambda text: "",
    ],
)
def test_what_is_no_attempt(text: Callable[[str], str]) -> None:
    notebook = learner()
    cell(notebook, CSV).source = text(cell(notebook, CSV).source)
    assert graded(notebook).attempted == frozenset()


@pytest.mark.parametrize(
    "answer",
    [
        "return 1",
        "return table +",
        "%time return 1",
        "raise NotImplementedError",
        "\0",
        "#" + "x" * 200_000 + "\n    return 1",
    ],
)
def test_what_is_an_attempt(answer: str) -> None:
    notebook = learner()
    one = cell(notebook, CSV)
    one.source = one.source.replace("...", answer)
    assembled = graded(notebook)
    assert assembled.attempted == {"csv"}
    assert assembled.changes == ()


def test_deep_code_is_an_attempt_and_no_crash() -> None:
    notebook = learner()
    for text in ("(" * 5000, "-" * 90_000 + "1", "a" + ".b" * 40_000, "+1" * 40_000):
        cell(notebook, REPAIR).source += "\n" + text
        assert "repair" in graded(notebook).attempted


def test_empty_prompts_alone_are_restored() -> None:
    notebook = learner()
    cell(notebook, CSV).source = ""
    assembled = graded(notebook)
    assert step(assembled, CSV).code == step(assembled, CSV).unsolved
    assert kinds(assembled) == [(CSV, "edited", False)]


# Given lines


def test_an_edited_given_line_is_restored() -> None:
    notebook = learner()
    cell(notebook, CSV).source = SOLVED_CSV.replace("(table)", "(table, extra=1)")
    assembled = graded(notebook)
    assert step(assembled, CSV).code == SOLVED_CSV
    (change,) = assembled.changes
    assert (change.cell, change.kind, change.is_check) == (CSV, "edited", False)
    assert "-def csv_text(table):" in change.diff.splitlines()
    assert "+def csv_text(table, extra=1):" in change.diff.splitlines()
    assert "columns" not in "".join(
        line for line in change.diff.splitlines() if line[0] in "+-"
    )


def test_a_given_line_that_was_deleted_is_restored() -> None:
    notebook = learner()
    lines = SOLVED_CSV.splitlines()
    cell(notebook, CSV).source = "\n".join([lines[0], *lines[2:]])
    assembled = graded(notebook)
    assert step(assembled, CSV).code == SOLVED_CSV
    assert kinds(assembled) == [(CSV, "edited", False)]


def test_lines_between_given_lines_are_not_run() -> None:
    lab = COURSE.lab("101")
    notebook = learner(lab)
    exercise = source_of(lab).exercises()["design"][0]
    one = cell(notebook, ids(lab)[exercise.index])
    one.source = one.source.replace("daily_keys = []", "march = None\ndaily_keys = []")
    assembled = graded(notebook, lab)
    assert step(assembled, one.id).code == step(assembled, one.id).unsolved
    assert kinds(assembled) == [(one.id, "edited", False)]
    assert "+march = None" in assembled.changes[0].diff


@pytest.mark.parametrize("above", ["'''", "import os\n\nkept = '''"])
def test_given_lines_in_quotes_are_restored(above: str) -> None:
    lab = COURSE.lab("202")
    exercise = source_of(lab).exercises()["design"][0]
    notebook = learner(lab)
    one = cell(notebook, ids(lab)[exercise.index])
    one.source = f"{above}\n{one.source}\n'''"
    assembled = graded(notebook, lab)
    # The quotes at the end stand in the answer, and spoil it.
    assert step(assembled, one.id).code == step(assembled, one.id).unsolved + "\n'''"
    assert kinds(assembled) == [(one.id, "edited", False)]


def test_two_regions_and_what_stands_between_them() -> None:
    lab = COURSE.lab("202")
    exercise = source_of(lab).exercises()["outliers"][0]
    cell_id = ids(lab)[exercise.index]
    between = 'revenue = customers["next_year_spend"]'
    right = solved(exercise.text)
    edited = right.replace(between, between.replace("next_year", "last_year"))
    without = right.replace(between, "")
    # The same lines once more, in either answer, are no given lines.
    again = right.replace("    first", f"    {between}\n    first")
    for text, code, changed in (
        (right, right, False),
        (edited, right, True),
        (without, right, True),
        (again, again, False),
        (right + "\n" + between, right + "\n" + between, False),
    ):
        notebook = learner(lab)
        cell(notebook, cell_id).source = text
        assembled = graded(notebook, lab)
        found = step(assembled, cell_id).code
        assert ast.dump(ast.parse(found)) == ast.dump(ast.parse(code)), text
        assert kinds(assembled) == [(cell_id, "edited", False)] * changed
        assert "outliers" in assembled.attempted


def test_only_the_second_region_is_answered() -> None:
    lab = COURSE.lab("202")
    exercise = source_of(lab).exercises()["outliers"][0]
    notebook = learner(lab)
    one = cell(notebook, ids(lab)[exercise.index])
    one.source = one.source.replace("lost_share = ...", "lost_share = 0.25")
    one.source = one.source.replace("customers = 1", "")
    assembled = graded(notebook, lab)
    assert step(assembled, one.id).code == one.source
    assert assembled.changes == ()
    assert assembled.attempted == {"outliers"}


@pytest.mark.parametrize(
    "text",
    [
        "def csv_text(data):\n    return data.to_csv(header=False, index=False)",
        "csv_text = lambda data: data.to_csv(header=False, index=False)",
        "def helper(x):\n    return x\n\n\ncsv_text = helper",
        'def csv_text(table):\n  """Mine."""\n  return str(table)',
    ],
)
def test_a_cell_that_was_written_anew_is_taken_as_well_as_possible(text: str) -> None:
    notebook = learner()
    cell(notebook, CSV).source = text
    assembled = graded(notebook)
    names: dict[str, Any] = {}
    code = step(assembled, CSV).code
    if "to_csv" in text:

        class Table:
            def to_csv(self, **options: bool) -> str:
                return f"csv {options}"

        exec(code, names)
        assert names["csv_text"](Table()).startswith("csv")
    else:
        exec(code, names)
        assert names["csv_text"](7) in (7, "7")
    assert kinds(assembled) == [(CSV, "edited", False)]
    assert "csv" in assembled.attempted


def test_a_cell_indented_anew_still_runs() -> None:
    notebook = learner()
    cell(notebook, CSV).source = SOLVED_CSV.replace("    ", "  ")
    assembled = graded(notebook)
    code = step(assembled, CSV).code
    assert ast.dump(ast.parse(code)) == ast.dump(ast.parse(SOLVED_CSV))
    assert kinds(assembled) == [(CSV, "edited", False)]


def test_lines_find_their_places_from_both_ends() -> None:
    assert _aligned(["a", "b"], ["a", "x", "b", "b"]) == [0, None, None, 1]
    assert _aligned(["a", "b"], ["a", "b", "a", "b"]) == [0, 1, None, None]
    assert _aligned(["a", "b", "c"], ["x", "b", "y"]) == [None, 1, None]
    assert _aligned([], ["a"]) == [None]
    assert _aligned(["a"], []) == []


# What is not the learner's


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
    for one, cell in zip(notebook.cells, source_of(LAB).cells, strict=True):
        if cell.called("check"):
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


# Notebooks without ids


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


# Hostile ones


def test_thousands_of_cells_take_no_time() -> None:
    line = "model_name = job_name  # and so on"
    for name in ("302-{:03d}", "x{}"):
        notebook = learner()
        for number in range(5000):
            cell_id = name.format(number % 40)
            text = "\n".join([line] * 11)
            notebook.cells.append(own(text, cell_id))
        readable = read_notebook(json.dumps(notebook).encode())
        began = time.perf_counter()
        assemble(LAB, source_of(LAB), readable)
        assert time.perf_counter() - began < 1.5


def hostile_text(kind: str) -> str:
    given = "\n".join(one.text for one in source_of(LAB).cells if one.kind == "code")
    return {
        "one line": "x" * 300_000,
        "equal lines": "pass\n" * 60_000,
        "given lines again": (given + "\n") * 6,
        "short lines": "\n".join(map(str, range(40_000))),
        "blank lines": "\n" * 250_000 + "x",
        "brackets": "(" * 90_000,
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        "one line",
        "equal lines",
        "given lines again",
        "short lines",
        "blank lines",
        "brackets",
    ],
)
def test_long_cells_take_no_time(kind: str) -> None:
    text = hostile_text(kind)
    notebook = learner()
    taken = [CSV, REPAIR, PREDICT, LIMIT, "302-003", "302-007"]
    for cell_id in taken:
        cell(notebook, cell_id).source += "\n" + text
    readable = read_notebook(json.dumps(notebook).encode(), max_source=10**7)
    began = time.perf_counter()
    assembled = assemble(LAB, source_of(LAB), readable)
    assert time.perf_counter() - began < 3
    assert_as_handed_out(assembled, LAB)
    assert all(len(change.diff) < 200_000 for change in assembled.changes)


def mutate(notebook: dict[str, Any], dice: random.Random) -> None:
    cells = notebook["cells"]
    at = dice.randrange(len(cells)) if cells else 0
    one = cells[at] if cells else {}
    match dice.randrange(14):
        case 0:
            del cells[at : at + dice.randrange(1, 4)]
        case 1:
            cells.insert(dice.randrange(len(cells) + 1), dict(one))
        case 2:
            dice.shuffle(cells)
        case 3:
            cells.insert(dice.randrange(len(cells) + 1), one)
        case 4:
            one["source"] = dice.choice(["", "...", None, 7, ["a\n", 3], {"a": 1}])
        case 5 | 6 | 7 if isinstance(one.get("source"), str):
            lines = one["source"].split("\n")
            for _ in range(dice.randrange(1, 5)):
                k = dice.randrange(len(lines))
                lines[k : k + dice.randrange(2)] = dice.choice(
                    [[], lines[::-1], ["'''"], ["\tx = 1"], ["if a:"], ["…\u2028\x0c"]]
                )
                lines = lines or [""]
            one["source"] = "\n".join(lines)
        case 8:
            one["id"] = dice.choice(["302-007", CSV, "302-999", "101-003", "", None, 1])
        case 9:
            one["cell_type"] = dice.choice(["code", "markdown", "raw", "other", None])
        case 10:
            for other in cells:
                if dice.random() < 0.5:
                    other.pop("id", None)
        case 11:
            one["metadata"] = dice.choice(
                [None, [], {"tags": "check:csv"}, {"id": CSV}]
            )
        case 12:
            cells.append({"cell_type": "code", "source": 'lab.check("csv")\nlab.end()'})
        case _:
            cells.append(dice.choice([None, [], "x", {}, {"cell_type": "code"}]))


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_handed_in_the_checks_are_the_instructor_s(seed: int) -> None:
    dice = random.Random(seed)
    read = 0
    for lab in COURSE.labs:
        make = dice.choice([learner_notebook, solution_notebook])
        text = dumps(make(lab, source_of(lab)))
        for _ in range(60):
            notebook = json.loads(text)
            for _ in range(dice.randrange(1, 25)):
                notebook["cells"] = [
                    c for c in notebook["cells"] if isinstance(c, dict)
                ]
                mutate(notebook, dice)
            content = json.dumps(notebook).encode()
            try:
                assembled = assemble(lab, source_of(lab), read_notebook(content))
            except Unreadable as error:
                assert "\n" not in str(error)
                continue
            read += 1
            assert_as_handed_out(assembled, lab)
            for one in assembled.steps:
                one.code.encode()
            again = assemble(lab, source_of(lab), read_notebook(content))
            assert again == assembled
    assert read > 100
