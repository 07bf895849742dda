"""An exercise's given lines, with what a learner has written in its regions."""

import ast
import warnings
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from mlslab.answers import solved
from mlslab.grading.handed import Handed, Piece

#: Up to here, in lines, a submitted cell is compared line by line.
_MOST_LINES = 5_000
#: Up to here, in characters, a submitted cell is parsed.
_MOST_CODE = 100_000
#: Lines that are alike to this degree are one line, edited.
_ALIKE = 0.6


@dataclass(frozen=True)
class Filled:
    """An exercise with the learner's lines; `edited` if given lines were."""

    code: str
    edited: bool = False


def fill(one: Handed, text: str) -> Filled:
    """The given lines with the learner's regions.

    Where all given lines are there, in their order, with nothing between them but in
    the regions, that is the text as it was submitted. Lines before the first and after
    the last given line stay.
    """
    given = [
        (line.rstrip(), number)
        for number, piece in enumerate(one.pieces)
        for line in piece.lines
        if line.strip()
    ]
    chunks = _chunks(text)
    places = _aligned([line for line, _ in given], [c.strip("\n") for c in chunks])
    zones, edited = _zones(one.pieces, given, places, chunks)
    if not edited and _has_given(one, text):
        return Filled(text.strip("\n"))
    code = _composed(one.pieces, zones, chunks)
    if not _has_given(one, code):  # it stands in quotes, or under a condition
        inside = [zone if zone in range(len(one.pieces)) else None for zone in zones]
        code = _composed(one.pieces, inside, chunks)
    # Lines that were moved to the side with given ones don't stand between these.
    if not one.is_check and statements(code) is None:
        code = text if statements(text) and _has_given(one, text) else code
    return Filled(code, edited=True)


def _has_given(one: Handed, code: str) -> bool:
    """Whether the given statements are statements; yes, if the code is no Python."""
    own = statements(code)
    return own is None or _given_statements(one.text, solved(one.cell.text)) <= own


@lru_cache(maxsize=256)
def _given_statements(handed_out: str, solution: str) -> frozenset[str]:
    nothing = frozenset[str]()
    return (statements(handed_out) or nothing) & (statements(solution) or nothing)


def _chunks(text: str) -> list[str]:
    """Its lines, each with the empty lines before it."""
    chunks, empty = [], 0
    for line in map(str.rstrip, text.split("\n")):
        if line:
            chunks.append("\n" * empty + line)
        empty = 0 if line else empty + 1
    return chunks


def _aligned(given: Sequence[str], mine: Sequence[str]) -> list[int | None]:
    """For each line of `mine`, its place in `given`; from both ends inwards."""
    most = min(len(given), len(mine))
    top = next((n for n in range(most) if given[n] != mine[n]), most)
    most -= top
    bottom = next((n for n in range(most) if given[-1 - n] != mine[-1 - n]), most)
    places: list[int | None] = [None] * len(mine)
    places[:top] = range(top)
    places[len(mine) - bottom :] = range(len(given) - bottom, len(given))
    inner, outer = mine[top : len(mine) - bottom], given[top : len(given) - bottom]
    if inner and outer and len(inner) <= _MOST_LINES:
        # difflib makes an index of the second text: let it be the short one.
        matcher = SequenceMatcher(None, inner, outer, autojunk=False)
        for a, b, size in matcher.get_matching_blocks():
            places[top + a : top + a + size] = range(top + b, top + b + size)
    return places


def _zones(
    pieces: Sequence[Piece],
    given: Sequence[tuple[str, int]],
    places: Sequence[int | None],
    chunks: Sequence[str],
) -> tuple[list[int | None], bool]:
    """For each chunk the piece that it goes to; and whether given lines were edited.

    -1 is the top, the number of pieces the bottom. No chunk goes to a given piece.
    """
    numbers = [number for _, number in given]
    asks = [pieces[number].asks for number in numbers]
    missing = {n for n in range(len(given)) if not asks[n]} - set(places)
    any_left = any(place is not None and not asks[place] for place in places)
    edited = bool(missing)
    zones = [
        numbers[place] if place is not None and asks[place] else None
        for place in places
    ]
    for run, low, high in _runs(places, len(given)):
        first = numbers[low] if low >= 0 else -1
        last = numbers[high] if high < len(given) else len(pieces)
        gone = [given[n][0] for n in range(low + 1, high) if n in missing]
        variants = _variants(gone, chunks, run) if any_left else set()
        spots = [n for n, p in enumerate(pieces) if p.asks and first <= n <= last]
        if len(spots) > 1 and last == spots[-1]:
            spots.pop()  # its own first line comes only after the run
        for chunk in run:
            # A line at the margin ends the answer inside of a function.
            if len(spots) > 1 and not chunks[chunk].strip("\n")[0].isspace():
                spots = spots[1:] if _is_inside(pieces[spots[0]]) else spots
            if chunk in variants:
                continue
            if spots:
                zones[chunk] = spots[0]
            elif low < 0 or high == len(given):
                zones[chunk] = -1 if low < 0 else len(pieces)
            else:
                edited = True
    return zones, edited


def _runs(places: Sequence[int | None], end: int) -> Iterator[tuple[range, int, int]]:
    """Chunks without a place, and the places right before and after them."""
    start, low = 0, -1
    for chunk, place in enumerate([*places, end]):
        if place is not None:
            if chunk > start:
                yield range(start, chunk), low, place
            start, low = chunk + 1, place


def _variants(gone: Sequence[str], chunks: Sequence[str], run: range) -> set[int]:
    """The chunks, near the ends of a run, that are edited given lines."""
    near = sorted({*run[:10], *run[-10:]})
    found: set[int] = set()
    for line in gone:
        later = [chunk for chunk in near if chunk > max(found, default=-1)]
        degrees = [(_likeness(line, chunks[chunk]), -chunk) for chunk in later]
        degree, chunk = max(degrees, default=(0.0, 0))
        if degree >= _ALIKE:
            found.add(-chunk)
    return found


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one.strip()[:200], other.strip()[:200])
    return matcher.ratio() if matcher.quick_ratio() >= _ALIKE else 0.0


def _is_inside(piece: Piece) -> bool:
    return piece.lines[0][:1].isspace()


def _composed(
    pieces: Sequence[Piece], zones: Sequence[int | None], chunks: Sequence[str]
) -> str:
    mine: dict[int | None, list[str]] = {}
    for zone, chunk in zip(zones, chunks, strict=True):
        first = zone not in mine
        mine.setdefault(zone, []).append(chunk.lstrip("\n") if first else chunk)
    lines = list(mine.get(-1, ()))
    for number, piece in enumerate(pieces):
        lines += mine.get(number, piece.lines) if piece.asks else piece.lines
    return "\n".join([*lines, *mine.get(len(pieces), ())])


def is_attempt(code: str, handed_out: str) -> bool:
    """Whether there is a statement that was not handed out."""
    own, old = statements(code), statements(handed_out)
    if own is not None and old is not None:
        return not own <= old
    lines = {line.strip() for line in code.split("\n")}
    lines -= {line.strip() for line in handed_out.split("\n")}
    return any(line and not line.startswith("#") for line in lines)


_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def statements(code: str) -> frozenset[str] | None:
    """The statements that do something, each without the statements inside of it.

    None if the code is no Python, or too long to find out.
    """
    if len(code) > _MOST_CODE:
        return None
    found = set()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
        for node in ast.walk(tree):
            match node:
                case ast.Pass() | ast.Expr(ast.Constant()):
                    pass
                case ast.stmt():
                    head = copy(node)
                    for block in _BLOCKS:
                        if hasattr(head, block):
                            setattr(head, block, [])
                    found.add(ast.dump(head))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return frozenset(found)
