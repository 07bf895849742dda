"""The memory of a process and of all below it, from /proc."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

EVERY_SECONDS = 0.1


def tree_memory(pid: int) -> float:
    """Megabytes; pages that processes share count once (Pss)."""
    return sum(_resident(each) for each in _tree(pid)) / 1024


class Peak:
    """The most that was seen, in megabytes."""

    most = 0.0


@contextmanager
def watched(pids: Sequence[int]) -> Iterator[Peak]:
    """Look at processes and all below them, ten times a second."""
    peak, done = Peak(), threading.Event()

    def watch() -> None:
        while not done.wait(EVERY_SECONDS):
            peak.most = max(peak.most, sum(map(tree_memory, pids)))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def _tree(pid: int) -> list[int]:
    found = [pid]
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in _read(children).split():
                found += _tree(int(child))
    return found


def _resident(pid: int) -> int:
    """Kilobytes."""
    for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def _read(path: Path) -> str:
    """The text, or nothing where the process has ended meanwhile."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
