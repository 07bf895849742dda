"""Which cell of a submitted notebook is which cell of the lab.

Cells are found by their ids. If a tool has lost the ids, or they are those of another
version of the lab, cells are found by what was handed out in them.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from mlslab.course import LabInfo
from mlslab.grading.handed import Handed, Piece, lines_of
from mlslab.grading.reading import Unreadable

#: So many cells must stand under another cell's id until ids are not believed.
_DRIFT = 4
#: The share of what a cell is known by that must be there for it to be that cell.
_ALIKE = 0.6


class AnotherLab(Unreadable):
    """The notebook has nothing of the lab that is graded."""


def matched(
    lab: LabInfo, handed: Sequence[Handed], cells: Sequence[Any]
) -> tuple[dict[int, int], dict[int, list[int]]]:
    """Place in the lab → place in the notebook; and the further cells with its id."""
    found, doubles = _by_id(handed, cells)
    same = _by_text(handed, cells)
    under_its_id = sum(
        handed[place].tells and lines_of(cells[mine].source) == handed[place].lines
        for place, mine in found.items()
    )
    if sum(handed[place].tells for place in same) >= under_its_id + _DRIFT:
        found, doubles = {}, {}
    known = bool(found)
    used = {
        *found.values(),
        *(mine for further in doubles.values() for mine in further),
    }
    for place, mine in same.items():
        if place not in found and mine not in used:
            found[place] = mine
            used.add(mine)
            known = known or handed[place].tells
    alike = _resembling(handed, cells, found, used)
    found.update(alike)
    # One alone may be chance: labs have names in common.
    known = known or sum(bool(handed[place].pieces) for place in alike) > 1
    if not known:
        raise AnotherLab(_another(lab, cells))
    return found, doubles


def _by_id(
    handed: Sequence[Handed], cells: Sequence[Any]
) -> tuple[dict[int, int], dict[int, list[int]]]:
    places = {(one.id, one.cell.kind): place for place, one in enumerate(handed)}
    found: dict[int, int] = {}
    doubles: dict[int, list[int]] = {}
    for mine, cell in enumerate(cells):
        place = places.get((cell.id, cell.cell_type))
        if place is not None and found.setdefault(place, mine) != mine:
            doubles.setdefault(place, []).append(mine)
    return found, doubles


def _by_text(handed: Sequence[Handed], cells: Sequence[Any]) -> dict[int, int]:
    """Cells that stand in the notebook as they were handed out."""
    places: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for place, one in reversed(list(enumerate(handed))):
        places.setdefault((one.cell.kind, one.lines), []).append(place)
    found = {}
    for mine, cell in enumerate(cells):
        waiting = places.get((cell.cell_type, lines_of(cell.source)))
        if waiting:
            found[waiting.pop()] = mine
    return found


def _resembling(
    handed: Sequence[Handed],
    cells: Sequence[Any],
    found: Mapping[int, int],
    used: Collection[int],
) -> dict[int, int]:
    """Missing and unknown code cells that have much in common, the best pairs first."""
    missing = {
        place: _wanted(one)
        for place, one in enumerate(handed)
        if one.is_code and place not in found
    }
    places: dict[_Mark, list[int]] = {}
    for place, wanted in missing.items():
        for mark in wanted:
            places.setdefault(mark, []).append(place)
    pairs = []
    for mine, cell in enumerate(cells):
        if not places or mine in used or cell.cell_type != "code":
            continue
        lines = lines_of(cell.source)
        has = {mark for mark in _marks(lines) if mark in places}
        for place in {place for mark in has for place in places[mark]}:
            if _may_be(handed[place], lines):
                score = _share(missing[place], has)
                pairs.append((-score, place, mine))
    kept: dict[int, int] = {}
    taken = set()
    for score, place, mine in sorted(pairs):
        if -score >= _ALIKE and place not in kept and mine not in taken:
            kept[place] = mine
            taken.add(mine)
    return kept


_Mark = tuple[str, str]
_UNSET = re.compile(r"([^\W\d]\w*) = \.\.\.")
_DEFINED = re.compile(r"(?:async def|def|class)\s+(\w+)")
_CHECK = re.compile(r"lab\.check\(\s*[\"'](\w+)[\"']")


def _wanted(one: Handed) -> frozenset[_Mark]:
    """What a cell is known by: checks, names that it asks for, prompts, given lines."""
    given = [Piece(False, one.lines)]
    pairs = [(p.asks, line.strip()) for p in one.pieces or given for line in p.lines]
    wanted = set()
    for asks, line in pairs:
        unset = _UNSET.fullmatch(line)
        checks = _CHECK.findall(line)
        if checks:
            wanted |= {("check", name) for name in checks}
        elif asks and unset:
            wanted.add(("name", unset[1]))
        elif line and not line.startswith(("# needs:", "# NBVAL", "...")):
            wanted.add(("prompt" if asks else "given", line))
    return frozenset(wanted)


def _marks(lines: Sequence[str]) -> Iterator[_Mark]:
    for line in map(str.strip, lines):
        yield "prompt", line
        yield "given", line
        if "=" in line:
            for name in line.partition("=")[0].split(","):
                yield "name", name.strip(" ()")
        defined = _DEFINED.match(line)
        if defined:
            yield "name", defined[1]
        if "lab.check" in line:
            for name in _CHECK.findall(line):
                yield "check", name


def _may_be(one: Handed, lines: Sequence[str]) -> bool:
    """A given cell is not looked for in a long one that happens to hold its lines."""
    if one.is_check or one.pieces:
        return True
    return one.tells and len(lines) <= 2 * len(one.lines)


def _share(wanted: frozenset[_Mark], has: Collection[_Mark]) -> float:
    """The share that is there of one kind of what is wanted: the largest."""
    there = Counter(mark[0] for mark in wanted if mark in has)
    every = Counter(mark[0] for mark in wanted)
    return max(there[kind] / every[kind] for kind in every)


def _another(lab: LabInfo, cells: Sequence[Any]) -> str:
    ids = [re.fullmatch(r"([0-9]{3})-[0-9]{3,}", cell.id) for cell in cells]
    labs = Counter(match[1] for match in ids if match and match[1] != lab.id)
    reason = f"the notebook has no cell of lab {lab.id}"
    if not labs:
        return reason
    return f"{reason}: by the ids of its cells it is of lab {labs.most_common(1)[0][0]}"
