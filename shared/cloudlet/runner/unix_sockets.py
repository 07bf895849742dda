"""Unix sockets in folders whose paths are too long for their addresses."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

#: Bytes that an address takes on every system; source: macOS's sys/un.h, whose 104
#: end with a zero. Linux has four more.
LONGEST_ADDRESS = 103
#: Of these, what is kept for the name in the folder.
LONGEST_NAME = 20
#: Where Linux lists what a process has open, by number.
OPEN_FILES = Path("/proc/self/fd")


@contextlib.contextmanager
def short(folder: Path) -> Iterator[str]:
    """The folder under a name to which a socket's can be added, while this lasts.

    Where the path itself is too long that name is good in this process only, and only
    on Linux; elsewhere the path is given as it is, and the system says what it thinks.
    """
    length = len(os.fsencode(folder)) + len("/") + LONGEST_NAME
    if length <= LONGEST_ADDRESS or not OPEN_FILES.exists():
        yield str(folder)
        return
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield str(OPEN_FILES / str(number))
    finally:
        os.close(number)
