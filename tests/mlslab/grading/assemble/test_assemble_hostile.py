"""Hostile notebooks take no time and change nothing that judges."""

import json
import random
import time
from typing import Any

import pytest
from assembled import (
    COURSE,
    CSV,
    LAB,
    LIMIT,
    PREDICT,
    REPAIR,
    assert_as_handed_out,
    cell,
    learner,
    own,
    source_of,
)

from mlslab.grading.assemble import assemble
from mlslab.grading.reading import Unreadable, read_notebook
from mlslab.notebooks import dumps, learner_notebook, solution_notebook


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
