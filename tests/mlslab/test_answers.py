import ast

import pytest

from mlslab.answers import RegionError, answered, solved, unsolved


def region(*lines: str, indent: str = "") -> str:
    return "\n".join(
        indent + line for line in ("# BEGIN SOLUTION", *lines, "# END SOLUTION")
    )


def test_names_become_dots_and_prompts_are_shown():
    code = "x = 1\n" + region("# PROMPT: Add.", "# PROMPT: Twice.", "a, b = x, 2")
    assert unsolved(code) == "x = 1\n# Your turn: Add.\n# Twice.\na = ...\nb = ..."


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("a = b = 1", ["a", "b"]),
        ("a: int = 1", ["a"]),
        ("def f():\n    inner = 1", ["f"]),
        ("class K:\n    inner = 1", ["K"]),
        ("import numpy as np\nfrom os import path", ["np", "path"]),
        ("with open('f') as f:\n    text = f.read()", ["text"]),
        ("table['x'] = 1\nthing.y = 2", []),
        ("total += 1", []),
        ("a = 1\na = 2", ["a"]),
    ],
)
def test_only_names_assigned_at_the_level_of_the_region(answer, names):
    lines = unsolved(region(*answer.splitlines())).splitlines()
    assert lines[1:] == [f"{name} = ..." for name in names]


def test_the_body_of_a_function_becomes_dots_after_its_docstring():
    code = 'def f(x):\n    """Doc."""\n' + region("y = x", "return y", indent="    ")
    assert unsolved(code).splitlines()[2:] == ["    # Your turn", "    ..."]


def test_a_part_of_a_function_keeps_its_level():
    code = "def f(x):\n" + region("y = x", indent="    ") + "\n    return y"
    assert "\n    y = ...\n    return y" in unsolved(code)


def test_an_empty_block_still_parses():
    code = "for x in range(3):\n" + region("print(x)", indent="    ")
    ast.parse(unsolved(code))


def test_two_regions_in_a_cell():
    code = region("a = 1") + "\nb = 2\n" + region("c = 3")
    blank = "# Your turn\na = ...\nb = 2\n# Your turn\nc = ..."
    assert unsolved(code) == blank


def test_the_solution_has_no_markers():
    assert solved("x = 1\n" + region("# PROMPT: p", "a = 2")) == "x = 1\na = 2"


def test_another_answer_keeps_the_indentation():
    code = "if True:\n" + region("a = 1", indent="    ") + "\n    b = 2"
    other = answered(code, "\n  a = 3\n  c = 4\n")
    assert other == "if True:\n    a = 3\n    c = 4\n    b = 2"
    with pytest.raises(RegionError, match="one region"):
        answered("a = 1", "a = 2")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("# BEGIN SOLUTION\na = 1", "without # END SOLUTION"),
        ("a = 1\n# END SOLUTION", "without # BEGIN SOLUTION"),
        ("# BEGIN SOLUTION\n# BEGIN SOLUTION\n# END SOLUTION", "inside a region"),
        ("call(\n" + region("a=1,", "**", indent="  ") + "\n)", "whole statements"),
    ],
)
def test_errors_name_the_line_and_the_matter(code, says):
    with pytest.raises(RegionError, match=r"^line \d+") as caught:
        unsolved(code)
    assert says in str(caught.value)
