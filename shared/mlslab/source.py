"""A lab's source: `solutions/**/NN_slug.py`, jupytext's percent format.

What the engine reads in it, beside text and code:

- `# BEGIN SOLUTION` … `# END SOLUTION`: an answer (`mlslab.answers`). Its cell is the
  exercise of the next `lab.check("name")`, and is tagged `exercise:name`.
- `lab.check("name")`: the cell is tagged `check:name`.
- `# needs: name, …` at the top of a cell: the cell is skipped, with one line that says
  what it waits for, while one of the variables is missing or `...` (`mlslab.needs`).
- cells that start, end or bill the lab, ask a quiz question or show a figure are
  tagged `nbval-ignore-output`, as what they show differs from run to run. For others
  there is nbval's own comment, `# NBVAL_IGNORE_OUTPUT`.
"""

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jupytext

from mlslab.answers import RegionError, has_region
from mlslab.errors import SourceError

_VOLATILE = frozenset(("start_lab", "progress", "bill", "end", "quiz", "show"))
_IGNORE = "nbval-ignore-output"


@dataclass(frozen=True)
class Cell:
    """One cell: `kind` is `code` or `markdown`; `tags` are the engine's and yours."""

    index: int
    kind: str
    text: str
    tags: tuple[str, ...] = ()

    @cached_property
    def calls(self) -> list[ast.Call]:
        """The calls in the cell, in the order of its lines."""
        if self.kind != "code":
            return []
        found = [n for n in ast.walk(ast.parse(self.text)) if isinstance(n, ast.Call)]
        return sorted(found, key=lambda call: (call.lineno, call.col_offset))

    def called(self, method: str) -> list[str]:
        """The first arguments of `lab.<method>("…")` calls."""
        return [
            str(call.args[0].value)
            for call in self.calls
            if call_name(call) == f"lab.{method}"
            and call.args
            and isinstance(call.args[0], ast.Constant)
        ]

    @property
    def is_exercise(self) -> bool:
        """Whether the cell holds an answer."""
        return self.kind == "code" and has_region(self.text)


@dataclass(frozen=True)
class Source:
    """A whole lab as it was written."""

    path: Path
    cells: tuple[Cell, ...]

    def exercises(self) -> dict[str, list[Cell]]:
        """Exercise name → its cells."""
        found: dict[str, list[Cell]] = {}
        for cell in self.cells:
            for tag in cell.tags:
                if tag.startswith("exercise:"):
                    found.setdefault(tag.removeprefix("exercise:"), []).append(cell)
        return found

    def quizzes(self) -> list[str]:
        """The ids of the questions that are asked."""
        return [name for cell in self.cells for name in cell.called("quiz")]

    def markdown(self) -> str:
        """All text cells, one after the other."""
        return "\n\n".join(c.text for c in self.cells if c.kind == "markdown")


def read_source(path: Path) -> Source:
    """Read a lab's source; raises `SourceError`, which names the cell."""
    if not path.is_file():
        raise SourceError(path, 0, "there is no such file: write it, or unlist the lab")
    notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    plain = [
        Cell(index, cell.cell_type, cell.source, tuple(cell.metadata.get("tags", ())))
        for index, cell in enumerate(notebook.cells)
    ]
    return Source(path, tuple(_tag_all(path, plain)))


def call_name(call: ast.Call) -> str:
    """`lab.check` of `lab.check("train")`."""
    return ast.unparse(call.func)


def _tag_all(path: Path, cells: list[Cell]) -> list[Cell]:
    tagged: list[Cell] = []
    upcoming = ""
    for cell in reversed(cells):
        try:
            checks = cell.called("check")
            upcoming = checks[0] if checks else upcoming
            tags = [*cell.tags, *(f"check:{name}" for name in checks)]
            if cell.is_exercise:
                if not upcoming:
                    raise RegionError('a lab.check("…") has to follow this exercise')
                tags.append(f"exercise:{upcoming}")
        except (RegionError, SyntaxError) as error:
            raise SourceError(path, cell.index, str(error)) from error
        if any(call_name(call).split(".")[-1] in _VOLATILE for call in cell.calls):
            tags.append(_IGNORE)
        unique = tuple(dict.fromkeys(tags))
        tagged.append(Cell(cell.index, cell.kind, cell.text, unique))
    return tagged[::-1]
