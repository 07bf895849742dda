"""Storage in Amazon S3 as it stands on the bill."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime

from cloudlet.metering import Prices, StoredObject, Usage, storage_usage
from cloudlet.objects import Objects


def stored_objects(now: datetime, prices: Prices) -> list[Usage]:
    """The usage of everything that lies in every account's buckets."""
    tags = {name: found for objects in _accounts() for name, found in _tags(objects)}
    stored = [item for objects in _accounts() for item in _stored(objects)]
    return storage_usage(stored, prices, now, tags)


def _accounts() -> Iterator[Objects]:
    if "moto.s3.models" in sys.modules:
        from moto.s3.models import s3_backends

        for account_id in list(s3_backends):
            yield Objects(account_id)


def _tags(objects: Objects) -> Iterator[tuple[str, dict[str, str]]]:
    for bucket in objects.buckets():
        yield bucket.name, objects.tags_of_bucket(bucket.name)


def _stored(objects: Objects) -> Iterator[StoredObject]:
    for bucket, key in objects.stored():
        since = key.last_modified.replace(tzinfo=UTC)
        yield StoredObject(bucket, key.storage_class or "STANDARD", key.size, since)
