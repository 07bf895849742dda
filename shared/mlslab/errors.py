"""Errors of the course itself, each naming the place and what mends it."""

from pathlib import Path


class MlslabError(Exception):
    """Something a person can mend; the message says how."""


class CheckFailedError(MlslabError):
    """In strict runs: a check did not pass."""


class DataError(MlslabError):
    """A value in a TOML file is missing or wrong.

    Args:
        file: the TOML file.
        entry: the table's id, as in `lab 302`; empty at the top of the file.
        field: the name of the member.
        problem: what is the matter with it.
    """

    def __init__(self, file: Path, entry: str, field: str, problem: str) -> None:
        place = ": ".join(part for part in (file.name, entry, field) if part)
        super().__init__(f"{place}: {problem}")
        self.file, self.entry, self.field = file, entry, field


class SourceError(MlslabError):
    """A lab's source does not keep the conventions of `mlslab.source`.

    Args:
        file: the source, `solutions/**/NN_slug.py`.
        cell: the number of the cell, counted from 0.
        problem: what is the matter, and how to mend it.
    """

    def __init__(self, file: Path | str, cell: int, problem: str) -> None:
        super().__init__(f"{file}: cell {cell}: {problem}")
        self.cell = cell
