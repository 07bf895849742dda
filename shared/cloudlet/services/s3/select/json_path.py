"""Paths into JSON values, as S3 Select follows them."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from cloudlet.services.s3.select.errors import select_error
from cloudlet.services.s3.select.syntax import Index, Name, Step, Wildcard


class _Missing:
    """The value MISSING: there is nothing at the path."""


MISSING: Final = _Missing()


def follow(value: Any, steps: Iterable[Step]) -> Any:
    """What is at `steps` in `value`, or `MISSING`.

    Raises:
        AwsError: AmbiguousFieldName if an unquoted name has two spellings.
    """
    for step in steps:
        if isinstance(step, Name):
            value = _attribute(value, step)
        elif isinstance(step, Index):
            value = _element(value, step.position)
        if value is MISSING:
            return MISSING
    return value


def _attribute(value: Any, name: Name) -> Any:
    if not isinstance(value, dict):
        return MISSING
    if name.quoted:
        return value.get(name.text, MISSING)
    spelling = _spelling(value, name)
    return MISSING if spelling is None else value[spelling]


def _spelling(value: dict[str, Any], name: Name) -> str | None:
    wanted = name.text.lower()
    found = [key for key in value if key.lower() == wanted]
    if len(found) > 1:
        raise select_error("AmbiguousFieldName", f"({name.text})")
    return found[0] if found else None


def _element(value: Any, position: int) -> Any:
    if isinstance(value, list) and position < len(value):
        return value[position]
    return MISSING


def column(records: list[Any], steps: tuple[Step, ...]) -> list[Any]:
    """What is at `steps` in each record, or `MISSING`.

    Raises:
        AwsError: AmbiguousFieldName if an unquoted name has two spellings.
    """
    first = steps[0] if steps else None
    if not isinstance(first, Name) or first.quoted:
        return [follow(record, steps) for record in records]
    # Most records have the same keys: a spelling is looked for once for all of them.
    spellings: dict[tuple[str, ...], str | None] = {}
    found: list[Any] = []
    for record in records:
        if not isinstance(record, dict):
            found.append(MISSING)
            continue
        keys = tuple(record)
        if keys not in spellings:
            spellings[keys] = _spelling(record, first)
        spelling = spellings[keys]
        value = MISSING if spelling is None else record[spelling]
        found.append(follow(value, steps[1:]) if len(steps) > 1 else value)
    return found


def expand(values: Iterable[Any], steps: tuple[Step, ...]) -> Iterable[Any]:
    """The records of `FROM S3Object[*]` followed by `steps`.

    "Wildcards always emit at least one record": MISSING where nothing matches.
    """
    if not steps:
        return values
    return (record for value in values for record in _expand(value, steps))


def _expand(value: Any, steps: tuple[Step, ...]) -> Iterator[Any]:
    if not steps or value is MISSING:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if not isinstance(step, Wildcard):
        yield from _expand(follow(value, (step,)), rest)
        return
    elements: list[Any] = []
    if step.of_list and isinstance(value, list):
        elements = value
    elif not step.of_list and isinstance(value, dict):
        elements = list(value.values())
    for element in elements or [MISSING]:
        yield from _expand(element, rest)
