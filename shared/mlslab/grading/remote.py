"""A submission's variables and functions, as its judge sees them."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlslab.checks import Incorrect
from mlslab.grading.handover import Function, Opaque, Unsendable, decode, encode

Ask = Callable[[dict[str, Any]], dict[str, Any]]
"""Sends a question to the submission's kernel, and gives the answer."""


class RemoteNames(Mapping[str, Any]):
    """The kernel's variables: fetched by value when they are asked for."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def __getitem__(self, name: str) -> Any:
        answer = self._ask({"ask": "value", "name": name})
        if "missing" in answer:
            raise KeyError(name)
        return _value(answer, f"`{name}`", self._ask)

    def __contains__(self, name: object) -> bool:
        return "missing" not in self._ask({"ask": "exists", "name": name})

    def __iter__(self) -> Iterator[str]:
        raise TypeError("the variables of a submission are asked for by name")

    def __len__(self) -> int:
        raise TypeError("the variables of a submission are asked for by name")


class RemoteFunction:
    """A function of the submission: arguments go and its value comes as data."""

    def __init__(self, function: Function, ask: Ask) -> None:
        self._function, self._ask = function, ask
        self.__name__ = function.name
        # What `checks.is_unset` looks at.
        self.__code__ = (_empty if function.unset else _filled).__code__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it in the submission's kernel; what it raises is raised here."""
        answer = self._ask(
            {
                "ask": "call",
                "number": self._function.number,
                "args": [encode(arg, _no_functions) for arg in args],
                "kwargs": {k: encode(v, _no_functions) for k, v in kwargs.items()},
            }
        )
        return _value(answer, f"what `{self.__name__}` gives", self._ask)


def _value(answer: dict[str, Any], what: str, ask: Ask) -> Any:
    if "error" in answer:
        raise _same_error(str(answer["error"]), str(answer.get("message", "")))
    if "unsendable" in answer:
        raise Incorrect(f"{what} cannot be read: {answer['unsendable']}")
    try:
        value = decode(answer.get("value"))
    except Unsendable as error:
        raise Incorrect(f"{what} cannot be read: {error}") from None
    if isinstance(value, Function):
        return RemoteFunction(value, ask)
    if isinstance(value, Opaque):
        return _stand_in(value.type)
    return value


def _same_error(name: str, message: str) -> Exception:
    """An exception of the same name, as a check of the answer expects it."""
    kind: Any = getattr(builtins, name, None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = type(_word(name), (Exception,), {})
    try:
        error: Exception = kind(message)
    except TypeError:  # UnicodeDecodeError and its like want more arguments
        error = Exception(message)
    return error


def _stand_in(name: str) -> Any:
    """An object with nothing to it but the name of its type."""
    return type(_word(name), (), {})()


def _word(name: str) -> str:
    return name[:80] if name.isidentifier() else "Object"


def _no_functions(value: Any) -> int:
    raise TypeError(f"a check cannot hand {value!r} to a submission")


def _empty() -> None: ...


def _filled() -> int:
    return 1
