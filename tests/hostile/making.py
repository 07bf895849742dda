"""Making submissions: an honest one, and what is done to it."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

from nbformat import v4

from mlslab.answers import answered
from mlslab.course import Course, load_course
from mlslab.notebooks import dumps, learner_notebook
from mlslab.source import Source, read_source

ROOT = Path(__file__).parent / "course"

RIGHT = {
    "double": "return 2 * number",
    "total": "total = sum(double(value) for value in values)",
    "largest": "largest = max(values)",
    "store": 'key = "note.txt"\ns3.put_object(Bucket=bucket, Key=key, Body=b"hello")',
    "count": 'count = s3.list_objects_v2(Bucket=bucket)["KeyCount"]',
}


class Made:
    """A submission in the making, of lab 101 or 102."""

    def __init__(self, lab: str = "101", **answers: str) -> None:
        self.source, handed_out = _handed_out(lab)
        self.notebook = copy.deepcopy(handed_out)
        for name, code in {**RIGHT, **answers}.items():
            if name in self.source.exercises():
                self.answer(name, code)

    def answer(self, name: str, code: str) -> Made:
        """Write an answer."""
        (cell,) = self.source.exercises()[name]
        self.notebook.cells[cell.index].source = answered(cell.text, code)
        return self

    def unanswered(self, name: str) -> Made:
        """Leave an exercise as it was handed out."""
        (cell,) = self.source.exercises()[name]
        _, handed_out = _handed_out(self.notebook.cells[0].id[:3])
        self.notebook.cells[cell.index].source = handed_out.cells[cell.index].source
        return self

    def check(self, name: str) -> int:
        """The place of the cell that judges."""
        source = f'lab.check("{name}")'
        return next(i for i, c in enumerate(self.notebook.cells) if c.source == source)

    def add(self, code: str, before: str = "double") -> Made:
        """Add a cell before the one that judges an exercise."""
        self.notebook.cells.insert(self.check(before), v4.new_code_cell(code))
        return self

    def first(self, code: str) -> Made:
        """Add a cell before all others."""
        self.notebook.cells.insert(0, v4.new_code_cell(code))
        return self

    @property
    def content(self) -> bytes:
        """The file."""
        return dumps(self.notebook).encode()


def course() -> Course:
    """The course that is attacked."""
    return load_course(ROOT)


@cache
def _handed_out(lab_id: str) -> tuple[Source, Any]:
    lab = course().lab(lab_id)
    source = read_source(course().source(lab))
    return source, learner_notebook(lab, source)
