"""Lifecycle rules come true when cloud time moves.

S3 counts days from an object's creation to the next midnight UTC. An object goes to the
latest storage class that is due, and expires when that is due. Source:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

#: Objects move down this list, never up; source:
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
_WATERFALL = (
    "STANDARD",
    "STANDARD_IA",
    "INTELLIGENT_TIERING",
    "ONEZONE_IA",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
)


def apply(now: datetime) -> None:
    """Do what the rules of every bucket ask for at cloud time `now`."""
    if "moto.s3.models" not in sys.modules:
        return
    from moto.s3.models import s3_backends

    for account in list(s3_backends.values()):
        for backend in list(account.values()):
            for bucket in list(backend.buckets.values()):
                for rule in getattr(bucket, "rules", []):
                    if rule.status == "Enabled":
                        _apply_rule(backend, bucket, rule, now)


def _apply_rule(backend: Any, bucket: Any, rule: Any, now: datetime) -> None:
    for key in [k for k in bucket.keys.values() if hasattr(k, "size")]:
        if not _concerns(rule, key, backend):
            continue
        if _due(rule.expiration_days, rule.expiration_date, key, now):
            backend.delete_object(bucket.name, key.name)
            continue
        for storage_class in _transitions(rule, key, now):
            if _depth(storage_class) > _depth(key.storage_class):
                key.set_storage_class(storage_class)


def _transitions(rule: Any, key: Any, now: datetime) -> Iterator[str]:
    due = [t for t in rule.transitions or () if _due(t.days, t.date, key, now)]
    for transition in sorted(due, key=lambda t: (int(t.days or 0), str(t.date or ""))):
        yield transition.storage_class


def _depth(storage_class: str) -> int:
    return _WATERFALL.index(storage_class) if storage_class in _WATERFALL else 0


def _concerns(rule: Any, key: Any, backend: Any) -> bool:
    prefix, tags = rule.prefix or "", {}
    chosen = rule.filter
    if chosen is not None:
        both = chosen.and_filter
        prefix = chosen.prefix or (both.prefix if both else None) or prefix
        tags = dict(both.tags) if both else {}
        if chosen.tag_key:
            tags[chosen.tag_key] = chosen.tag_value
    if not key.name.startswith(prefix):
        return False
    if not tags:
        return True
    present = backend.tagger.get_tag_dict_for_resource(key.arn)
    return all(present.get(name) == value for name, value in tags.items())


def _due(days: Any, date: Any, key: Any, now: datetime) -> bool:
    if days not in (None, ""):
        created = key.last_modified.replace(tzinfo=UTC)
        ripe = created + timedelta(days=int(days))
        midnight = ripe.replace(hour=0, minute=0, second=0, microsecond=0)
        return bool(now >= midnight + timedelta(days=1))
    if date:
        moment = datetime.fromisoformat(str(date).replace("Z", "+00:00"))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return bool(now >= aware)
    return False
