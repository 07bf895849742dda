"""A learner's answers, put into the instructor's own notebook.

Only what stands in the answer regions is taken from a submission, found by the ids of
its cells, and the cells that the learner has added, where they stood. All else that is
run comes from the instructor; where the submission differs there, the difference is
listed, and makes no other.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlslab.answers import regions, solved, unsolved
from mlslab.course import LabInfo
from mlslab.grading.reading import Unreadable
from mlslab.grading.results import Change
from mlslab.source import Cell, Source

_LONGEST = 2000
"""Lines of a cell that are aligned line by line; a longer one is taken as it is."""


class AnotherLab(Unreadable):
    """A notebook, but not of this lab."""


@dataclass(frozen=True)
class Step:
    """One code cell to run.

    Attributes:
        cell: the id of the instructor's cell; of an added one, the learner's.
        kind: `given`, `answer`, `check` or `added`.
        exercise: of an answer its exercise, of a check the first that it judges.
        code: what is run: of an answer the given lines with the learner's own.
        solution, unsolved: of an answer, with the solution and as handed out.
        checks: the exercises that are judged in it.
    """

    cell: str
    kind: str
    exercise: str
    code: str
    solution: str = ""
    unsolved: str = ""
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assembled:
    """What is to be run, and what was found of the submission.

    Attributes:
        steps: the code cells in order.
        changes: what differs outside the answers.
        answers: the learner's own cells by exercise, as submitted.
        attempted: the exercises in which something was written.
    """

    steps: tuple[Step, ...]
    changes: tuple[Change, ...]
    answers: Mapping[str, str]
    attempted: frozenset[str]


def assemble(lab: LabInfo, source: Source, notebook: Any) -> Assembled:
    """Put a submission's answers into the lab's own cells.

    Args:
        lab, source: the lab, as the instructor has it.
        notebook: the submission, as `reading.read_notebook` gives it.

    Raises:
        AnotherLab: nothing of this lab is in the notebook.
    """
    given = {f"{lab.id}-{cell.index:03d}": cell for cell in source.cells}
    submitted = [cell for cell in notebook.cells if cell.cell_type == "code"]
    ids = _identified(lab, given, submitted)
    return _Assembly(given, submitted, ids).assembled()


class _Assembly:
    def __init__(
        self, given: dict[str, Cell], submitted: Sequence[Any], ids: Sequence[str]
    ) -> None:
        self._given, self._submitted = given, submitted
        self._texts: dict[str, str] = {}
        self._added: dict[str, list[Any]] = {}
        self._twice: list[str] = []
        last = ""
        for cell, key in zip(submitted, ids, strict=True):
            if key in self._texts:
                self._twice.append(key)
            elif key:
                self._texts[key] = cell.source
                last = key
            else:
                self._added.setdefault(last, []).append(cell)

    def assembled(self) -> Assembled:
        steps: list[Step] = self._extra("")
        changes: list[Change] = []
        answers: dict[str, list[str]] = {}
        attempted: set[str] = set()
        for key, cell in self._given.items():
            if cell.kind == "code":
                text = self._texts.get(key)
                step, change = _step(key, cell, text)
                steps.append(step)
                changes += change
                if step.kind == "answer" and text is not None:
                    answers.setdefault(step.exercise, []).append(text)
                    if _says_more(step.code, step.unsolved):
                        attempted.add(step.exercise)
            steps += self._extra(key)
        return Assembled(
            tuple(steps),
            tuple([*changes, *self._order()]),
            {name: "\n\n".join(texts) for name, texts in answers.items()},
            frozenset(attempted),
        )

    def _extra(self, after: str) -> list[Step]:
        return [
            Step(f"added-{after}-{number}", "added", "", cell.source)
            for number, cell in enumerate(self._added.get(after, ()))
            if cell.source.strip()
        ]

    def _order(self) -> list[Change]:
        """Cells that stand twice, or not in their place."""
        found = [
            Change(key, "duplicated", _judges(self._given[key])) for key in self._twice
        ]
        places = {key: place for place, key in enumerate(self._given)}
        keys = list(self._texts)
        right = _longest_rising([places[key] for key in keys])
        moved = [key for place, key in enumerate(keys) if place not in right]
        return found + [
            Change(key, "moved", _judges(self._given[key])) for key in moved
        ]


def _step(key: str, cell: Cell, text: str | None) -> tuple[Step, list[Change]]:
    """What is run for one of the instructor's cells, and what was changed in it."""
    if cell.is_exercise:
        name = next(t for t in cell.tags if t.startswith("exercise:")).split(":", 1)[1]
        handed_out = unsolved(cell.text)
        if text is None:
            code, lost = handed_out, ""
            changes = [Change(key, "deleted", False, _diff(handed_out, ""))]
        else:
            code, lost = _answered(cell.text, text)
            changes = [Change(key, "edited", False, lost)] if lost else []
        step = Step(key, "answer", name, code, solved(cell.text), handed_out)
        return step, changes
    checks = tuple(dict.fromkeys(cell.called("check")))
    kind = "check" if checks else "given"
    step = Step(key, kind, checks[0] if checks else "", cell.text, checks=checks)
    return step, _changed(key, cell, text)


def _changed(key: str, cell: Cell, text: str | None) -> list[Change]:
    if text is None:
        return [Change(key, "deleted", _judges(cell), _diff(cell.text, ""))]
    if _plain(text) == _plain(cell.text):
        return []
    return [Change(key, "edited", _judges(cell), _diff(cell.text, text))]


def _answered(marked: str, text: str) -> tuple[str, str]:
    """The given lines of an exercise with the learner's own between them.

    Args:
        marked: the instructor's cell with its markers.
        text: the learner's cell.

    Returns:
        The code, and a diff of given lines that were changed; empty if none was.
    """
    mine = [line.rstrip() for line in text.splitlines()]
    blocks = _blocks(marked)
    given = [line for block in blocks for line in block]
    if not given or len(mine) > _LONGEST:
        return text, ""
    exact = _places(given, mine)
    found = {**_edited(given, mine, exact), **exact}
    code: list[str] = []
    start = number = 0
    for block in blocks:
        numbers = range(number, number + len(block))
        number += len(block)
        known = [found[i] for i in numbers if i in found]
        if known:  # what stands before it is the learner's
            code += _without_blanks(mine[start : known[0]], keep=start > 0)
            start = known[0]
        for i in numbers:
            if i in found:
                code += mine[start : found[i]]
                start = found[i] + 1
            code.append(given[i])
    code += mine[start:]
    lost = [line for i, line in enumerate(given) if i not in exact and line.strip()]
    return "\n".join(code), _diff("\n".join(given), text) if lost else ""


def _without_blanks(lines: list[str], *, keep: bool) -> list[str]:
    return lines if keep or any(line.strip() for line in lines) else []


def _blocks(marked: str) -> list[list[str]]:
    """The given lines before, between and after the answer regions."""
    lines = [line.rstrip() for line in marked.splitlines()]
    blocks, start = [], 0
    for region in regions(marked):
        blocks.append(lines[start : region.first])
        start = region.last + 1
    blocks.append(lines[start:])
    return [_stripped(block) for block in blocks if any(map(str.strip, block))]


def _stripped(block: list[str]) -> list[str]:
    """Without the blank lines at both ends."""
    telling = [number for number, line in enumerate(block) if line.strip()]
    return block[telling[0] : telling[-1] + 1]


def _places(given: Sequence[str], mine: Sequence[str]) -> dict[int, int]:
    """Which given line stands at which of the learner's lines; blank ones don't tell."""
    matcher = difflib.SequenceMatcher(None, given, mine, autojunk=False)
    return {
        block.a + i: block.b + i
        for block in matcher.get_matching_blocks()
        for i in range(block.size)
        if given[block.a + i].strip()
    }


def _edited(
    given: Sequence[str], mine: Sequence[str], exact: Mapping[int, int]
) -> dict[int, int]:
    """Where given lines stand that the learner has edited, between those left alone."""
    found: dict[int, int] = {}
    for number, line in enumerate(given):
        if number in exact or not line.strip():
            continue
        known = {**found, **exact}
        low = max((known[i] + 1 for i in known if i < number), default=0)
        high = min((known[i] for i in known if i > number), default=len(mine))
        close = difflib.get_close_matches(line, mine[low:high], n=1, cutoff=0.7)
        if close:
            found[number] = low + mine[low:high].index(close[0])
    return found


def _says_more(code: str, handed_out: str) -> bool:
    """Whether code does something else than what was handed out."""
    try:
        return ast.dump(ast.parse(code)) != ast.dump(ast.parse(handed_out))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True


def _identified(
    lab: LabInfo, given: Mapping[str, Cell], submitted: Sequence[Any]
) -> list[str]:
    """For each submitted cell the id of the instructor's cell that it is, or nothing."""
    code = {key for key, cell in given.items() if cell.kind == "code"}
    ids = [cell.id if cell.id in code else "" for cell in submitted]
    if any(ids):
        return ids
    others = {m[1] for cell in submitted if (m := re.match(r"(\d{3})-\d{3}$", cell.id))}
    if others - {lab.id}:
        names = ", ".join(sorted(others))
        raise AnotherLab(f"a notebook of lab {names}, not of lab {lab.id}")
    ids = _by_text(given, submitted)
    if not any(ids):
        raise AnotherLab(f"no cell of lab {lab.id} is in this notebook")
    return ids


def _by_text(given: Mapping[str, Cell], submitted: Sequence[Any]) -> list[str]:
    """Cells found by what they say, in their order, where a tool has lost their ids."""
    ids, start = [""] * len(submitted), 0
    for key, cell in given.items():
        if cell.kind != "code":
            continue
        for place in range(start, len(submitted)):
            if _alike(cell, submitted[place].source):
                ids[place], start = key, place + 1
                break
    return ids


def _alike(cell: Cell, text: str) -> bool:
    if not cell.is_exercise:
        return _plain(cell.text) == _plain(text)
    handed_out = unsolved(cell.text).splitlines()
    lines = {line.strip() for line in text.splitlines()}
    telling = [line.strip() for line in handed_out if len(line.strip()) > 8]
    given = [line.strip() for block in _blocks(cell.text) for line in block if line]
    return any(
        line in lines for line in telling if line.startswith("# Your turn:")
    ) or (bool(given) and all(line in lines for line in given))


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Positions of a longest rising subsequence: what stands there was not moved."""
    lengths: list[int] = []
    before: list[int] = []
    tails: list[int] = []
    for position, number in enumerate(numbers):
        low, high = 0, len(tails)
        while low < high:
            middle = (low + high) // 2
            if numbers[tails[middle]] < number:
                low = middle + 1
            else:
                high = middle
        before.append(tails[low - 1] if low else -1)
        tails[low:] = [position, *tails[low + 1 :]]
        lengths.append(low)
    kept, position = set(), tails[-1] if tails else -1
    while position >= 0:
        kept.add(position)
        position = before[position]
    return kept


def _judges(cell: Cell) -> bool:
    return bool(cell.called("check"))


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _diff(given: str, submitted: str) -> str:
    lines = difflib.unified_diff(
        given.splitlines()[:_LONGEST],
        submitted.splitlines()[:_LONGEST],
        "given",
        "submitted",
        lineterm="",
        n=2,
    )
    return "\n".join(lines)
