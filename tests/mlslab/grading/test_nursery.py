"""The warm process: it starts clean, forks as told, and ends with its socket."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlslab.grading import nursery as module
from mlslab.grading import sandbox
from mlslab.grading.frames import Broken, Channel
from mlslab.grading.nursery import Nursery, NurseryError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

PATIENCE = 30.0
SECRET = "NURSERY_TEST_TOKEN"
LIGHT = """
from mlslab.grading import nursery
nursery.ALWAYS, nursery.ROLES = (), {"stage": nursery.ROLES["stage"]}
nursery.run()
"""
"""A nursery that loads nothing, for tests of how one starts and ends."""


class Warm:
    """A nursery, and the process that it is."""

    def __init__(self) -> None:
        before = children(os.getpid())
        self.nursery = Nursery.start(sys.path)
        self.nursery.load(["colorsys", "no_such_module"])
        self.nursery.ready()
        (self.pid,) = children(os.getpid()) - before
        self.watched = os.pidfd_open(self.pid)

    def end(self) -> None:
        """Close it, and wait until its process is gone."""
        self.nursery.close()
        assert has_ended(self.watched)
        os.close(self.watched)
        os.waitpid(self.pid, 0)


def children(pid: int) -> set[int]:
    """The processes that a process has started."""
    texts = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return {int(number) for text in texts for number in text.split()}


def environment(pid: int) -> dict[str, str]:
    """What a process was started with."""
    pairs = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)


def mapped(pid: int) -> str:
    """The files that a process has in its memory."""
    return Path(f"/proc/{pid}/maps").read_text()


def has_ended(watched: int) -> bool:
    """Whether a process ends within a test's patience."""
    return bool(select.select([watched], [], [], PATIENCE)[0])


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    """A nursery that was started by somebody with a secret in their environment."""
    patch = pytest.MonkeyPatch()
    patch.setenv(SECRET, "yes")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "yes")
    patch.setenv("PYTHONPATH", "/nowhere")
    one = Warm()
    patch.undo()
    yield one
    one.end()


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> Warm:
    """A nursery that is quick to start; the test ends it."""
    monkeypatch.setattr(module, "_PROGRAM", LIGHT)
    return Warm()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A socket for the test, and one for a fork."""
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE)
    with ours, theirs:
        yield ours, theirs


Pair = tuple[socket.socket, socket.socket]


def stage(warm: Warm, pair: Pair, walls: bytes = b"-") -> int:
    """Fork a stage; gives its number once it can fork."""
    ours, theirs = pair
    pid = warm.nursery.fork("stage", theirs)
    theirs.close()
    ours.sendall(walls)
    assert ours.recv(1) == b"w"
    return pid


def test_its_environment_names_no_account_and_no_secret(warm: Warm) -> None:
    found = environment(warm.pid)
    fixed = {
        "MPLBACKEND",
        "PYTHONHASHSEED",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "PYDEVD_DISABLE_FILE_VALIDATION",
    }
    assert set(found) - fixed <= set(module._KEPT)
    assert found["PATH"] == os.environ["PATH"]
    assert found["PYTHONHASHSEED"] == "0"
    assert not any(
        word in name for name in found for word in ("AWS", "TOKEN", "SECRET")
    )


def test_it_is_a_session_of_its_own(warm: Warm) -> None:
    assert os.getsid(warm.pid) == warm.pid != os.getsid(0)


def test_a_fork_has_its_socket_and_no_other(warm: Warm, pair: Pair) -> None:
    pid = stage(warm, pair)
    links = [os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()]
    assert len([link for link in links if link.startswith("socket:")]) == 1


def test_forks_are_many_and_each_has_its_number(warm: Warm) -> None:
    ends = []
    numbers = set()
    for _ in range(5):
        ours, theirs = socket.socketpair()
        numbers.add(warm.nursery.fork("judge", theirs))
        theirs.close()
        ends.append(ours)
    assert len(numbers) == 5
    assert numbers <= children(warm.pid)
    watched = [os.pidfd_open(number) for number in numbers]
    for end in ends:
        end.close()
    assert all(map(has_ended, watched))
    for each in watched:
        os.close(each)


def test_an_interrupt_at_the_keyboard_is_not_for_it(warm: Warm, pair: Pair) -> None:
    os.kill(warm.pid, signal.SIGINT)
    assert stage(warm, pair) in children(warm.pid)


def test_a_role_that_there_is_not_ends_the_fork_alone(warm: Warm, pair: Pair) -> None:
    ours, theirs = pair
    warm.nursery.fork("os:system", theirs)
    theirs.close()
    assert ours.recv(1) == b""
    mine, its = socket.socketpair()
    with mine:
        assert stage(warm, (mine, its))


def test_a_stage_ends_with_its_socket(warm: Warm, pair: Pair) -> None:
    pid = stage(warm, pair)
    watched = os.pidfd_open(pid)
    pair[0].close()
    assert has_ended(watched)
    os.close(watched)


@pytest.mark.namespaces
@pytest.mark.skipif(bool(sandbox.missing()), reason=sandbox.missing() or "-")
def test_a_stage_with_walls_has_a_network_of_its_own(warm: Warm, pair: Pair) -> None:
    walled = stage(warm, pair, b"w")
    mine, its = socket.socketpair()
    with mine:
        plain = stage(warm, (mine, its))
        worlds = [os.readlink(f"/proc/{pid}/ns/net") for pid in (walled, plain, "self")]
    assert worlds[0] != worlds[1] == worlds[2]


def kernel(nursery: Nursery, folder: Path) -> tuple[Channel, Channel]:
    """A kernel without walls, ready: the keeper's line, and the channel to it."""
    line, keepers = socket.socketpair()
    ours, inside = socket.socketpair()
    nursery.fork("kernel", keepers, inside)
    for each in (keepers, inside):
        each.close()
    for each in (line, ours):
        each.settimeout(PATIENCE)
    allowance = {"memory_mb": 4096, "disk_mb": 8, "processes": 8}
    Channel(line).send({"view": None, "user": 0, "allowance": allowance})
    setup = {"environment": {"TOLD": "yes"}, "path": sys.path, "folder": str(folder)}
    channel = Channel(ours)
    channel.send(setup)
    assert channel.receive() == {"channel": "control", "ready": True}
    return Channel(line), channel


def run(channel: Channel, code: str) -> None:
    """Run a cell, and wait for its reply."""
    header = {"msg_id": "1", "msg_type": "execute_request"}
    content = {"code": code, "silent": False, "allow_stdin": False}
    rest = {"parent_header": {}, "metadata": {}, "content": content}
    channel.send({"header": header, **rest})
    while (frame := channel.receive())["channel"] != "shell":
        pass
    assert frame["msg"]["content"]["status"] == "ok", frame


def value(channel: Channel, name: str) -> Any:
    """A variable of the kernel, as the desk tells it."""
    channel.send({"ask": "value", "name": name, "id": "2"})
    while (frame := channel.receive())["channel"] != "desk":
        pass
    return frame["value"]


CELL = """
import os, sys
answer = 6 * 7
names = sorted(os.environ)
folder = os.getcwd()
warm = "colorsys" in sys.modules, "skops.io" in sys.modules
"""


def test_a_kernel_is_warm_and_has_only_what_it_is_told(
    warm: Warm, pair: Pair, tmp_path: Path
) -> None:
    stage(warm, pair)
    line, channel = kernel(Nursery(pair[0]), tmp_path)
    run(channel, CELL)
    assert value(channel, "answer") == 42
    names = set(value(channel, "names")["v"])
    assert "TOLD" in names
    assert not names & {SECRET, "AWS_SECRET_ACCESS_KEY", "PATH", "HOME"}
    assert value(channel, "folder") == str(tmp_path)
    assert value(channel, "warm")["v"] == [True, True]
    line._socket.shutdown(socket.SHUT_WR)
    assert line.receive()["ended"]["why"] == ""
    with pytest.raises(Broken):
        channel.receive()
    line._socket.close()
    channel._socket.close()


def test_it_ends_with_its_socket_and_leaves_nothing(light: Warm) -> None:
    ours, theirs = socket.socketpair()
    watched = os.pidfd_open(stage(light, (ours, theirs)))
    ours.close()
    light.end()
    assert has_ended(watched)
    os.close(watched)
    assert not Path(f"/proc/{light.pid}").exists()


def test_one_that_is_gone_says_so(light: Warm, pair: Pair) -> None:
    os.kill(light.pid, signal.SIGKILL)
    assert has_ended(light.watched)
    with pytest.raises(NurseryError, match="the warm process is gone"):
        light.nursery.fork("stage", pair[1])
    light.end()


def test_one_that_does_not_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PROGRAM", "raise SystemExit(3)")
    nursery = Nursery.start([])
    with pytest.raises(NurseryError, match="did not start: exit 3"):
        nursery.fork("stage")
    nursery.close()


def test_one_that_is_closed_before_it_is_warm_leaves_no_process() -> None:
    before = children(os.getpid())
    Nursery.start(sys.path).close()
    assert children(os.getpid()) == before


def test_what_only_a_lab_may_ask_for_is_not_loaded(warm: Warm) -> None:
    libraries = ("libtorch", "cupy", "jaxlib")
    assert not any(name in mapped(warm.pid) for name in libraries)
