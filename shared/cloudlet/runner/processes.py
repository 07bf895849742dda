"""Containers as processes: forked from a warm parent, watched, stopped, cleaned up."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from pathlib import Path

from cloudlet.runner import orphans, warm_parent

log = logging.getLogger("cloudlet.processes")

Output = Callable[[list[str]], None]

#: From so many bytes at once on, output is read without a pause: a full pipe would stop
#: the container.
MUCH_OUTPUT = 4096
#: How long a container's orphans may fork on until they are left to the cloud's end.
ORPHANS_SECONDS = 5
#: A line is cut here, in bytes: CloudWatch Logs takes events of 256 KB at most.
LONGEST_LINE = 256 * 1024


@dataclass(frozen=True)
class ContainerSpec:
    """What to run.

    Attributes:
        root: the folder that the program sees as /opt/ml.
        program: `module:function` of ours, called with the `Container`.
        command: the image's entry point and arguments; runs instead of `program`.
        environment: all of the program's environment variables.
    """

    root: Path
    environment: dict[str, str]
    program: str | None = None
    command: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


class ClosedError(Exception):
    """The cloud is being stopped or reset: no container starts any more."""


class Processes:
    """Starts containers; the warm parent is made on first use, or ahead by `warm`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forking = threading.Lock()
        self._closed = False
        self._running: set[ContainerProcess] = set()

    def warm(self) -> None:
        """Begin to load the heavy imports, in the background."""
        threading.Thread(target=warm_parent.context, daemon=True).start()

    def start(
        self, spec: ContainerSpec, on_output: Output, pause: float = 0.0
    ) -> ContainerProcess:
        """Start a container; its output goes to `on_output`, lines at a time.

        Args:
            spec: what to run.
            on_output: called with the lines, in order, from one thread.
            pause: seconds between two looks at the output of a container that prints
                little at once; each look takes time from one that computes.

        Raises:
            ClosedError: after `close`.
        """
        with self._forking:
            if self._closed:
                raise ClosedError("the cloud is being stopped or reset")
            process = ContainerProcess(
                warm_parent.context(), spec, on_output, pause, self._ended
            )
            with self._lock:
                self._running.add(process)
        process.watch()
        return process

    def close(self) -> None:
        """End every container, at once, and start no more."""
        self._closed = True
        with self._forking, self._lock:
            running = list(self._running)
        for process in running:
            process.kill()
        for process in running:
            process.wait(5)

    def _ended(self, process: ContainerProcess) -> None:
        """Forget a container, and end what it has left to the warm parent."""
        with self._forking:
            with self._lock:
                self._running.discard(process)
                known = {other.pid for other in self._running}
            parent = warm_parent.pid()
            if parent is not None:
                orphans.end_descendants(parent, known, ORPHANS_SECONDS)


class ContainerProcess:
    """One running container."""

    def __init__(
        self,
        context: BaseContext,
        spec: ContainerSpec,
        on_output: Output,
        pause: float,
        on_exit: Callable[[ContainerProcess], None],
    ) -> None:
        from cloudlet.runner.programs import run

        self._on_exit = on_exit
        self._reader, writer = context.Pipe(duplex=False)
        self._process = context.Process(  # type: ignore[attr-defined]
            target=run, args=(spec, writer), daemon=False
        )
        self._process.start()
        writer.close()
        self.pid: int = self._process.pid
        self._asked_to_stop = self._killed = False
        self._exited, self._done = threading.Event(), threading.Event()
        self._output = threading.Thread(
            target=_forward,
            args=(self._reader, on_output, lambda: self._exited.wait(pause)),
            daemon=True,
        )

    def watch(self) -> None:
        """Begin to read its output and to wait for its end."""
        self._output.start()
        threading.Thread(target=self._reap, daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return not self._done.is_set()

    @property
    def exit_code(self) -> int | None:
        """The exit code; -9 for a process ended by signal 9; None while it runs."""
        return self._process.exitcode if self._done.is_set() else None

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it ended and all its output was read; False when time is out."""
        return self._done.wait(seconds)

    def terminate(self) -> None:
        """Ask it to stop (SIGTERM), as SageMaker does first."""
        self._asked_to_stop = True
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it and whatever it started (SIGKILL)."""
        self._killed = True
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if not self.alive:
            return  # its number may be another process's by now
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:  # so young that it leads no group yet
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)
        except PermissionError:
            pass

    def _reap(self) -> None:
        self._process.join()
        self._exited.set()
        while self._asked_to_stop and not self._killed and self._has_group():
            time.sleep(0.05)  # an entry point's shell ends sooner than what it runs
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._on_exit(self)
        self._output.join(5)
        self._done.set()

    def _has_group(self) -> bool:
        try:
            os.killpg(self.pid, 0)
        except OSError:
            return False
        return True


def _forward(
    reader: Connection, on_output: Output, pause: Callable[[], object]
) -> None:
    """Read what the container prints; hand on whole lines."""
    rest = b""
    while True:
        try:
            chunk = os.read(reader.fileno(), 65536)
        except OSError:
            break
        if not chunk:
            break
        *lines, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
        if len(rest) > LONGEST_LINE:
            lines, rest = [*lines, rest], b""
        _hand_on(lines, on_output)
        if len(chunk) < MUCH_OUTPUT:
            pause()
    if rest:
        _hand_on([rest], on_output)
    reader.close()


def _hand_on(lines: list[bytes], on_output: Output) -> None:
    try:
        if lines:
            on_output([line.decode(errors="replace") for line in lines])
    except Exception:  # nobody would read on, and the container would block
        log.exception("A container's output was lost")
