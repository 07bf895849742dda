"""What a lab has created in the cloud, kept on disk until it is gone."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from mlslab.progress import put_aside, read_json, write_json


@dataclass(frozen=True)
class Record:
    """One resource: `kind` is a key of `mlslab.kinds.KINDS`.

    `instances` are the instance types and counts that the request asked for.
    """

    kind: str
    name: str
    region: str
    instances: tuple[tuple[str, int], ...] = ()


class Ledger:
    """The records of one lab in one account.

    Args:
        path: the file, written at each change, so that what a dead kernel has left
            is found by the next; None keeps the records in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._records = _read(path) if path else {}

    def __iter__(self) -> Iterator[Record]:
        return iter(list(self._records.values()))

    def __len__(self) -> int:
        return len(self._records)

    def add(self, record: Record) -> None:
        """Keep a record."""
        self._records[_key(record)] = record
        self._write()

    def remove(self, record: Record) -> None:
        """Forget a resource that is gone."""
        self._records.pop(_key(record), None)
        self._write()

    def find(self, kind: str, name: str) -> Record | None:
        """The record of a resource, in whatever region."""
        for record in self:
            if (record.kind, record.name) == (kind, name):
                return record
        return None

    def _write(self) -> None:
        if self._path is not None:
            write_json(self._path, [asdict(record) for record in self])


def _key(record: Record) -> tuple[str, str, str]:
    return (record.kind, record.name, record.region)


def _read(path: Path) -> dict[tuple[str, str, str], Record]:
    try:
        records = [
            Record(
                row["kind"],
                row["name"],
                row["region"],
                tuple((kind, count) for kind, count in row["instances"]),
            )
            for row in read_json(path) or ()
        ]
    except (KeyError, TypeError, ValueError):
        put_aside(path)
        return {}
    return {_key(record): record for record in records}
