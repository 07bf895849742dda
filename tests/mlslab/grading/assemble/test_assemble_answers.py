"""Answers as people write them, and the lines that are given around them."""

import ast
from collections.abc import Callable
from typing import Any

import pytest
from assembled import (
    COURSE,
    CSV,
    REPAIR,
    SOLVED_CSV,
    cell,
    graded,
    ids,
    kinds,
    learner,
    source_of,
    step,
)

from mlslab.answers import solved
from mlslab.grading.filling import _aligned


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
