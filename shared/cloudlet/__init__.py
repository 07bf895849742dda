"""cloudlet: a local AWS cloud that really trains, serves, queries and bills."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudlet.cloud import Cloud, NotRunning, attach, start
    from cloudlet.resources import Resource

__all__ = ["Cloud", "NotRunning", "Resource", "attach", "start"]

_HOMES = {
    "Cloud": "cloudlet.cloud",
    "NotRunning": "cloudlet.cloud",
    "Resource": "cloudlet.resources",
    "attach": "cloudlet.cloud",
    "start": "cloudlet.cloud",
}


def __getattr__(name: str) -> object:
    """Load the handle when it is asked for: the server does not need it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
