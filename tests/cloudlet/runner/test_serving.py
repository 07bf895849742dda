"""Model servers: answered, replaced when they die, drained, and gone when stopped."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from waiting import soon

from cloudlet.runner import serving
from cloudlet.runner.processes import Processes
from cloudlet.runner.serving import (
    ModelServer,
    ServerDiedError,
    ServerFailedError,
    ServerRetiredError,
)

Serve = Callable[..., ModelServer]
TEXT = {"Content-Type": "text/plain"}


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def serve(processes: Processes, tmp_path: Path, lines: list[str]) -> Iterator[Serve]:
    """`serve()`: a server of the echoing predictor; stopped at the end."""
    servers = []

    def start(function: str = "load", name: str = "") -> ModelServer:
        folder = tmp_path / f"{name}{len(servers)}"
        (folder / "ml" / "model").mkdir(parents=True)
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        program = f"runner.container_programs:{function}"
        server = ModelServer(processes, folder, program, environment, lines.extend)
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


def pid_of(server: ModelServer) -> int:
    return int(server.invoke(b"pid", TEXT).body[3:])


def answers(server: ModelServer, seconds: float = 20) -> bool:
    """Whether it answers again, soon."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            return server.invoke(b"x", TEXT).body == b"x"
        except ServerDiedError:
            time.sleep(0.01)
    return False


def test_it_answers_with_body_and_type(serve: Serve) -> None:
    server = serve()
    answer = server.invoke(b"1,2\n", {"Content-Type": "text/csv"})
    assert (answer.status, answer.content_type, answer.body) == (
        200,
        "text/csv",
        b"1,2\n",
    )
    big = os.urandom(6 * 1024 * 1024)
    assert server.invoke(b"\xff" + big, TEXT).body == b"\xff" + big
    assert server.invoke(b"", TEXT).body == b""


def test_the_path_of_its_folder_may_be_long(serve: Serve) -> None:
    server = serve(name="a-socket-has-no-address-of-this-length-" * 4)
    assert server.invoke(b"x", TEXT).body == b"x"
    os.kill(pid_of(server), signal.SIGKILL)
    assert answers(server)


def test_errors_are_answers_too(serve: Serve, lines: list[str]) -> None:
    server = serve()
    bad = server.invoke(b"bad", TEXT)
    assert (bad.status, bad.body) == (415, b"wrong columns")
    bug = server.invoke(b"bug", TEXT)
    assert (bug.status, bug.body) == (500, b"ZeroDivisionError: halves of nothing")
    assert server.invoke(b"x", TEXT).body == b"x"
    # The log comes by a pipe of its own.
    assert soon(lambda: any("ZeroDivisionError" in line for line in lines))


def test_many_are_answered_at_once(serve: Serve) -> None:
    server, seen = serve(), []

    def ask(number: int) -> None:
        body = f"{number}".encode()
        seen.append(server.invoke(body, TEXT).body == body)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == [True] * 20


@pytest.mark.parametrize("how", ["in an answer", "from outside"])
def test_a_server_that_dies_is_started_anew(
    serve: Serve, lines: list[str], how: str
) -> None:
    server = serve()
    first = pid_of(server)
    if how == "in an answer":
        with pytest.raises(ServerDiedError):
            server.invoke(b"die", TEXT)
    else:
        os.kill(first, signal.SIGKILL)
    assert answers(server)
    assert pid_of(server) != first
    assert "The container ended with exit code -9; restarting." in lines


def test_a_server_that_dies_again_and_again_is_left(
    serve: Serve, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "MOST_RESTARTS", 2)
    server = serve()
    for _ in range(3):
        assert answers(server)
        with pytest.raises(ServerDiedError):
            server.invoke(b"die", TEXT)
    deadline = time.monotonic() + 20
    while not any("left so" in line for line in lines):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with pytest.raises(ServerDiedError):
        server.invoke(b"x", TEXT)


def test_long_lives_between_deaths_are_forgiven(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "MOST_RESTARTS", 1)
    monkeypatch.setattr(serving, "SHORT_LIFE_SECONDS", 0)
    server = serve()
    for _ in range(4):
        assert answers(server)
        os.kill(pid_of(server), signal.SIGKILL)
    assert answers(server)


def test_a_server_that_does_not_come_up_says_so(serve: Serve, lines: list[str]) -> None:
    with pytest.raises(ServerFailedError, match="it ended with exit code 1"):
        serve("load_fails")
    assert any("FileNotFoundError: no model in" in line for line in lines)


def test_an_answer_that_takes_too_long_is_a_timeout(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    monkeypatch.setattr(serving, "INVOCATION_SECONDS", 0.2)
    server._idle.queue.clear()  # what is kept has the old patience
    with pytest.raises(TimeoutError):
        server.invoke(b"sleep 5", TEXT)
    assert server.invoke(b"x", TEXT).body == b"x"


def test_draining_lets_what_has_begun_end(serve: Serve, tmp_path: Path) -> None:
    server, answered = serve(), []
    pid = pid_of(server)
    thread = threading.Thread(
        target=lambda: answered.append(server.invoke(b"sleep 0.5", TEXT).body)
    )
    thread.start()
    time.sleep(0.2)
    server.drain()
    thread.join(10)
    assert answered == [b"sleep 0.5"]
    with pytest.raises(ServerRetiredError):
        server.invoke(b"x", TEXT)
    assert not (tmp_path / "0").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_server_stopped_while_it_restarts_leaves_no_process(
    serve: Serve, processes: Processes
) -> None:
    for delay in (0, 0.01, 0.03, 0.06):
        server = serve()
        os.kill(pid_of(server), signal.SIGKILL)
        time.sleep(delay)
        server.stop()
    deadline = time.monotonic() + 20
    while processes._running:
        assert time.monotonic() < deadline
        time.sleep(0.01)
