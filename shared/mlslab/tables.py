"""Typed reading of TOML tables, with errors that name file, id and field."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlslab.errors import DataError

_MISSING = object()


class Table:
    """One TOML table; `done()` complains of members that nobody asked for."""

    def __init__(self, file: Path, entry: str, members: dict[str, Any]) -> None:
        self.file, self.entry = file, entry
        self._members = members
        self._read: set[str] = set()

    def text(self, field: str, default: str | None = None) -> str:
        """A string that is not empty."""
        value = self._take(field, _MISSING if default is None else default)
        return str(self._expect(field, value, "a text", _is_text))

    def number(self, field: str) -> int:
        """A whole number, 0 or more."""
        value = self._take(field)
        good = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return int(self._expect(field, value, "a whole number", lambda _: good))

    def texts(self, field: str) -> tuple[str, ...]:
        """A list of strings, at least one."""
        value = self._take(field)
        return tuple(self._expect(field, value, "a list of texts", _are_texts))

    def has(self, field: str) -> bool:
        """Whether the table has this member."""
        return field in self._members

    def listed(
        self, field: str, default: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        """A list of strings, which may be empty; without `default` it must be there."""
        if default is not None and not self.has(field):
            return default
        value = self._take(field)
        empty_or_texts = value == [] or _are_texts(value)
        return tuple(
            self._expect(field, value, "a list of texts", lambda _: empty_or_texts)
        )

    def tables(self, field: str, key: str = "id") -> tuple["Table", ...]:
        """A list of tables; each is called by its `key` in error messages."""
        value = self._take(field)
        rows = self._expect(field, value, "a list of tables", _are_tables)
        return tuple(
            Table(
                self.file, f"{self.entry} {field} {row.get(key, number)}".strip(), row
            )
            for number, row in enumerate(rows)
        )

    def table(self, field: str) -> "Table":
        """A table inside this one."""
        value = self._take(field)
        self._expect(field, value, "a table", lambda v: isinstance(v, dict))
        return self._inner(field, value)

    def done(self) -> None:
        """Raise for a member that was never read: a misspelling, mostly."""
        for field in sorted(self._members.keys() - self._read):
            raise self.error(field, "nobody reads this field: misspelt?")

    def error(self, field: str, problem: str) -> DataError:
        """The error to raise for `field`."""
        return DataError(self.file, self.entry, field, problem)

    def _inner(self, name: str, members: dict[str, Any]) -> "Table":
        return Table(self.file, f"{self.entry} {name}".strip(), members)

    def _take(self, field: str, default: Any = _MISSING) -> Any:
        self._read.add(field)
        value = self._members.get(field, default)
        if value is _MISSING:
            raise self.error(field, "is missing")
        return value

    def _expect(
        self, field: str, value: Any, what: str, holds: Callable[[Any], bool]
    ) -> Any:
        if not holds(value):
            raise self.error(field, f"{what} is expected, not {value!r}")
        return value


def read_table(file: Path) -> Table:
    """The top table of a TOML file."""
    try:
        return Table(file, "", tomllib.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise DataError(file, "", "", f"there is no such file: {file}") from None
    except tomllib.TOMLDecodeError as error:
        raise DataError(file, "", "", f"is not TOML: {error}") from error


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)
