"""Keepers: what they tell, hear and end, with functions of the test inside."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import pytest

from mlslab.grading import sandbox
from mlslab.grading.frames import Broken, Channel
from mlslab.grading.keeper import MEMORY, _keep, _megabytes
from mlslab.grading.sandbox import Allowance

PATIENCE = 30.0
"""Seconds after which a test that waits for a frame has failed."""

ROOMY = Allowance(memory_mb=4096, disk_mb=8, processes=16)
SMALL = Allowance(memory_mb=256, disk_mb=8, processes=16)
WALLED = pytest.param(
    True,
    id="walls",
    marks=[
        pytest.mark.namespaces,
        pytest.mark.skipif(bool(sandbox.missing()), reason=sandbox.missing() or "-"),
    ],
)
Run = Callable[[socket.socket], None]
both = pytest.mark.parametrize("walls", [pytest.param(False, id="no walls"), WALLED])


class Kept:
    """A keeper as the grader has it: its line, and the channel to the inside."""

    def __init__(self, line: socket.socket, channel: socket.socket) -> None:
        for each in (line, channel):
            each.settimeout(PATIENCE)
        self._line = line
        self.line, self.channel = Channel(line), Channel(channel)

    def no_more_to_say(self) -> None:
        """End the line; what the keeper tells can still be heard."""
        self._line.shutdown(socket.SHUT_WR)

    def ended(self) -> dict[str, Any]:
        """Wait for the end."""
        told: dict[str, Any] = self.line.receive()["ended"]
        return told

    def all_gone(self) -> bool:
        """Whether nobody inside holds the channel any more, once it has ended."""
        with pytest.raises(Broken) as caught:
            self.channel.receive()
        return "gone" in str(caught.value)


@contextmanager
def kept(run: Run, walls: bool, allowance: Allowance = ROOMY) -> Iterator[Kept]:
    """A keeper of a function, which ends with the block."""
    line, keepers = socket.socketpair()
    channel, inside = socket.socketpair()
    keeper = os.fork()
    if keeper == 0:
        line.close()
        channel.close()
        with contextlib.suppress(BaseException):
            if walls:
                sandbox.own_network()
            _keep(keepers, inside, run)
        os._exit(0)
    keepers.close()
    inside.close()
    kept = Kept(line, channel)
    view = [] if walls else None
    kept.line.send({"view": view, "user": 0, "allowance": asdict(allowance)})
    try:
        yield kept
    finally:
        line.close()
        os.waitpid(keeper, 0)
        channel.close()


def until_a_signal(channel: Channel, frame: Any) -> None:
    """Tell something, and wait for a signal."""
    channel.send(frame)
    while True:
        signal.pause()


@both
def test_what_runs_inside_speaks_by_its_channel(walls: bool) -> None:
    def run(inside: socket.socket) -> None:
        channel = Channel(inside)
        channel.send(channel.receive() * 2)

    with kept(run, walls) as one:
        one.channel.send("hello")
        assert one.channel.receive() == "hellohello"
        assert one.ended() == {"code": 0, "why": ""}
        assert one.all_gone()


@both
def test_how_it_ended_is_told(walls: bool) -> None:
    def run(inside: socket.socket) -> None:
        os._exit(3)

    with kept(run, walls) as one:
        assert one.ended() == {"code": 3, "why": ""}


@both
def test_what_does_not_start_says_why(walls: bool) -> None:
    def run(inside: socket.socket) -> None:
        raise ValueError("no such lab")

    with kept(run, walls) as one:
        assert one.channel.receive() == {"failed": "ValueError: no such lab"}
        assert one.ended() == {"code": 1, "why": ""}


@both
def test_what_is_printed_goes_nowhere(walls: bool) -> None:
    def run(inside: socket.socket) -> None:
        places = [os.fstat(each).st_rdev for each in (0, 1, 2)]
        Channel(inside).send(places)

    nowhere = os.stat(os.devnull).st_rdev
    with kept(run, walls) as one:
        assert one.channel.receive() == [nowhere] * 3


@both
def test_an_interrupt_reaches_it_and_it_goes_on(walls: bool) -> None:
    def run(inside: socket.socket) -> None:
        channel = Channel(inside)
        for number in range(2):
            with contextlib.suppress(KeyboardInterrupt):
                until_a_signal(channel, number)
        channel.send("goes on")

    with kept(run, walls) as one:
        for number in range(2):
            assert one.channel.receive() == number
            one.line.send({"interrupt": True})
        assert one.channel.receive() == "goes on"
        assert one.ended() == {"code": 0, "why": ""}


def stubborn(inside: socket.socket) -> None:
    """Ignores what can be ignored, and has a child that does the same."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_IGN)
    if os.fork() == 0:
        until_a_signal(Channel(inside), "child")
    until_a_signal(Channel(inside), "parent")


@both
def test_the_lines_end_is_its_end(walls: bool) -> None:
    with kept(stubborn, walls) as one:
        assert {one.channel.receive(), one.channel.receive()} == {"child", "parent"}
        one.no_more_to_say()
        assert one.ended() == {"code": -signal.SIGKILL, "why": ""}
        assert one.all_gone()


@both
def test_it_ends_too_if_the_grader_is_gone(walls: bool) -> None:
    with kept(stubborn, walls) as one:
        assert {one.channel.receive(), one.channel.receive()} == {"child", "parent"}
        one._line.close()
        assert one.all_gone()


def leaving_a_child(leave: Callable[[], Any]) -> Run:
    """Ends when it is told, and leaves a child behind."""

    def run(inside: socket.socket) -> None:
        if os.fork() == 0:
            leave()
            until_a_signal(Channel(inside), "child")
        Channel(inside).receive()

    return run


@both
def test_a_child_does_not_outlive_it(walls: bool) -> None:
    with kept(leaving_a_child(lambda: None), walls) as one:
        assert one.channel.receive() == "child"
        one.channel.send("end")
        assert one.ended() == {"code": 0, "why": ""}
        assert one.all_gone()


@pytest.mark.parametrize("walls", [WALLED])
def test_behind_walls_not_even_a_child_that_leaves_the_group(walls: bool) -> None:
    with kept(leaving_a_child(os.setsid), walls) as one:
        assert one.channel.receive() == "child"
        one.channel.send("end")
        assert one.ended() == {"code": 0, "why": ""}
        assert one.all_gone()


@both
def test_memory_counts_for_all_of_it_together(walls: bool) -> None:
    def run(inside: socket.socket) -> None:
        os.fork()
        held = b"x" * (200 * 1024 * 1024)
        until_a_signal(Channel(inside), len(held))

    with kept(run, walls, SMALL) as one:
        assert one.ended() == {"code": -signal.SIGKILL, "why": MEMORY}
        with pytest.raises(Broken):  # after what they said before
            for _ in range(3):
                one.channel.receive()


@both
def test_shared_memory_counts_once(walls: bool) -> None:
    def run(inside: socket.socket) -> None:
        held = b"x" * (200 * 1024 * 1024)
        channel, (told, holding) = Channel(inside), os.pipe()
        for _ in range(4):
            if os.fork() == 0:
                os.close(holding)
                os.read(told, 1)
                os._exit(0)
        channel.send([len(held) // 1024 // 1024, _megabytes(os.getpid(), enough=1)])

    with kept(run, walls) as one:
        held, counted = one.channel.receive()
        assert held <= counted < 5 * held
        assert one.ended() == {"code": 0, "why": ""}


def test_a_line_that_says_nothing_keeps_nothing() -> None:
    def run(inside: socket.socket) -> None:
        Channel(inside).send("ran")

    line, keepers = socket.socketpair()
    channel, inside = socket.socketpair()
    keeper = os.fork()
    if keeper == 0:
        line.close()
        with contextlib.suppress(Broken):
            _keep(keepers, inside, run)
        os._exit(0)
    for each in (line, keepers, inside):
        each.close()
    os.waitpid(keeper, 0)
    channel.settimeout(PATIENCE)
    with channel, pytest.raises(Broken, match="gone"):
        Channel(channel).receive()
