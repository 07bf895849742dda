"""Whatever is in a file, it is read, or one line says why it cannot be."""

import json
import logging
import random
import time
import warnings
from pathlib import Path
from typing import Any

import nbformat
import pytest

from mlslab.course import load_course
from mlslab.errors import MlslabError
from mlslab.grading.reading import MAX_CELLS, Unreadable, read_notebook
from mlslab.notebooks import dumps, learner_notebook
from mlslab.source import read_source

ROOT = Path(__file__).parents[3]


def notebook(*cells: Any, **more: Any) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells, **more}


def code(source: Any = "a = 1", **more: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": "x",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
        **more,
    }


def read(found: Any) -> Any:
    return read_notebook(json.dumps(found).encode())


def sources(found: Any) -> list[str]:
    return [cell.source for cell in read(found).cells]


def why_not(content: bytes, **limits: int) -> str:
    with pytest.raises(Unreadable) as caught:
        read_notebook(content, **limits)
    assert isinstance(caught.value, MlslabError)
    reason = str(caught.value)
    assert reason.isprintable() and len(reason) < 200
    return reason


def test_a_handed_out_notebook_is_read_as_it_is() -> None:
    course = load_course(ROOT)
    for lab in course.labs:
        made = learner_notebook(lab, read_source(course.source(lab)))
        found = read_notebook(dumps(made).encode())
        nbformat.validate(found)
        told = [(c.id, c.cell_type, c.source) for c in made.cells]
        assert [(c.id, c.cell_type, c.source) for c in found.cells] == told
        assert [c.metadata.tags for c in found.cells] == [
            c.metadata.get("tags", []) for c in made.cells
        ]


def test_only_what_is_needed_is_kept() -> None:
    cell = code(
        outputs=[{"output_type": "stream", "name": "stdout", "text": "x" * 99}],
        execution_count=7,
        metadata={"tags": ["t", 3, "\ud800"], "trusted": True, "name": "n"},
        attachments={"a.png": {}},
    )
    found = read(notebook(cell, metadata={"kernelspec": {"name": "no-such"}}))
    assert found == {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [code(metadata={"tags": ["t", "?"]})],
    }


# What is no notebook


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b" \r\n\t", "the file is empty"),
        (b"\0" * 4096, "the file is empty"),
        (b"{", "not valid JSON"),
        (b'{"cells": [', "not valid JSON"),
        (b"PK\x03\x04rest of a zip", "not valid JSON"),
        (b"\x89PNG\r\n\x1a\n", "not valid JSON"),
        (b"<html>Please log in</html>", "not valid JSON"),
        (b"\xff\xfe\xff", "not valid JSON"),
        (b"1" * 5000, "not valid JSON"),
        (b"[]", "no notebook"),
        (b"null", "no notebook"),
        (b'"cells"', "no notebook"),
        (b"{}", "no notebook: it has no cells"),
        (b'{"cells": {}}', "no notebook: it has no cells"),
        (b'{"cells": null, "nbformat": 4}', "no notebook: it has no cells"),
        (b'{"worksheets": []}', "no notebook: it has no cells"),
        (b'{"worksheets": 7, "nbformat": 3}', "no notebook: it has no cells"),
        (b'{"nbformat": 0, "cells": []}', "no notebook: it has no cells"),
        (b'{"nbformat": 5, "cells": []}', "format 5, newer than 4: save it"),
        (b'{"nbformat": 9999, "cells": []}', "format 9999"),
    ],
)
def test_what_is_no_notebook(content: bytes, reason: str) -> None:
    assert reason in why_not(content)


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 10**6,
        b'{"a":' * 10**5,
        b'{"cells":' + b"[" * 10**5 + b"]" * 10**5 + b"}",
        b'{"cells": [' + b'{"outputs":[' * 10**5,
    ],
)
def test_json_bombs(content: bytes) -> None:
    assert "nested too deeply" in why_not(content)


def test_wide_json_bombs() -> None:
    content = b'{"cells":[' + b"[]," * 3_000_001 + b"[]]}"
    began = time.perf_counter()
    assert "nested too often" in why_not(content)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("deep", range(100, 1200, 100))
def test_no_depth_is_too_deep_for_later_steps(deep: int) -> None:
    nested = b"[" * deep + b"]" * deep
    content = (
        b'{"nbformat":4,"metadata":%b,"cells":[{"source":%b,"metadata":{"a":%b}}]}'
    )
    try:
        found = read_notebook(content % (nested, nested, nested))
    except Unreadable as error:
        assert "nested too deeply" in str(error)
    else:
        assert found.cells[0].source == ""


# Limits


def test_a_large_notebook_is_read_without_its_outputs() -> None:
    output = {"output_type": "stream", "name": "stdout", "text": ["line\n"] * 10**6}
    found = read(notebook(*(code("x = 1", outputs=[output]) for _ in range(5))))
    assert [cell.outputs for cell in found.cells] == [[]] * 5


def test_limits() -> None:
    content = json.dumps(notebook(code("é" * 600_000), code("x" * 700_000))).encode()
    assert len(read_notebook(content).cells) == 2
    content = json.dumps(notebook(code("é" * 600_000), code("x" * 900_000))).encode()
    assert "more than 2 MB of text" in why_not(content)
    assert len(read_notebook(content, max_source=3 * 10**6).cells) == 2
    assert "more than the 1 MB" in why_not(content, max_bytes=10**6)
    assert "100 MB" in why_not(b" " * (10**8 + 1))
    few = json.dumps(notebook(*[{}] * MAX_CELLS)).encode()
    assert len(read_notebook(few).cells) == MAX_CELLS
    many = json.dumps(notebook(*[{}] * (MAX_CELLS + 1))).encode()
    assert "more than 20,000 cells" in why_not(many)
    old = {"nbformat": 3, "worksheets": [{"cells": [{}] * (MAX_CELLS + 1)}]}
    assert "more than 20,000 cells" in why_not(json.dumps(old).encode())


# How it is written


TEXT = json.dumps(notebook(code("grün = '…'")), ensure_ascii=False)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_encodings(encoding: str) -> None:
    assert read_notebook(TEXT.encode(encoding)).cells[0].source == "grün = '…'"


def test_a_byte_that_is_not_utf_8_spoils_itself_only() -> None:
    content = TEXT.replace("…", "?").encode("cp1252")
    assert read_notebook(content).cells[0].source == "gr\ufffdn = '?'"


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends(ends: str) -> None:
    assert sources(notebook(code(f"a{ends}b{ends}"))) == ["a\nb\n"]
    assert sources(notebook(code([f"a{ends}", f"b{ends}"]))) == ["a\nb\n"]
    text = json.dumps(notebook(code()), indent=1).replace("\n", ends)
    assert read_notebook(text.encode()).cells[0].source == "a = 1"


def test_characters_that_later_steps_cannot_have() -> None:
    (source,) = sources(notebook(code("a\0b\ud800c\udfffd😀")))
    assert source == "a\ufffdb?c?d😀"
    source.encode()
    raw = json.dumps(notebook(code("a b"))).replace("a b", "a\0\x1bb").encode()
    assert read_notebook(raw).cells[0].source == "a\ufffd\x1bb"


# Cells that are slightly wrong, and very wrong


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a", "a"),
        (["a\n", "b"], "a\nb"),
        (["a", 1, None, ["x"], {"y": 1}, "b"], "a1b"),
        ([], ""),
        (7, "7"),
        (1.5, "1.5"),
        (None, ""),
        ({"a": 1}, ""),
    ],
)
def test_sources(source: Any, text: str) -> None:
    assert sources(notebook(code(source))) == [text]


def test_ids() -> None:
    wrong = ["", None, 1, "a b", "ü", "x" * 65, ["a"], {}]
    cells = [{**code(), "id": value} for value in wrong]
    absent = code()
    absent.pop("id")
    twice = [code(), code()]
    colab = {**absent, "metadata": {"id": "302-005"}}
    found = read(notebook(*cells, absent, *twice, colab))
    given = [f"cell-{number}" for number in range(len(wrong) + 1)]
    assert [cell.id for cell in found.cells] == [*given, "x", "x", "302-005"]


def test_kinds_of_cells() -> None:
    kinds = ["code", "markdown", "raw", "heading", "Code", None, 1, ["code"], {}]
    found = read(notebook(*({**code(), "cell_type": kind} for kind in kinds)))
    expected = ["code", "markdown", "raw"] + ["raw"] * 6
    assert [cell.cell_type for cell in found.cells] == expected
    nbformat.validate(read(notebook(code(), {"cell_type": "markdown"})))


def test_what_is_no_cell_is_left_out() -> None:
    found = read(notebook(None, "x", 1, [], [code()], code(), {}))
    assert [(cell.id, cell.cell_type) for cell in found.cells] == [
        ("x", "code"),
        ("cell-6", "raw"),
    ]


@pytest.mark.parametrize("metadata", [None, [], "x", {"tags": "t"}, {"tags": {}}, 1])
def test_metadata(metadata: Any) -> None:
    found = read(notebook(code(metadata=metadata), metadata=metadata))
    assert found.cells[0].metadata == {"tags": []}


@pytest.mark.parametrize("told", ["absent", None, "4", 4.0, True, -4, "x", [4], {}])
def test_a_format_that_is_not_told_is_seen(told: Any) -> None:
    found = notebook(code())
    found.pop("nbformat")
    found |= {} if told == "absent" else {"nbformat": told}
    assert sources(found) == ["a = 1"]


# Languages


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"kernelspec": {"name": "julia-1.9"}},
        {"kernelspec": {"name": "x", "language": "python"}},
        {"kernelspec": {"language": ""}, "language_info": {"name": "ipython"}},
        {"kernelspec": {"language": "R"}, "language_info": {"name": "Python"}},
        {"kernelspec": [], "language_info": "R"},
        {"kernelspec": {"language": 3}, "language_info": {"name": None}},
    ],
)
def test_python_by_any_kernel(metadata: Any) -> None:
    assert sources(notebook(code(), metadata=metadata)) == ["a = 1"]


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"language": "R"}},
        {"language_info": {"name": "R"}},
        {"kernelspec": {"name": "python3", "language": "R"}},
    ],
)
def test_another_language(metadata: Any) -> None:
    content = json.dumps(notebook(code(), metadata=metadata)).encode()
    assert "written in R, not in Python" in why_not(content)


def test_a_language_of_a_thousand_characters() -> None:
    language = "\x1b[31m<script>\n" + "x" * 1000
    metadata = {"language_info": {"name": language}}
    assert "written in" in why_not(json.dumps(notebook(metadata=metadata)).encode())


# Old formats


def format_3(*cells: dict[str, Any]) -> dict[str, Any]:
    return {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": "old"},
        "worksheets": [{"cells": cells}],
    }


def test_format_3(caplog: pytest.LogCaptureFixture) -> None:
    old = format_3(
        {"cell_type": "heading", "level": 2, "source": ["Title"], "metadata": {}},
        {
            "cell_type": "code",
            "input": ["a = 1\r\n", "b = 2"],
            "language": "python",
            "collapsed": False,
            "outputs": [{"output_type": "pyout", "text": "9"}, 7],
        },
        {"cell_type": "markdown", "source": "text"},
        {"cell_type": "html", "source": "<b>"},
        {"cell_type": ["odd"], "source": None},
        {"input": "x"},
    )
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read(old)
        again = read(old)
    assert found == again
    assert [(c.id, c.cell_type, c.source) for c in found.cells] == [
        ("cell-0", "markdown", "# Title"),
        ("cell-1", "code", "a = 1\nb = 2"),
        ("cell-2", "markdown", "text"),
        ("cell-3", "raw", "<b>"),
        ("cell-4", "raw", ""),
        ("cell-5", "raw", "x"),
    ]
    assert caplog.text == ""
    nbformat.validate(found)


def test_what_nbformat_itself_saves_as_format_3() -> None:
    made = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("a = 1\nb"),
            nbformat.v4.new_markdown_cell("t"),
        ]
    )
    text = nbformat.writes(nbformat.convert(made, 3), version=3)
    found = read_notebook(text.encode())
    assert [cell.source for cell in found.cells] == ["a = 1\nb", "t"]


def test_older_formats() -> None:
    two = format_3({"cell_type": "code", "input": "a"}) | {"nbformat": 2}
    assert sources(two) == ["a"]
    one = {"nbformat": 1, "cells": [{"cell_type": "code", "code": "a"}]}
    assert sources(one) == ["a"]


def test_several_worksheets_are_one_notebook() -> None:
    old = format_3({"cell_type": "code", "input": "a"})
    old["worksheets"] += [None, {"cells": None}, {"cells": [None, {"input": "b"}]}]
    assert sources(old) == ["a", "b"]


def test_another_language_in_format_3() -> None:
    content = json.dumps(format_3({"cell_type": "code", "language": "julia"})).encode()
    assert "written in julia" in why_not(content)


# Fuzz


_PARTS = [
    b"null",
    b"[",
    b"{",
    b"]",
    b"}",
    b",",
    b"\xff\xfe",
    b"1e999",
    b"\\ud800",
    b'"',
]


def damaged(content: bytes, dice: random.Random) -> bytes:
    found = bytearray(content)
    for _ in range(dice.randrange(1, 8)):
        at = dice.randrange(len(found)) if found else 0
        match dice.randrange(5):
            case 0:
                found[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                del found[at : at + dice.randrange(40)]
            case 2:
                found[at:at] = dice.choice(_PARTS)
            case 3:
                found[at:at] = found[dice.randrange(at + 1) :][:60]
            case _:
                del found[at:]
    return bytes(found)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files_are_read_or_not(seed: int) -> None:
    dice = random.Random(seed)
    course = load_course(ROOT)
    lab = course.lab("000")
    new = dumps(learner_notebook(lab, read_source(course.source(lab)))).encode()
    small = json.dumps(notebook(code(["a\n", "b"]), code("é"))).encode()
    old = json.dumps(format_3({"cell_type": "code", "input": ["a"]})).encode()
    read_at_all = 0
    for content in (new, small, old):
        for _ in range(150 if content is new else 800):
            spoilt = damaged(content, dice)
            try:
                found = read_notebook(spoilt)
            except Unreadable as error:
                assert str(error).isprintable()
                continue
            read_at_all += 1
            assert read_notebook(spoilt) == found
            for cell in found.cells:
                assert set(cell) >= {"id", "cell_type", "source", "metadata"}
                cell.source.encode()
    assert read_at_all > 50
