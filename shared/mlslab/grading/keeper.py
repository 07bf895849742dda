"""Who keeps a sandbox: starts what runs inside, watches it from outside, and ends it.

A keeper is forked from a stage. It has two sockets: the *line* to the grader, and the
one that it hands to what runs inside. On the line it hears `{"interrupt": true}`, and
tells `{"ended": …}`; the line's end is the end of the sandbox, whatever happened to the
grader.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mlslab.grading.frames import Broken, Channel
from mlslab.grading.sandbox import Allowance, View, enter, own_processes

_LOOK_SECONDS = 0.2
MEMORY = "memory"
"""Why a sandbox was ended, if it was for its memory."""


def keep_kernel(line: socket.socket, inside: socket.socket) -> None:
    """Keep a learner's kernel."""
    from mlslab.grading import kernel

    _keep(line, inside, kernel.main)


def keep_cloud(line: socket.socket, inside: socket.socket) -> None:
    """Keep the local cloud of one run."""
    from mlslab.grading import cloud

    _keep(line, inside, cloud.main)


def _keep(
    line: socket.socket, inside: socket.socket, run: Callable[[socket.socket], None]
) -> None:
    channel = Channel(line)
    told = channel.receive()
    walls, user = told["view"] is not None, os.getpid() * 2 + told["user"]
    allowance = Allowance(**told["allowance"])
    if walls:
        own_processes()
    ended = _hear_of_ends()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            line.close()
            os.setsid()  # Linux shares the processors out by session, not by process
            if walls:
                mounts = tuple((source, target) for source, target in told["view"])
                enter(View(mounts), allowance, user)
            _quiet()
            run(inside)
            code = 0
        except BaseException as error:
            with contextlib.suppress(BaseException):
                Channel(inside).send({"failed": f"{type(error).__name__}: {error}"})
        finally:
            os._exit(code)
    inside.close()
    with contextlib.suppress(Broken):
        channel.send({"ended": _watch(pid, ended, channel, allowance, walls)})


def _watch(
    pid: int, ended: int, channel: Channel, allowance: Allowance, walls: bool
) -> dict[str, Any]:
    """Until it ends: hear the line, look at the memory; gives how it ended."""
    why, hearing, looked = "", True, time.monotonic()
    while True:
        lines = [channel.fileno()] if hearing else []
        ready, _, _ = select.select([ended, *lines], [], [], _LOOK_SECONDS)
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            _kill(pid, walls)
            return {"code": os.waitstatus_to_exitcode(status), "why": why}
        if ended in ready:
            os.read(ended, 512)
        if channel.fileno() in ready and not _hear(channel, pid):
            hearing = False
            _kill(pid, walls)
        elif time.monotonic() - looked > _LOOK_SECONDS:
            looked = time.monotonic()
            if _megabytes(pid, allowance.memory_mb) > allowance.memory_mb:
                why = MEMORY
                _kill(pid, walls)


def _hear_of_ends() -> int:
    """A descriptor that can be read when a child has ended."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def _hear(channel: Channel, pid: int) -> bool:
    """Do what the line says; whether it goes on."""
    try:
        channel.receive()
    except Broken:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    return True


def _kill(pid: int, walls: bool) -> None:
    """End all of it: inside walls, everything dies with its first process."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)
    if not walls:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def _megabytes(pid: int, enough: int) -> int:
    """What a process and its descendants hold, in MB.

    What they share counts once; it takes time to know, so not before it matters.
    """
    family = list(_family(pid))
    roughly = sum(
        _kilobytes(each, "status", "RssAnon:", "RssShmem:") for each in family
    )
    if roughly < enough * 1024:
        return 0
    return sum(_kilobytes(each, "smaps_rollup", "Pss:") for each in family) // 1024


def _family(pid: int) -> Iterator[int]:
    yield pid
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in path.read_text().split():
                yield from _family(int(child))


def _kilobytes(pid: int, file: str, *names: str) -> int:
    found = 0
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(names):
                found += int(line.split()[1])
    return found


def _quiet() -> None:
    """What is printed past Python, by a C library or a child, goes nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
