"""model.tar.gz: packed from a folder, unpacked without trust.

A tar can name paths outside its folder (`../x`, `/etc/x`), link to them, or unpack to
more than the disk holds; none of that is followed.
"""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
import zlib
from pathlib import Path
from typing import Any

#: What an artefact may unpack to, in bytes; AWS gives a training volume of this order.
MAX_UNPACKED = 8 * 1024**3
#: Level 9, the library's own choice, takes twenty times as long for a sixth less.
GZIP_LEVEL = 1
#: What Python's readers raise for damaged archives of one kind or another.
_DAMAGE = (
    tarfile.TarError,
    EOFError,
    OSError,
    ValueError,
    lzma.LZMAError,
    zlib.error,
)


class UnsafeArchiveError(Exception):
    """The archive is damaged, or names what lies outside it."""


def pack(folder: Path) -> bytes:
    """Everything in a folder as tar.gz; the same files give the same bytes."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(
            fileobj=buffer, mode="wb", compresslevel=GZIP_LEVEL, mtime=0
        ) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as archive,
    ):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                name = path.relative_to(folder).as_posix()
                archive.add(path, arcname=name, recursive=False, filter=_anonymous)
    return buffer.getvalue()


def unpack(body: bytes, folder: Path) -> None:
    """Unpack a tar, plain or compressed, into a folder.

    Raises:
        UnsafeArchiveError: when it is damaged, too large, or leads out of the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(fileobj=io.BytesIO(body), mode="r:*") as archive:
            total = 0
            for member in archive:
                total += member.size
                if total > MAX_UNPACKED:
                    raise UnsafeArchiveError("it unpacks to more than 8 GiB")
                archive.extract(member, folder, filter="data")
            _read_to_the_end(archive.fileobj, MAX_UNPACKED - total)
    except _DAMAGE as error:
        raise UnsafeArchiveError(str(error)) from error


def _read_to_the_end(stream: Any, most: int) -> None:
    """Read what follows the tar's last member: gzip's checksum comes after that."""
    while piece := stream.read(1 << 20):
        most -= len(piece)
        if most < 0:
            raise UnsafeArchiveError("it unpacks to more than 8 GiB")


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    return member
