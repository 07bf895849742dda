"""`# needs: job_name` on top of a cell: skip it while the exercise is unsolved.

An exercise that is not solved leaves its variables at `...`. A later cell that works
with them begins with the comment; while one of them is missing or `...`, the cell
prints what it waits for in place of running. So an unsolved lab runs to its end.
"""

import re
from collections.abc import Mapping
from typing import Any

from mlslab.checks import Check, is_unset

_NEEDS = re.compile(r"^#\s*needs:\s*([\w\s,]+)$")


def needed(code: str) -> list[str]:
    """The names that a cell says it needs, in its leading comments."""
    names: list[str] = []
    for line in code.splitlines():
        if not line.startswith("#"):
            break
        match = _NEEDS.match(line.rstrip())
        if match:
            names += match[1].replace(",", " ").split()
    return names


def waiting(
    code: str, names: Mapping[str, Any], checks: Mapping[str, Check]
) -> str | None:
    """What the cell waits for, in a sentence; None if it can run."""
    missing = [name for name in needed(code) if is_unset(names.get(name, ...))]
    if not missing:
        return None
    listed = ", ".join(f"`{name}`" for name in missing)
    setters = [c.name for c in checks.values() if set(c.variables) & set(missing)]
    if setters:
        return f"This cell waits for {listed}: exercise {setters[0]!r} above."
    return f"This cell waits for {listed}, which a cell above has yet to set."


def install(shell: Any, checks: Mapping[str, Check]) -> None:
    """Make an IPython shell honour the comment, in place of an earlier lab's."""

    def skip(lines: list[str]) -> list[str]:
        message = waiting("".join(lines), shell.user_ns, checks)
        return [f"print({message!r})\n"] if message else lines

    before = getattr(shell, "_mlslab_needs", None)
    if before in shell.input_transformers_post:
        shell.input_transformers_post.remove(before)
    shell._mlslab_needs = skip
    shell.input_transformers_post.append(skip)
