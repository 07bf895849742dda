"""Check a request against the botocore model, in AWS's words.

AWS answers all failures of one request together: `2 validation errors detected:
Value 'x y' at 'trainingJobName' failed to satisfy constraint: Member must satisfy
regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}; Value null at …`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from cloudlet.errors import ValidationException
from cloudlet.gateway.models import service_model

if TYPE_CHECKING:
    from botocore.model import Shape

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "blob": (bytes,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
}


def validate(service: str, operation: str, request: dict[str, Any]) -> None:
    """Raise one ValidationException that lists every failure, or return.

    Raises:
        ValidationException: naming member, value and constraint, as AWS words it.
    """
    shape = service_model(service).operation_model(operation).input_shape
    shapes = service_model(service).shape_names
    code = "ValidationError" if "ValidationError" in shapes else None
    _refuse(list(_failures(shape, request, "")) if shape else [], code)


def require(members: dict[str, Any], *names: str, path: str = "") -> None:
    """Refuse a request without members that the model calls optional and AWS wants.

    Raises:
        ValidationException: worded as for members that the model requires.
    """
    missing = [name for name in names if members.get(name) is None]
    _refuse([_missing(_join(path, name)) for name in missing])


def _refuse(failures: list[str], code: str | None = None) -> None:
    if failures:
        count = len(failures)
        noun = "error" if count == 1 else "errors"
        raise ValidationException(
            f"{count} validation {noun} detected: {'; '.join(failures)}", code=code
        )


def _failures(shape: Shape, value: Any, path: str) -> Iterator[str]:
    expected = _TYPES.get(shape.type_name)
    if expected and (
        not isinstance(value, expected)
        or (isinstance(value, bool) and bool not in expected)
    ):
        yield f"Value '{_show(value)}' at '{path}' is not of type {shape.type_name}"
    elif shape.type_name == "structure":
        yield from _structure(shape, value, path)
    elif shape.type_name == "list":
        yield from _size(shape, value, len(value), path)
        for index, item in enumerate(value, start=1):
            yield from _failures(shape.member, item, f"{path}.{index}.member")
    elif shape.type_name == "map":
        yield from _size(shape, value, len(value), path)
        for key, item in value.items():
            yield from _failures(shape.key, key, f"{path}.{key}.key")
            yield from _failures(shape.value, item, f"{path}.{key}.value")
    elif shape.type_name == "blob":
        yield from _size(shape, value, len(value), path)
    elif shape.type_name == "string":
        yield from _string(shape, value, path)
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _number(shape, value, path)


def _structure(shape: Shape, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _missing(_join(path, name))
    for name, item in value.items():
        member = shape.members.get(name)
        if member is not None and item is not None:
            yield from _failures(member, item, _join(path, name))


def _string(shape: Shape, value: str, path: str) -> Iterator[str]:
    if shape.enum:
        if value not in shape.enum:
            allowed = ", ".join(shape.enum)
            rule = f"Member must satisfy enum value set: [{allowed}]"
            yield _failure(value, path, rule)
        return
    yield from _size(shape, value, len(value), path)
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        rule = f"Member must satisfy regular expression pattern: {pattern}"
        yield _failure(value, path, rule)


def _size(shape: Shape, value: Any, size: int, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        rule = f"Member must have length greater than or equal to {least}"
        yield _failure(value, path, rule)
    if most is not None and size > most:
        rule = f"Member must have length less than or equal to {most}"
        yield _failure(value, path, rule)


def _number(shape: Shape, value: float, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        rule = f"Member must have value greater than or equal to {least}"
        yield _failure(value, path, rule)
    if most is not None and value > most:
        rule = f"Member must have value less than or equal to {most}"
        yield _failure(value, path, rule)


def _missing(path: str) -> str:
    return (
        f"Value null at '{path}' failed to satisfy constraint: Member must not be null"
    )


def _failure(value: Any, path: str, rule: str) -> str:
    return f"Value '{_show(value)}' at '{path}' failed to satisfy constraint: {rule}"


def _show(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _join(path: str, name: str) -> str:
    member = name[:1].lower() + name[1:]
    return f"{path}.{member}" if path else member


#: The models' patterns are Java's. `re` has none of its Unicode classes: these are the
#: contents of brackets that hold them, or a little more.
_JAVA_CLASSES = {
    "ASCII": r"\x00-\x7f",
    "Print": r"\x20-\x7e",
    "Graph": r"\x21-\x7e",
    "Alnum": "a-zA-Z0-9",
    "L": r"\w",
    "N": r"\w",
    "M": r"\w",
    "Z": r"\s",
    "P": r"!-/:-@\[-`{-~",
    "S": r"$+<->^`|~",
}


_SURROGATES = r"\uD800\uDC00-\uDBFF\uDFFF"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    def translate(match: re.Match[str]) -> str:
        name = match[1]
        content = _JAVA_CLASSES.get(name) or _JAVA_CLASSES.get(name[0], r"\s\S")
        before = pattern[: match.start()]
        inside = before.count("[") - before.count(r"\[") > (
            before.count("]") - before.count(r"\]")
        )
        return content if inside else f"[{content}]"

    try:
        # A surrogate pair means all that lies beyond the basic plane.
        readable = pattern.replace(_SURROGATES, r"\U00010000-\U0010ffff")
        pattern = readable.replace(r"\P{C}", r"[^\x00-\x1f]")
        return re.compile(re.sub(r"\\p\{(\w+)\}", translate, pattern), re.DOTALL)
    except re.error:
        return re.compile(r"[\s\S]*")
