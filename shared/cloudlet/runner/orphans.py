"""Processes that outlive their container: found by their parents, and ended.

A container's program may start others in sessions of their own, which no signal to its
process group reaches. The warm parent of all containers adopts such orphans.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

from cloudlet.runner import linux


def adopt() -> None:
    """Become the parent of descendants whose own parent ends (Linux)."""
    if sys.platform == "linux":
        linux.prctl(linux.CHILD_SUBREAPER, 1)


def children(pid: int) -> list[int]:
    """The living children of a process; none where there is no /proc."""
    return _families().get(pid, [])


def end_tree(roots: Iterable[int]) -> None:
    """SIGKILL these processes and all their descendants."""
    doomed = list(roots)
    families = _families()
    for pid in doomed:  # grows while it is walked
        doomed += families.get(pid, [])
    for pid in doomed:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def end_descendants(
    pid: int, keep: Collection[int] = (), seconds: float = math.inf
) -> None:
    """SIGKILL all descendants of a process that has `adopt`ed; but for `keep`'s trees.

    What forks while it is looked for is not seen, and is the process's own child a
    moment later: so it looks again until there is none, at most for so many seconds.
    """
    until = time.monotonic() + seconds
    while left := set(children(pid)).difference(keep):
        end_tree(left)
        if time.monotonic() > until:
            return
        time.sleep(0.001)  # until they are gone


def _families() -> dict[int, list[int]]:
    """Living children by their parent."""
    families: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # "pid (name) state ppid …"; the name may hold blanks and brackets.
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if state not in "ZX":
                families[int(parent)].append(int(path.parent.name))
    return families
