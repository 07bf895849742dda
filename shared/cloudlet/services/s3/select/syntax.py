"""The syntax tree of S3 Select's SQL.

Source: "SQL reference for Amazon S3 Select",
https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference.html
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True)
class Name:
    """A path step by name; a quoted name is case-sensitive."""

    text: str
    quoted: bool = False

    def matches(self, other: str) -> bool:
        """Whether this names `other`."""
        if self.quoted:
            return self.text == other
        return self.text.lower() == other.lower()


@dataclass(frozen=True)
class Index:
    """A path step by zero-based position in a list."""

    position: int


@dataclass(frozen=True)
class Wildcard:
    """A path step to every element: `[*]` of a list, `.*` of an object."""

    of_list: bool


Step: TypeAlias = Name | Index | Wildcard


@dataclass(frozen=True)
class Path:
    """A column or attribute: `age`, `s.age`, `s.projects[0].name`, `_2`."""

    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Literal:
    """A value written in the query; None is NULL."""

    value: str | int | Decimal | float | bool | None


@dataclass(frozen=True)
class MissingLiteral:
    """The keyword MISSING as a value."""


@dataclass(frozen=True)
class TimestampLiteral:
    """A timestamp between backticks."""

    text: str


@dataclass(frozen=True)
class Unary:
    """`-x`, `+x` or `NOT x`."""

    operator: str
    operand: "Expression"


@dataclass(frozen=True)
class Binary:
    """Arithmetic (`+ - * / %`) or comparison (`= <> < <= > >=`)."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Logical:
    """A chain of AND, or of OR."""

    operator: str
    operands: tuple["Expression", ...]


@dataclass(frozen=True)
class Between:
    """`x BETWEEN low AND high`."""

    operand: "Expression"
    low: "Expression"
    high: "Expression"


@dataclass(frozen=True)
class In:
    """`x IN (a, b, …)`."""

    operand: "Expression"
    choices: tuple["Expression", ...]


@dataclass(frozen=True)
class Like:
    """`x LIKE pattern [ESCAPE escape]`."""

    operand: "Expression"
    pattern: "Expression"
    escape: "Expression | None"


@dataclass(frozen=True)
class IsTest:
    """`x IS NULL` or `x IS MISSING`."""

    operand: "Expression"
    state: str


@dataclass(frozen=True)
class Case:
    """CASE, simple (with an operand) or searched."""

    operand: "Expression | None"
    branches: tuple[tuple["Expression", "Expression"], ...]
    otherwise: "Expression | None"


@dataclass(frozen=True)
class Cast:
    """`CAST(x AS type)`; the type's name in lower case."""

    operand: "Expression"
    type_name: str


@dataclass(frozen=True)
class Call:
    """A scalar function, its name in lower case; `option` is its keyword argument.

    That is the date part of DATE_ADD, DATE_DIFF and EXTRACT, and the side of TRIM.
    """

    function: str
    arguments: tuple["Expression", ...]
    option: str = ""


@dataclass(frozen=True)
class Aggregate:
    """COUNT, SUM, AVG, MIN or MAX, in lower case; without argument it is COUNT(*)."""

    function: str
    argument: "Expression | None"


Expression: TypeAlias = (
    Path
    | Literal
    | MissingLiteral
    | TimestampLiteral
    | Unary
    | Binary
    | Logical
    | Between
    | In
    | Like
    | IsTest
    | Case
    | Cast
    | Call
    | Aggregate
)


@dataclass(frozen=True)
class Star:
    """`*` or `alias.*` in the SELECT list."""

    alias: Name | None = None


@dataclass(frozen=True)
class Item:
    """One expression of the SELECT list."""

    expression: Expression
    alias: str | None = None


@dataclass(frozen=True)
class Query:
    """A whole SELECT; `source` are the steps after `S3Object[*]`."""

    items: tuple[Item | Star, ...]
    source: tuple[Step, ...]
    alias: Name | None
    where: Expression | None
    limit: int | None
