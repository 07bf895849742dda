"""Containers as processes: output, exit codes, and that nothing outlives them."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from waiting import soon

from cloudlet.runner import processes, warm_parent
from cloudlet.runner.processes import ClosedError, ContainerSpec, Processes
from runner.conftest import Started

Run = Callable[..., Started]
PROGRAMS = "runner.container_programs"


def marked(mark: str) -> list[int]:
    """Living processes that were started with MARK=mark."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"MARK={mark}".encode() in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def sleepers(mark: str) -> list[int]:
    """Those of them that sleep: shells on their way to it come and go."""
    found = []
    for pid in marked(mark):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text() == "sleep\n":
                found.append(pid)
    return sorted(found)


@pytest.fixture
def mark() -> str:
    return uuid.uuid4().hex


def test_output_comes_in_whole_lines(run: Run) -> None:
    script = (
        r"printf 'one\n\ntwo'; sleep 0.05; printf ' halves\r\nthree\n' >&2;"
        r"printf '\xff\xfe\nlast'"
    )
    started = run("bash", "-c", script)
    assert started.ended() == 0
    assert started.lines == ["one", "", "two halves", "three", "\ufffd\ufffd", "last"]


def test_a_line_without_end_does_not_fill_the_memory(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "LONGEST_LINE", 1000)
    started = run("bash", "-c", "head -c 300000 /dev/zero | tr '\\0' x")
    assert started.ended() == 0
    assert len(started.lines) > 1
    assert sum(map(len, started.lines)) == 300_000


def test_a_listener_that_fails_does_not_stop_the_program(
    processes: Processes, tmp_path: Path
) -> None:
    def broken(_: list[str]) -> None:
        raise RuntimeError("a regex that hangs itself up")

    command = ("bash", "-c", "head -c 500000 /dev/zero | tr '\\0' '\\n'; exit 5")
    environment = {"PATH": os.environ["PATH"]}
    spec = ContainerSpec(tmp_path, environment, command=command)
    process = processes.start(spec, broken)
    assert process.wait(60)
    assert process.exit_code == 5


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("true",), 0),
        (("bash", "-c", "exit 7"), 7),
        (("bash", "-c", "kill -9 $$"), -9),
        (("bash", "-c", "yes | head -n 1; exit ${PIPESTATUS[0]}"), 141),
    ],
)
def test_the_exit_code_is_the_entry_points(
    run: Run, command: tuple[str, ...], code: int
) -> None:
    started = run(*command)
    assert started.ended() == code
    assert not started.container.failure.exists()


@pytest.mark.parametrize(
    ("function", "code", "failure"),
    [
        ("tell", 0, None),
        ("exit_three", 3, None),
        ("exit_with_text", 1, None),
        ("customers_fault", 1, "ClientError: the channel is missing"),
        ("bug", 1, "ZeroDivisionError: halves of nothing"),
        ("is_not_there", 1, "AttributeError"),
    ],
)
def test_a_program_of_ours_says_how_it_ended(
    run: Run, function: str, code: int, failure: str | None
) -> None:
    started = run(program=f"{PROGRAMS}:{function}")
    assert started.ended() == code
    if failure is None:
        assert not started.container.failure.exists()
    else:
        assert failure in started.container.failure.read_text()
        assert any(failure in line for line in started.lines)


def test_an_entry_point_that_is_not_there_is_the_customers_fault(run: Run) -> None:
    started = run("/no/such/program")
    assert started.ended() == 1
    reason = started.container.failure.read_text()
    assert reason.startswith("ClientError: the entry point /no/such/program can't be")


def test_a_container_sees_its_own_variables_and_no_file_of_the_clouds(run: Run) -> None:
    started = run(program=f"{PROGRAMS}:tell", environment={"ONLY": "this"})
    assert started.ended() == 0
    shown = dict(line.split(" ", 1) for line in started.lines)
    assert shown["variables"] == "HOME,ONLY,PATH"
    assert int(shown["files"]) == 4  # 0, 1, 2, and the listing's own


def test_aws_has_no_address_inside_a_container(run: Run) -> None:
    url = {"CLOUDLET_URL": "http://127.0.0.1:9"}
    started = run(program=f"{PROGRAMS}:look_up_aws", environment=url)
    assert started.ended() == 0
    assert "is AWS, and this program runs in the local cloud" in started.lines[0]


ORPHANS = (
    "sleep 4000 & setsid sleep 4000 & (setsid bash -c 'sleep 4000 & sleep 4000' &)\n"
    "(nohup setsid sleep 4000 >/dev/null 2>&1 &)\n"
    "echo ready\n"
)


def test_what_an_ended_program_leaves_behind_ends_too(run: Run, mark: str) -> None:
    started = run("bash", "-c", ORPHANS + "exit 4", environment={"MARK": mark})
    assert started.ended() == 4
    assert soon(lambda: not marked(mark))


@pytest.mark.parametrize("how", ["kill", "kill -9 from outside", "close"])
def test_what_a_killed_program_leaves_behind_ends_too(
    run: Run, processes: Processes, mark: str, how: str
) -> None:
    started = run("bash", "-c", ORPHANS + "sleep 4000", environment={"MARK": mark})
    assert soon(lambda: "ready" in started.lines and len(marked(mark)) >= 6)
    if how == "kill":
        started.process.kill()
    elif how == "close":
        processes.close()
    else:
        os.kill(started.process.pid, signal.SIGKILL)
    assert started.ended() == -9
    assert soon(lambda: not marked(mark))


def test_the_end_of_one_leaves_the_others_alone(run: Run, mark: str) -> None:
    other = run("bash", "-c", ORPHANS + "sleep 4000", environment={"MARK": mark})
    assert soon(lambda: len(sleepers(mark)) == 6)
    before = sleepers(mark)
    for _ in range(5):
        run("bash", "-c", ORPHANS).ended()
    assert other.process.alive
    # An orphan in a session of its own belongs to its container, which adopts it.
    assert sleepers(mark) == before


def test_a_container_that_was_just_started_can_be_killed(run: Run) -> None:
    for _ in range(10):
        started = run("sleep", "4000")
        started.process.kill()
        assert started.ended(20) == -9


def test_sigterm_gives_time_to_save(run: Run) -> None:
    script = "trap 'sleep 0.2; echo saved; exit 0' TERM; echo ready; " + (
        "while :; do sleep 0.05; done"
    )
    # As in SDK v3's jobs: a shell, which ends at once, around the program.
    started = run("bash", "-c", f'bash -c "{script}"; echo not reached')
    assert soon(lambda: "ready" in started.lines)
    started.process.terminate()
    started.ended()
    assert started.lines[0] == "ready"
    assert started.lines[-1] == "saved"


def test_sigterm_is_not_the_end_of_who_ignores_it(run: Run, mark: str) -> None:
    script = "trap '' TERM; echo ready; while :; do sleep 0.05; done"
    started = run("bash", "-c", script, environment={"MARK": mark})
    assert soon(lambda: "ready" in started.lines)
    started.process.terminate()
    assert not started.process.wait(0.3)
    started.process.kill()
    assert started.ended() == -9
    assert soon(lambda: not marked(mark))


def test_an_ended_container_gets_no_signals(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = run("true")
    started.ended()
    sent: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda *_: sent.append(1))
    monkeypatch.setattr(os, "kill", lambda *_: sent.append(2))
    started.process.kill()
    started.process.terminate()
    assert sent == []  # the number may be somebody else's by now


def test_several_at_once_do_not_mix(run: Run) -> None:
    script = "for i in 1 2 3 4 5; do echo $NAME-$i; sleep 0.01; done; exit $NAME"
    several = [
        run("bash", "-c", script, environment={"NAME": str(n)}) for n in range(8)
    ]
    assert [started.ended() for started in several] == list(range(8))
    for number, started in enumerate(several):
        assert started.lines == [f"{number}-{i}" for i in range(1, 6)]


def test_after_close_nothing_starts(processes: Processes, tmp_path: Path) -> None:
    processes.close()
    with pytest.raises(ClosedError):
        processes.start(ContainerSpec(tmp_path, {}, command=("true",)), print)


def test_without_a_fork_server_containers_are_spawned(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    started = run(program=f"{PROGRAMS}:tell")
    assert started.ended() == 0
    assert (started.container.model / "model").exists()


def test_when_the_warm_parent_is_killed_another_takes_its_place(run: Run) -> None:
    victim = run("sleep", "4000")
    parent = warm_parent.pid()
    assert parent is not None
    os.kill(parent, signal.SIGKILL)
    assert victim.ended() not in (0, None)
    assert run("true").ended() == 0
    assert warm_parent.pid() not in (parent, None)


def test_openmp_does_not_spin_in_containers(run: Run) -> None:
    run("true").ended()
    parent = warm_parent.pid()
    assert b"GOMP_SPINCOUNT=20000" in Path(f"/proc/{parent}/environ").read_bytes()
