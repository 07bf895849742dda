"""Cloud time: the machine's clock, moved forward on request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Condition, Lock

Listener = Callable[[datetime], None]


class Clock:
    """The time that every service of one cloud sees."""

    def __init__(self) -> None:
        self._offset = timedelta(0)
        self._lock = Lock()
        self._listeners: list[Listener] = []

    def now(self) -> datetime:
        """The cloud's present, in UTC."""
        return datetime.now(UTC) + self._offset

    @property
    def offset(self) -> timedelta:
        """How far the cloud is ahead of the machine."""
        return self._offset

    def on_advance(self, listener: Listener) -> None:
        """Call `listener(now)` after each move, in the order of registration."""
        self._listeners.append(listener)

    def advance(self, delta: timedelta) -> datetime:
        """Move the cloud's time forward; what falls due happens before it returns.

        Raises:
            ValueError: for a negative delta: cloud time never goes back.
        """
        if delta < timedelta(0):
            raise ValueError("cloud time only moves forward")
        with self._lock:
            self._offset += delta
        now = self.now()
        for listener in self._listeners:
            listener(now)
        return now

    def reset(self) -> None:
        """Back to the machine's time."""
        with self._lock:
            self._offset = timedelta(0)


class ChangeFeed:
    """A counter that grows whenever something that a client waits for changes.

    Clients that poll (`cloudlet.hook`) wait here instead of sleeping, so that a job
    of t seconds returns to its caller in t seconds. While nothing is under way, nothing
    will change, and nobody waits.
    """

    def __init__(self) -> None:
        self._version = 0
        self._under_way = 0
        self._changed = Condition()

    @property
    def version(self) -> int:
        """The number of changes so far."""
        return self._version

    def announce(self) -> None:
        """Something changed: wake all who wait."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    @contextmanager
    def work(self) -> Iterator[None]:
        """Something is under way within this context."""
        with self._changed:
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def wait(self, seen: int, seconds: float) -> int:
        """Return the version once it is not `seen`, or there is nothing to wait for.

        Args:
            seen: the version that the caller knows.
            seconds: the longest wait.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._version != seen or self._under_way == 0, timeout=seconds
            )
            return self._version
