"""Tables of hyperparameters: typed, ranged, with the rules between them.

A job's hyperparameters arrive as strings. A table turns them into values, or says
what is wrong in the words of the checks that AWS's own algorithms share (the
`sagemaker_algorithm_toolkit` of github.com/aws/sagemaker-xgboost-container).
"""

import ast
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudlet.runner.container import ClientError

Rule = Callable[[Mapping[str, Any]], None]
"""Looks at all values together and raises ClientError."""


@dataclass(frozen=True)
class Interval:
    """Numbers between two ends; an end that is None is open to infinity."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def __contains__(self, value: float) -> bool:
        return self._above_low(value) and self._below_high(value)

    def _above_low(self, value: float) -> bool:
        if self.low is None:
            return value == value
        return value > self.low if self.low_open else value >= self.low

    def _below_high(self, value: float) -> bool:
        if self.high is None:
            return value == value
        return value < self.high if self.high_open else value <= self.high

    def __str__(self) -> str:
        left = "(-inf" if self.low is None else f"{'[('[self.low_open]}{self.low}"
        right = "+inf)" if self.high is None else f"{self.high}{'])'[self.high_open]}"
        return f"{left}, {right}"


@dataclass(frozen=True)
class Hyperparameter:
    """One row of a table.

    Args:
        name: as CreateTrainingJob has it.
        range: what a value, or each element of a list, must be in.
        required: the job fails without it.
        default: the text that stands for a missing one, if the algorithm sets one.
        tunable: the range that AWS recommends to a tuning job; None if not tunable.
        aliases: other names for the same row.
    """

    name: str
    range: Interval | tuple[Any, ...] = ()
    required: bool = False
    default: str | None = None
    tunable: Interval | None = None
    aliases: tuple[str, ...] = ()

    def parse(self, text: str) -> Any:
        """The value of the text; ValueError if it has none."""
        return text

    def check(self, value: Any) -> None:
        """Raise ClientError if the value is out of range."""
        if value not in self.range:
            shown = _shown(self.range)
            raise ClientError(f"Hyperparameter {self.name}: {value} is not in {shown}")

    def check_elements(self, value: Any, elements: Iterable[Any]) -> None:
        """Raise ClientError if one of a list's elements is out of range."""
        if any(element not in self.range for element in elements):
            raise ClientError(
                f"Hyperparameter {self.name}: value {value} not in range "
                f"{_shown(self.range)}"
            )


class Integer(Hyperparameter):
    """A whole number."""

    def parse(self, text: str) -> int:
        """`"5"` → 5."""
        return int(text)


class Continuous(Hyperparameter):
    """A floating-point number."""

    def parse(self, text: str) -> float:
        """`"0.3"` → 0.3."""
        return float(text)


class Categorical(Hyperparameter):
    """One of a few words."""


class CommaSeparatedList(Hyperparameter):
    """Words from a few, separated by commas and no blanks."""

    def parse(self, text: str) -> list[str]:
        """`"auc,error"` → `["auc", "error"]`."""
        return text.split(",")

    def check(self, value: list[str]) -> None:
        """Raise ClientError if a word is none of the known ones."""
        self.check_elements(value, value)


class NumberTuple(Hyperparameter):
    """A tuple of numbers, written as Python writes it: `(0, 1, -1)`."""

    def parse(self, text: str) -> tuple[Any, ...]:
        """`"(0, 1)"` → `(0, 1)`."""
        return tuple(_literal(text))

    def check(self, value: tuple[Any, ...]) -> None:
        """Raise ClientError if an element is out of range."""
        self.check_elements(value, value)


class NestedList(Hyperparameter):
    """A list of lists of numbers: `[[1, 2], [3, 4, 5]]`."""

    def parse(self, text: str) -> list[list[Any]]:
        """`"[[1, 2], [3]]"` → `[[1, 2], [3]]`."""
        return [list(group) for group in _literal(text)]

    def check(self, value: list[list[Any]]) -> None:
        """Raise ClientError if an element is out of range."""
        self.check_elements(value, (element for group in value for element in group))


@dataclass(frozen=True)
class HyperparameterTable:
    """All hyperparameters of an algorithm, and the rules that tie them together."""

    rows: tuple[Hyperparameter, ...]
    rules: tuple[Rule, ...] = ()
    _by_name: dict[str, Hyperparameter] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names = {name: row for row in self.rows for name in (row.name, *row.aliases)}
        object.__setattr__(self, "_by_name", names)

    def __iter__(self) -> Iterator[Hyperparameter]:
        return iter(self.rows)

    def __getitem__(self, name: str) -> Hyperparameter:
        return self._by_name[name]

    def validate(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """Turn a job's hyperparameters into values, under the rows' own names.

        Raises:
            ClientError: one is missing, unknown, unreadable or out of range, or two
                do not fit together.
        """
        given = {self._own_name(name): text for name, text in texts.items()}
        values = {
            name: self._value(name, text)
            for name, text in (self._defaults(given) | given).items()
        }
        for name, value in values.items():
            self._by_name[name].check(value)
        for rule in self.rules:
            rule(values)
        return values

    def _own_name(self, name: str) -> str:
        return self._by_name[name].name if name in self._by_name else name

    def _defaults(self, given: Mapping[str, str]) -> dict[str, str]:
        for row in self.rows:
            if row.required and row.name not in given:
                raise ClientError(f"Missing required hyperparameter: {row.name}")
        return {row.name: row.default for row in self.rows if row.default is not None}

    def _value(self, name: str, text: str) -> Any:
        if name not in self._by_name:
            raise ClientError(f"Extraneous hyperparameter found: {name}")
        try:
            return self._by_name[name].parse(_unquoted(str(text)))
        except ValueError as error:
            raise ClientError(
                f"Hyperparameter {name}: could not parse value "
                f"(caused by {type(error).__name__})"
            ) from error


def _unquoted(text: str) -> str:
    """A string may come in JSON quotes: the container tries JSON before plain text."""
    if text.startswith('"'):
        try:
            return str(json.loads(text))
        except json.JSONDecodeError:
            return text
    return text


def _literal(text: str) -> Any:
    try:
        value = ast.literal_eval(text)
        iter(value)
    except (SyntaxError, TypeError, MemoryError) as error:
        raise ValueError(str(error)) from error
    return value


def _shown(range_: Interval | tuple[Any, ...]) -> str:
    return str(range_) if isinstance(range_, Interval) else str(list(range_))
