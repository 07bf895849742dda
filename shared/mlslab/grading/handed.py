"""What was handed out of a lab: its cells, and the pieces that its exercises are of."""

from dataclasses import dataclass
from functools import lru_cache

from mlslab.answers import BEGIN, END, Region, regions, unsolved
from mlslab.course import LabInfo
from mlslab.notebooks import learner_notebook
from mlslab.source import Cell, Source

#: Shorter cells (`lab.end()`) stand in any lab, and tell nothing.
_TELLING = 40


@dataclass(frozen=True)
class Piece:
    """Lines of an exercise as handed out: given ones, or those that ask for more."""

    asks: bool
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Handed:
    """A cell as it was handed out; an exercise has pieces, from given to given."""

    id: str
    cell: Cell
    text: str
    lines: tuple[str, ...]
    pieces: tuple[Piece, ...]

    @property
    def is_code(self) -> bool:
        """Whether it is one to run."""
        return self.cell.kind == "code"

    @property
    def is_check(self) -> bool:
        """Whether it is one that judges."""
        return any(tag.startswith("check:") for tag in self.cell.tags)

    @property
    def exercise(self) -> str:
        """The name of the exercise that it is of, if it is of one."""
        prefix = "exercise:"
        tags = [tag for tag in self.cell.tags if tag.startswith(prefix)]
        return tags[0].removeprefix(prefix) if tags else ""

    @property
    def tells(self) -> bool:
        """Whether its text is long enough to tell which cell of which lab it is."""
        return sum(map(len, self.lines)) > _TELLING


@lru_cache(maxsize=8)
def handed_out(lab: LabInfo, source: Source) -> tuple[Handed, ...]:
    """The cells of a lab in their order, each with its id."""
    pairs = zip(source.cells, learner_notebook(lab, source).cells, strict=True)
    return tuple(
        Handed(made.id, cell, made.source, lines_of(made.source), _pieces(cell))
        for cell, made in pairs
    )


def _pieces(cell: Cell) -> tuple[Piece, ...]:
    if not cell.is_exercise:
        return ()
    lines, done = cell.text.splitlines(), 0
    pieces = []
    for region in regions(cell.text):
        pieces.append(Piece(False, tuple(lines[done : region.first])))
        pieces.append(Piece(True, _asked(lines, region)))
        done = region.last + 1
    return (*pieces, Piece(False, tuple(lines[done:])))


def _asked(lines: list[str], region: Region) -> tuple[str, ...]:
    """The lines in one region's place: those of `unsolved`, were it the only one."""
    only = [
        "#"
        if line.strip() in (BEGIN, END) and not region.first <= number <= region.last
        else line
        for number, line in enumerate(lines)
    ]
    asked = unsolved("\n".join(only)).splitlines()
    return tuple(asked[region.first : len(asked) - len(lines) + region.last + 1])


def lines_of(text: str) -> tuple[str, ...]:
    """What of a text counts when texts are compared."""
    return tuple(line.rstrip() for line in text.split("\n") if line.strip())
