"""A learner's answers in the instructor's own notebook.

What is run is the instructor's source. Of a submission only two things are taken into
it: the lines in its answer regions (`filling`), and the code cells that the learner
added. Which cell is which says `matching`.

Nothing here runs or trusts what was submitted, and every text has a limit up to which
it is compared: `difflib` and `ast` can be made to take very long.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from mlslab.answers import solved
from mlslab.course import LabInfo
from mlslab.grading.filling import Filled, fill, is_attempt
from mlslab.grading.handed import Handed, handed_out, lines_of
from mlslab.grading.matching import AnotherLab, matched
from mlslab.grading.results import Change
from mlslab.source import Source

__all__ = ["AnotherLab", "Assembled", "Step", "assemble"]

#: Up to here, in lines, a submitted cell is shown in a diff.
_MOST_DIFF = 500


@dataclass(frozen=True)
class Step:
    """One code cell to run, in order.

    Attributes:
        cell: the id of the instructor's cell, or the learner's id for an added one; no
            two steps have the same.
        kind: `given`, `answer`, `check` or `added`.
        exercise: of an answer, the exercise; of a check, the first that it judges.
        code: what is run; of an answer, the given lines with the learner's regions.
        solution: of an answer, the cell with the instructor's regions.
        unsolved: of an answer, the cell as it was handed out.
        checks: the names that are judged in it.
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
    """The notebook to run, and what was found on the way.

    Attributes:
        steps: the code cells.
        changes: what differs outside the answers, in the order of the lab.
        answers: exercise → the learner's own cells as submitted, joined by blank lines.
        attempted: exercises with a statement that was not handed out.
    """

    steps: tuple[Step, ...]
    changes: tuple[Change, ...]
    answers: Mapping[str, str]
    attempted: frozenset[str]


def assemble(lab: LabInfo, source: Source, notebook: Any) -> Assembled:
    """Put the answers of a notebook into the lab.

    Args:
        lab: the lab that is graded.
        source: the instructor's, with its solutions.
        notebook: as `mlslab.grading.reading.read_notebook` gives it.

    Raises:
        AnotherLab: the notebook has no cell of this lab.
    """
    handed = handed_out(lab, source)
    found, doubles = matched(lab, handed, notebook.cells)
    texts = {place: notebook.cells[mine].source for place, mine in found.items()}
    filled = {
        place: fill(one, texts[place]) if place in texts else Filled(one.text)
        for place, one in enumerate(handed)
        if one.pieces
    }
    answers: dict[str, list[str]] = {name: [] for name in source.exercises()}
    attempted = set()
    for place, one in filled.items():
        answers[handed[place].exercise].append(texts.get(place, ""))
        if is_attempt(one.code, handed[place].text):
            attempted.add(handed[place].exercise)
    added = _added(handed, notebook.cells, found, doubles)
    return Assembled(
        steps=tuple(_steps(handed, filled, added)),
        changes=tuple(_changes(handed, notebook.cells, found, doubles, filled)),
        answers={name: "\n\n".join(filter(None, a)) for name, a in answers.items()},
        attempted=frozenset(attempted),
    )


def _steps(
    handed: Sequence[Handed],
    filled: Mapping[int, Filled],
    added: Mapping[int, list[Step]],
) -> Iterator[Step]:
    yield from added.get(-1, ())
    for place, one in enumerate(handed):
        if one.is_code:
            yield _step(one, filled.get(place))
        yield from added.get(place, ())


def _step(one: Handed, fill: Filled | None) -> Step:
    text, checks = one.cell.text, tuple(one.cell.called("check"))
    if fill is not None:
        return Step(
            one.id, "answer", one.exercise, fill.code, solved(text), one.text, checks
        )
    kind = "check" if checks else "given"
    return Step(one.id, kind, checks[0] if checks else "", solved(text), checks=checks)


def _added(
    handed: Sequence[Handed],
    cells: Sequence[Any],
    found: Mapping[int, int],
    doubles: Mapping[int, list[int]],
) -> dict[int, list[Step]]:
    """Place in the lab → the learner's own cells that followed it; -1 is the top."""
    places = {mine: place for place, mine in found.items()}
    again = {mine for further in doubles.values() for mine in further}
    ids = {one.id for one in handed}
    last, added = -1, dict[int, list[Step]]()
    for mine, cell in enumerate(cells):
        last = places.get(mine, last)
        own = mine not in places and mine not in again and cell.cell_type == "code"
        if own and cell.source.strip():
            # Ids are the learner's: they may stand there twice, or be one of ours.
            step_id = cell.id if cell.id not in ids else f"{cell.id}-{mine}"
            while step_id in ids:
                step_id += "-again"
            ids.add(step_id)
            step = Step(step_id, "added", "", cell.source)
            added.setdefault(last, []).append(step)
    return added


def _changes(
    handed: Sequence[Handed],
    cells: Sequence[Any],
    found: Mapping[int, int],
    doubles: Mapping[int, list[int]],
    filled: Mapping[int, Filled],
) -> Iterator[Change]:
    pairs = [(p, found[p]) for p, o in enumerate(handed) if o.is_code and p in found]
    moved = _out_of_order(pairs)
    for place, one in enumerate(handed):
        if not one.is_code:
            continue
        if place not in found:
            yield Change(one.id, "deleted", one.is_check, _diff(one.text, ""))
            continue
        text = cells[found[place]].source
        if place in moved:
            yield Change(one.id, "moved", one.is_check)
        if place in filled:
            before, edited = filled[place].code, filled[place].edited
            before = before if before != text else one.text
        else:
            before, edited = one.text, lines_of(text) != one.lines
        if edited:
            yield Change(one.id, "edited", one.is_check, _diff(before, text))
        if place in doubles:
            other = cells[doubles[place][0]].source
            yield Change(one.id, "duplicated", one.is_check, _diff(one.text, other))


def _out_of_order(pairs: Sequence[tuple[int, int]]) -> set[int]:
    """The fewest places, in the lab's order, without which the notebook's is right."""
    ends: list[int] = []
    lengths = []
    for _, mine in pairs:
        at = bisect_left(ends, mine)
        ends[at : at + 1] = [mine]
        lengths.append(at + 1)
    wanted, out, limit = len(ends), set(), float("inf")
    for (place, mine), length in zip(reversed(pairs), reversed(lengths), strict=True):
        if length == wanted and mine < limit:
            wanted, limit = wanted - 1, mine
        else:
            out.add(place)
    return out


def _diff(before: str, after: str) -> str:
    """From one text to the other, without what is cut off for being too long."""
    old, new = ([line[:200] for line in lines_of(text)] for text in (before, after))
    more = len(new) - _MOST_DIFF
    found = list(unified_diff(old, new[:_MOST_DIFF], "given", "submitted", lineterm=""))
    if more > 0:
        found.append(f"… {more} more lines were submitted")
    return "\n".join(found)
