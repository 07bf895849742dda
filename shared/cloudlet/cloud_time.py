"""Let moto's services see cloud time too.

Nearly all ask `moto.core.utils.utcnow`, which asks the `datetime` module that it
imported; giving it another one moves them, and nothing else in the process. Amazon S3's
buckets ask `datetime` themselves, and are given the same one.
"""

from __future__ import annotations

import datetime as real
import importlib
import types

from cloudlet.clock import Clock

_shifted: list[types.ModuleType] = []


def install(clock: Clock) -> None:
    """From now on moto's clock is the cloud's."""
    import moto.core.utils

    class CloudDatetime(real.datetime):
        @classmethod
        def now(cls, tz: real.tzinfo | None = None) -> real.datetime:  # type: ignore[override]
            return real.datetime.now(tz) + clock.offset

    shifted = types.ModuleType("datetime")
    shifted.__dict__.update(vars(real) | {"datetime": CloudDatetime})
    moto.core.utils.datetime = shifted
    _shifted.append(shifted)


def cover(module: str) -> None:
    """Move the clock of a module that asks `datetime` by itself."""
    for shifted in _shifted[-1:]:
        vars(importlib.import_module(module))["datetime"] = shifted
