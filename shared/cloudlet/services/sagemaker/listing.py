"""List operations: filters, sorting and paging, once for all resources."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from cloudlet.errors import ValidationException


class Listed(Protocol):
    """What every listed resource has."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def created(self) -> datetime: ...  # noqa: D102
    @property
    def modified(self) -> datetime: ...  # noqa: D102


R = TypeVar("R", bound=Listed)

DEFAULT_PAGE = 10


def page(
    resources: Iterable[R],
    request: dict[str, Any],
    status: Callable[[R], str] = lambda _: "",
) -> tuple[list[R], dict[str, str]]:
    """One page of a listing, and `{"NextToken": …}` where there is more.

    Reads the members that List operations share: NameContains, CreationTimeAfter and
    Before, LastModifiedTimeAfter and Before, StatusEquals, SortBy, SortOrder,
    MaxResults, NextToken. `request` is the parsed wire request.

    Raises:
        ValidationException: for a token that no listing gave out.
    """
    key = _sort_key(request, status)
    ascending = request.get("SortOrder", "Descending") == "Ascending"
    chosen = sorted(
        (r for r in resources if _matches(r, request, status)),
        key=key,
        reverse=not ascending,
    )
    if "NextToken" in request:
        last = _decoded(request["NextToken"])
        chosen = [r for r in chosen if (key(r) > last if ascending else key(r) < last)]
    size = request.get("MaxResults", DEFAULT_PAGE)
    shown = chosen[:size]
    more = {"NextToken": _encoded(key(shown[-1]))} if len(chosen) > size else {}
    return shown, more


def _sort_key(
    request: dict[str, Any], status: Callable[[R], str]
) -> Callable[[R], tuple[str, str]]:
    by = request.get("SortBy", "CreationTime")
    if by == "Name":
        return lambda r: (r.name, r.name)
    if by == "Status":
        return lambda r: (status(r), r.name)
    if by == "LastModifiedTime":
        return lambda r: (r.modified.isoformat(), r.name)
    return lambda r: (r.created.isoformat(), r.name)


def _matches(resource: R, request: dict[str, Any], status: Callable[[R], str]) -> bool:
    return (
        request.get("NameContains", "").lower() in resource.name.lower()
        and request.get("StatusEquals") in (None, status(resource))
        and _within(resource.created, request, "CreationTime")
        and _within(resource.modified, request, "LastModifiedTime")
    )


def _within(moment: datetime, request: dict[str, Any], member: str) -> bool:
    after, before = request.get(f"{member}After"), request.get(f"{member}Before")
    return (after is None or moment >= _aware(after)) and (
        before is None or moment <= _aware(before)
    )


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _encoded(key: tuple[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _decoded(token: str) -> tuple[str, str]:
    try:
        first, second = json.loads(base64.urlsafe_b64decode(token))
        return str(first), str(second)
    except (TypeError, ValueError):
        raise ValidationException("Invalid pagination token given.") from None
