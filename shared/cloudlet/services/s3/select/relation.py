"""What an object offers to a query: columns for DuckDB, each with its type.

Every format (CSV, JSON, Parquet) gives a `Relation`. Its columns carry names of our
own making, so that no name from a file or a query ever becomes part of DuckDB's SQL.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol

from cloudlet.errors import AwsError
from cloudlet.services.s3.select.errors import select_error
from cloudlet.services.s3.select.request import CsvOutput
from cloudlet.services.s3.select.syntax import Index, Name, Path, Query, Step


class Type(Enum):
    """The type of an expression, after "Supported data types"."""

    STRING = auto()
    INT = auto()
    DECIMAL = auto()
    FLOAT = auto()
    BOOL = auto()
    TIMESTAMP = auto()
    NULL = auto()
    ANY = auto()


@dataclass(frozen=True)
class Value:
    """A typed piece of DuckDB SQL.

    Attributes:
        sql: the expression; its DuckDB type follows from `type` (see macros.py).
        type: the S3 Select type.
        untyped: a CSV string, which compares as a number with a number.
        missing: SQL that is true where the value is MISSING, if it ever is.
        text: SQL of how the stored value is written in CSV, where `type` loses it.
        json: SQL of how the stored value is written in JSON, where `type` loses it.
    """

    sql: str
    type: Type
    untyped: bool = False
    missing: str | None = None
    text: str | None = None
    json: str | None = None


@dataclass(frozen=True)
class StarRow:
    """`SELECT *` as one SQL text a record: the fields without delimiter or braces."""

    sql: str


class Relation(Protocol):
    """An object opened for one query."""

    def resolve(self, path: Path) -> Value:
        """The column at `path`; reading it later in `table` is thereby asked for."""
        ...

    def star(self, output: CsvOutput | None) -> list[tuple[str, Value]] | StarRow:
        """All columns with their names, or, for JSON objects, ready text.

        `output` is the CSV format wanted, None for JSON.
        """
        ...

    def table(self) -> Any:
        """A pyarrow table with the columns asked for so far, in record order."""
        ...

    @property
    def bytes_scanned(self) -> int:
        """Bytes of the object, as stored, that the query read."""
        ...

    @property
    def bytes_processed(self) -> int:
        """The same, uncompressed."""
        ...


def without_alias(path: Path, query: Query) -> tuple[Step, ...]:
    """The steps of `path` after the table's alias; an empty tuple is the record."""
    alias = query.alias or Name("S3Object")
    first = path.steps[0]
    if isinstance(first, Name) and _same(first, alias):
        return path.steps[1:]
    return path.steps


def _same(name: Name, alias: Name) -> bool:
    if alias.quoted:
        return name.text == alias.text
    return name.matches(alias.text)


def find_column(name: Name, columns: list[str], absent: str) -> int:
    """The position of the one column that `name` names.

    Raises:
        AwsError: AmbiguousFieldName, or the code `absent`.
    """
    found = [i for i, column in enumerate(columns) if name.matches(column)]
    if len(found) > 1:
        raise select_error("AmbiguousFieldName", f"({name.text})")
    if not found:
        raise select_error(absent, f"({name.text})")
    return found[0]


def too_nested(steps: tuple[Step, ...]) -> AwsError:
    """The error for a path into a value that has no parts."""
    if len(steps) > 1 and not isinstance(steps[1], Index):
        return select_error("InvalidTableAlias")
    return select_error("InvalidKeyPath")
