"""Notebooks in zips, read without writing anything or believing a header.

Members' names are names, never paths to go to. A zip can claim any size and any number
of members, and unpack to thousands of times its size: what counts is what was read.
"""

import mmap
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import IO

from mlslab.grading.reading import MAX_BYTES

MAX_MEMBERS = 100_000
"""Members of a zip."""
MAX_NOTEBOOKS = (MAX_MEMBERS, 100)
"""Notebooks in a zip; and in a zip in a zip."""
MAX_TOTAL = (4 * 10**9, 200 * 10**6)
"""Bytes that their notebooks may unpack to."""
MAX_RATIO, FREE = 200, 20 * 10**6
"""A member of more than `FREE` bytes may unpack to so many times its packed size."""

NOTEBOOK, ZIP = ".ipynb", ".zip"
_IGNORED = {"__MACOSX", "__pycache__"}
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UTF_8, _ENCRYPTED = 0x800, 0x1


@dataclass(frozen=True)
class Found:
    """A file, by its path below what was named.

    Attributes:
        parts: the parts of the path; a zip is one, like a folder.
        content: the bytes; None for what is no notebook.
        when: its time, aware.
        on_disk: whether that is the time of a file on the disk.
    """

    parts: tuple[str, ...]
    content: bytes | None = None
    when: datetime | None = None
    on_disk: bool = True


@dataclass(frozen=True)
class Passed:
    """A file that was passed over, and why."""

    parts: tuple[str, ...]
    reason: str


class Refused(Exception):  # noqa: N818 - an outcome
    """Why a file is passed over."""


def ignored(part: str) -> bool:
    """Whether a file or folder of this name is nobody's submission."""
    return part.startswith(".") or part in _IGNORED


def read_zip(
    file: Path | BytesIO,
    parts: tuple[str, ...],
    when: datetime | None = None,
    depth: int = 0,
) -> Iterator[Found | Passed]:
    """All files in a zip, and in the zips in it.

    A member's time has no zone: it is taken for one of this machine's. Those in a zip
    that a learner has made were set by the learner: for such a zip `when` counts.

    Args:
        file: the zip, or what is in it.
        parts: its own path, which those of its members begin with.
        when: the time of all members, in place of their own.
        depth: 1 for a zip in a zip; more are not opened.
    """
    if depth >= len(MAX_TOTAL):
        yield Passed(parts, "is a zip in a zip in a zip: unpack it")
        return
    left, notebooks = MAX_TOTAL[depth], MAX_NOTEBOOKS[depth]
    try:
        _require_few(file)
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                for found in _member(archive, info, parts, depth, left):
                    if isinstance(found, Found) and found.content is not None:
                        left -= len(found.content)
                        notebooks -= 1
                        if notebooks < 0:
                            raise Refused("has too many notebooks: unpack it")
                        if when is not None or depth:
                            on_disk = isinstance(file, Path)
                            found = replace(found, when=when, on_disk=on_disk)
                    yield found
    except Refused as error:
        yield Passed(parts, str(error))
    except Exception as error:  # what a made-up zip raises is no short list
        yield Passed(parts, f"is no zip that can be opened ({type(error).__name__})")


def _member(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    above: tuple[str, ...],
    depth: int,
    left: int,
) -> Iterator[Found | Passed]:
    names = _parts(info)
    if not names or info.is_dir() or any(map(ignored, names)):
        return
    parts, kind = (*above, *names), Path(names[-1]).suffix.lower()
    if kind not in (NOTEBOOK, ZIP):
        yield Found(parts)
        return
    try:
        content = _content(archive, info, left)
    except Refused as error:
        yield Passed(parts, str(error))
    except Exception as error:
        yield Passed(parts, f"is damaged ({type(error).__name__})")
    else:
        if kind == ZIP:
            yield from read_zip(BytesIO(content), parts, _time(info), depth + 1)
        else:
            yield Found(parts, content, _time(info), on_disk=False)


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Refused("is a symbolic link")
    if info.flag_bits & _ENCRYPTED:
        raise Refused("is encrypted: unpack it with its password")
    if info.compress_type not in _PLAIN:
        raise Refused("is packed in an unusual way: unpack it, or pack it anew")
    with archive.open(info) as member:
        content = read_up_to(member)
    if len(content) > max(FREE, MAX_RATIO * info.compress_size):
        raise Refused(
            f"unpacks to more than {MAX_RATIO} times its size: unpack it by hand"
        )
    if len(content) > left:
        raise Refused("is in a zip that unpacks to too much: unpack it by hand")
    return content


def read_up_to(file: IO[bytes]) -> bytes:
    """The bytes of a notebook or inner zip; raises `Refused` if they are too many."""
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise Refused(f"has more than {MAX_BYTES // 10**6} MB")
    return content


def _require_few(file: Path | BytesIO) -> None:
    """Before Python makes an object of each entry that the zip has, or claims."""
    if isinstance(file, BytesIO):
        entries = _entries(file.getbuffer())
    elif file.stat().st_size:
        with (
            file.open("rb") as opened,
            mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        ):
            entries = _entries(mapped)
    else:
        raise Refused("is empty")
    if entries > MAX_MEMBERS:
        raise Refused(f"has more than {MAX_MEMBERS:,} members")


def _entries(data: memoryview | mmap.mmap) -> int:
    return sum(1 for _ in islice(re.finditer(b"PK\x01\x02", data), MAX_MEMBERS + 1))


def _parts(info: zipfile.ZipInfo) -> tuple[str, ...]:
    name = info.filename
    if not info.flag_bits & _UTF_8:
        # Many programs write UTF-8 and do not say so.
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    parts = re.split(r"[/\\]", unicodedata.normalize("NFC", name))
    return tuple(part for part in parts if part.strip(". "))


def _time(info: zipfile.ZipInfo) -> datetime | None:
    try:
        local = datetime(*info.date_time)
        # The first moment that a zip can tell stands for none.
        return local.astimezone(UTC) if local > datetime(1980, 1, 1) else None
    except (ValueError, OverflowError, OSError):
        return None
