"""S3 from the inside: how jobs and endpoints read and write objects.

The one place that touches moto's S3 models.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from moto.s3.models import FakeKey, S3Backend

#: Bytes of an object in memory while it is written to a file.
_PIECE = 1 << 20


@dataclass(frozen=True)
class Location:
    """A parsed `s3://bucket/key`."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, uri: str) -> Location:
        """Split an S3 URI.

        Raises:
            ValueError: when it is no `s3://` or `https://` S3 address.
        """
        parts = urlsplit(uri)
        if parts.scheme == "s3" and parts.netloc:
            return cls(parts.netloc, uri[len("s3://") + len(parts.netloc) + 1 :])
        if parts.scheme == "https" and parts.netloc.startswith("s3"):
            bucket, _, key = parts.path.lstrip("/").partition("/")
            return cls(bucket, key)
        raise ValueError(f"{uri} is not an S3 URI")

    @property
    def uri(self) -> str:
        """`s3://bucket/key`."""
        return f"s3://{self.bucket}/{self.key}"

    def child(self, name: str) -> Location:
        """The location below this one."""
        return Location(self.bucket, f"{self.key.rstrip('/')}/{name}".lstrip("/"))


class Objects:
    """The objects of one account."""

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id

    def bucket_exists(self, bucket: str) -> bool:
        """Whether the bucket is there."""
        return bucket in self._backend.buckets

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """Keys below a prefix, in order; folder markers (`…/`) are left out."""
        if not self.bucket_exists(bucket):
            return []
        return sorted(
            key
            for key in self._backend.buckets[bucket].keys
            if key.startswith(prefix) and not key.endswith("/")
        )

    def read(self, location: Location) -> bytes | None:
        """The object's bytes, or None where there is none."""
        found = self._key(location)
        return None if found is None else bytes(found.value)

    def exists(self, location: Location) -> bool:
        """Whether there is an object of exactly this key."""
        return self._key(location) is not None

    def download(self, location: Location, path: Path) -> bool:
        """Write the object to a file; False where there is none."""
        found = self._key(location)
        if found is None:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        # A piece at a time: `found.value` would be the whole object, in memory twice.
        with found.lock, path.open("wb") as file:
            found._value_buffer.seek(0)
            shutil.copyfileobj(found._value_buffer, file, _PIECE)
        return True

    def write(self, location: Location, body: bytes) -> None:
        """Put an object.

        Raises:
            KeyError: when there is no such bucket.
        """
        if not self.bucket_exists(location.bucket):
            raise KeyError(location.bucket)
        self._backend.put_object(location.bucket, location.key, body)

    def stored(self) -> Iterator[tuple[str, FakeKey]]:
        """Every object version with its bucket's name, for the bill and lifecycles."""
        for name, bucket in list(self._backend.buckets.items()):
            for _, versions in list(bucket.keys.lists()):
                yield from ((name, key) for key in versions if hasattr(key, "size"))

    def buckets(self) -> list[Any]:
        """moto's buckets."""
        return list(self._backend.buckets.values())

    def tags_of_bucket(self, bucket: str) -> dict[str, str]:
        """The bucket's tags."""
        backend = self._backend
        tags: dict[str, str] = backend.tagger.get_tag_dict_for_resource(
            backend.buckets[bucket].arn
        )
        return tags

    def _key(self, location: Location) -> FakeKey | None:
        if not self.bucket_exists(location.bucket):
            return None
        return self._backend.get_object(location.bucket, location.key)

    @property
    def _backend(self) -> S3Backend:
        from moto.s3.models import s3_backends

        return s3_backends[self._account_id]["aws"]
