"""Answer regions: from a solution's cell to the learner's cell.

    # BEGIN SOLUTION
    # PROMPT: Train with 50 rounds.
    job_name = train(rounds=50)
    # END SOLUTION

becomes

    # Your turn: Train with 50 rounds.
    job_name = ...

A region holds whole statements. The names that it assigns directly (or in a `with`)
are set to `...`, so that no later cell meets a NameError; a region that is the whole
body of a function becomes `...`.
"""

import ast
import re
import textwrap
from dataclasses import dataclass

BEGIN, END, PROMPT = "# BEGIN SOLUTION", "# END SOLUTION", "# PROMPT:"
_YOUR_TURN = "# Your turn"


class RegionError(ValueError):
    """The markers do not pair, or a region is not whole statements."""


@dataclass(frozen=True)
class Region:
    """A region by its marker lines, counted from 0, and what is inside."""

    first: int
    last: int
    indent: str
    prompts: tuple[str, ...]
    answer: tuple[str, ...]

    @property
    def tree(self) -> ast.Module:
        """The answer's statements."""
        try:
            return ast.parse(textwrap.dedent("\n".join(self.answer)))
        except SyntaxError as error:
            raise RegionError(
                f"line {self.first + 1}: a solution region holds whole statements:"
                f" put the markers around all of the statement ({error.msg})"
            ) from error


def has_region(code: str) -> bool:
    """Whether the cell is an exercise."""
    return bool(regions(code))


def regions(code: str) -> list[Region]:
    """The regions of a cell; raises `RegionError` if the markers do not pair."""
    lines = code.splitlines()
    found: list[Region] = []
    first: int | None = None
    for number, line in enumerate(lines):
        if line.strip() == BEGIN:
            if first is not None:
                raise RegionError(f"line {number + 1}: {BEGIN} inside a region")
            first = number
        elif line.strip() == END:
            if first is None:
                raise RegionError(f"line {number + 1}: {END} without {BEGIN}")
            found.append(_region(lines, first, number))
            first = None
    if first is not None:
        raise RegionError(f"line {first + 1}: {BEGIN} without {END}")
    return found


def solved(code: str) -> str:
    """The cell with its answers, without the markers and prompts."""
    dropped = (BEGIN, END)
    kept = [
        line
        for line in code.splitlines()
        if line.strip() not in dropped and not line.strip().startswith(PROMPT)
    ]
    return "\n".join(kept)


def unsolved(code: str) -> str:
    """The cell as the learner gets it."""
    lines = code.splitlines()
    for region in reversed(regions(code)):
        lines[region.first : region.last + 1] = _question(code, region)
    return "\n".join(lines)


def answered(code: str, answer: str) -> str:
    """The cell with other statements in place of its (only) region's."""
    found = regions(code)
    if len(found) != 1:
        raise RegionError(f"one region is expected in the cell, not {len(found)}")
    region = found[0]
    lines = code.splitlines()
    replaced = textwrap.indent(textwrap.dedent(answer).strip("\n"), region.indent)
    lines[region.first : region.last + 1] = replaced.splitlines()
    return "\n".join(lines)


def _region(lines: list[str], first: int, last: int) -> Region:
    indent = re.match(r"\s*", lines[first]).group()  # type: ignore[union-attr]
    inside = lines[first + 1 : last]
    prompts = [
        line.strip().removeprefix(PROMPT).strip()
        for line in inside
        if line.strip().startswith(PROMPT)
    ]
    answer = [line for line in inside if not line.strip().startswith(PROMPT)]
    return Region(first, last, indent, tuple(prompts), tuple(answer))


def _question(code: str, region: Region) -> list[str]:
    names = _assigned(region.tree.body)
    opening = f"{_YOUR_TURN}: {region.prompts[0]}" if region.prompts else _YOUR_TURN
    comments = [opening, *(f"# {prompt}" for prompt in region.prompts[1:])]
    if _is_function_body(code, region):
        statements = ["..."]
    elif names:
        statements = [f"{name} = ..." for name in names]
    else:
        statements = ["..."] if region.indent else []
    return [region.indent + line for line in [*comments, *statements]]


def _is_function_body(code: str, region: Region) -> bool:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef) and node.lineno - 1 < region.first:
            body = node.body[1:] if ast.get_docstring(node) else node.body
            inside = [region.first < s.lineno - 1 < region.last for s in body]
            if inside and all(inside):
                return True
    return False


def _assigned(statements: list[ast.stmt]) -> list[str]:
    names: dict[str, None] = {}
    for statement in statements:
        match statement:
            case ast.Assign() | ast.AnnAssign():
                found = _targets(statement)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found = [statement.name]
            case ast.Import() | ast.ImportFrom():
                found = [(a.asname or a.name).split(".")[0] for a in statement.names]
            case ast.With():
                found = _assigned(statement.body)
            case _:
                found = []
        names.update(dict.fromkeys(found))
    return list(names)


def _targets(statement: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = (
        statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    )
    return [
        node.id
        for target in targets
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
