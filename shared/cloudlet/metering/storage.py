"""The usage of objects that lie in Amazon S3 now.

An object counts from the time it was put. What was deleted before is not seen here,
and neither is the rest of a minimum storage duration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cloudlet.metering.prices import (
    HOURS_PER_MONTH,
    Prices,
    StorageClass,
    UnknownPrice,
)
from cloudlet.metering.usage import Usage


@dataclass(frozen=True)
class StoredObject:
    """An object version: its size in bytes, and since when it is there."""

    bucket: str
    storage_class: str
    size: int
    since: datetime


def storage_usage(
    objects: Iterable[StoredObject],
    prices: Prices,
    now: datetime,
    tags: Mapping[str, Mapping[str, str]] | None = None,
) -> list[Usage]:
    """One line for each bucket, storage class and kind of charge.

    Sizes are what S3 bills: at least the class's minimum, with the archive classes'
    overhead. A class that the table does not have counts its plain bytes.

    Args:
        objects: what is stored.
        prices: the table with the classes' rules.
        now: cloud time.
        tags: bucket → its tags.
    """
    lines: dict[tuple[str, str, str], Usage] = {}
    for stored in objects:
        hours = max((now - stored.since).total_seconds(), 0.0) / 3600
        for component, storage_class, unit, held in _charges(stored, prices):
            key = (stored.bucket, component, storage_class)
            if key not in lines:
                lines[key] = Usage(
                    "AmazonS3",
                    component,
                    stored.bucket,
                    storage_class,
                    unit,
                    started=now,
                    tags=dict((tags or {}).get(stored.bucket, {})),
                )
            lines[key].held += held
            lines[key].quantity += held * hours / HOURS_PER_MONTH
    return list(lines.values())


def _charges(stored: StoredObject, prices: Prices) -> list[tuple[str, str, str, float]]:
    try:
        rules = prices.storage_class(stored.storage_class)
    except UnknownPrice:
        rules = StorageClass(stored.storage_class, {})
    charges = [("storage", rules.name, "GB-Mo", rules.billable_gb(stored.size))]
    if rules.overhead_standard_kb:
        charges.append(("storage", "STANDARD", "GB-Mo", rules.standard_gb()))
    if rules.is_monitored(stored.size):
        charges.append(("monitoring", rules.name, "Objects-Mo", 1.0))
    return charges
