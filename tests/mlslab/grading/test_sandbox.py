"""The walls from inside: each probe is a function that a fork calls behind them."""

from __future__ import annotations

import errno
import json
import os
import resource
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from cloudlet.runner import linux
from mlslab.grading import sandbox
from mlslab.grading.sandbox import HOME, SCRATCH, Allowance, View

walls = pytest.mark.skipif(bool(sandbox.missing()), reason=sandbox.missing() or "-")
ALLOWANCE = Allowance(memory_mb=512, disk_mb=8, processes=4)
NOTHING = View(())
MEGABYTE = 1024 * 1024
WRITTEN = f"mlslab-test-{uuid4().hex}"
UNPRIVILEGED = os.geteuid() != 0


def forked(work: Callable[[], Any]) -> Any:
    """What a function gives in a process of its own, which then ends."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            told = {"gives": work()}
        except BaseException as error:
            told = {"raises": f"{type(error).__name__}: {error}"}
        os.write(writer, json.dumps(told).encode())
        os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as text:
        told = json.load(text)
    os.waitpid(child, 0)
    assert "raises" not in told, told["raises"]
    return told["gives"]


def inside(
    probe: Callable[[], Any], view: View = NOTHING, allowance: Allowance = ALLOWANCE
) -> Any:
    """What a function gives behind the walls."""

    def enter_and_probe() -> Any:
        sandbox.enter(view, allowance, user=7)
        return probe()

    def stage() -> Any:
        sandbox.own_network()
        sandbox.own_processes()
        return forked(enter_and_probe)

    return forked(stage)


def refusal(action: Callable[[], Any]) -> str:
    """The name of the error that an action ends with; empty if it succeeds."""
    try:
        action()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, repr(error))
    return ""


def writing(folder: str) -> str:
    """How making a file in a folder is refused; empty if it is not."""
    return refusal(lambda: Path(folder, WRITTEN).write_text("x"))


def rights() -> dict[str, str]:
    """Capabilities of this process, and whether it may gain some."""
    wanted = ("CapInh", "CapPrm", "CapEff", "CapAmb", "NoNewPrivs")
    lines = Path("/proc/self/status").read_text().splitlines()
    pairs = (line.partition(":") for line in lines)
    return {key: value.strip() for key, _, value in pairs if key in wanted}


NO_RIGHTS = dict.fromkeys(("CapInh", "CapPrm", "CapEff", "CapAmb"), "0" * 16)
NO_RIGHTS["NoNewPrivs"] = "1"


@pytest.fixture
def shown() -> Iterator[Path]:
    """A folder of the machine with a file in it, that every user may read."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        Path(folder, "file").write_text("of the machine")
        yield Path(folder)


@walls
@pytest.mark.namespaces
class TestEnter:
    """Behind the walls of `enter`."""

    def test_only_the_system_is_seen(self, shown: Path) -> None:
        def probe() -> Any:
            folders = ("/", "/etc", "/opt", HOME, "/dev/shm")
            return [sorted(os.listdir(folder)) for folder in folders]

        root, etc, opt, home, shm = inside(probe)
        system = {"bin", "sbin", "lib", "lib32", "lib64", "usr"}
        assert set(root) - system == {"dev", "etc", "opt", "proc", "tmp"}
        assert set(etc) <= set(sandbox._ETC)
        assert "shadow" not in etc
        assert (opt, home, shm) == (["ml"], [], [])
        assert not inside(shown.exists)

    def test_what_is_in_the_view_is_seen_at_its_target(self, shown: Path) -> None:
        mounts = (
            (str(shown), "/opt/course"),
            (str(shown / "file"), "/opt/one/file"),
            (str(shown / "nothing"), "/opt/nothing"),
        )

        def probe() -> Any:
            texts = [Path(f"/opt/{n}/file").read_text() for n in ("course", "one")]
            refused = writing("/opt/course")
            over = refusal(lambda: Path("/opt/one/file").write_text("x"))
            return [*texts, refused, over, os.path.exists("/opt/nothing")]

        text = "of the machine"
        assert inside(probe, View(mounts)) == [text, text, "EROFS", "EROFS", False]
        assert (shown / "file").read_text() == text
        assert [path.name for path in shown.iterdir()] == ["file"]

    def test_only_the_small_disks_are_writable(self) -> None:
        folders = ("/", "/usr", "/etc", "/opt/ml", "/dev", "/proc")
        refused = inside(lambda: [writing(folder) for folder in folders])
        assert refused[:-1] == ["EROFS"] * 5
        assert refused[-1] in ("EACCES", "ENOENT", "EPERM")
        assert inside(lambda: [writing(HOME), writing("/dev/shm")]) == ["", ""]

    def test_what_is_written_stays_inside(self) -> None:
        assert inside(lambda: (writing(HOME), os.getcwd())) == ["", HOME]
        assert not Path(HOME, WRITTEN).exists()

    def test_what_is_kept_below_home_is_shown_too(self, shown: Path) -> None:
        seen = Path(HOME, "kept", "course")

        def probe() -> Any:
            return [(seen / "file").read_text(), writing(str(seen)), writing(HOME)]

        view = View(((str(shown), str(seen)),))
        assert inside(probe, view) == ["of the machine", "EROFS", ""]

    def test_the_devices_that_programs_need_are_there(self) -> None:
        def probe() -> Any:
            Path("/dev/null").write_text("x")
            with open("/dev/zero", "rb") as zeros, open("/dev/urandom", "rb") as random:
                return zeros.read(2) == b"\0\0" and len(random.read(8))

        assert inside(probe) == 8

    def test_no_other_process_is_seen(self) -> None:
        def probe() -> Any:
            numbers = [name for name in os.listdir("/proc") if name.isdigit()]
            return os.getpid(), numbers

        assert inside(probe) == [1, ["1"]]

    def test_there_are_no_capabilities(self) -> None:
        assert inside(rights) == NO_RIGHTS

    def test_nothing_can_be_mounted(self) -> None:
        assert (
            inside(
                lambda: refusal(
                    lambda: linux.mount("tmpfs", HOME, "tmpfs", 0, "size=1m")
                )
            )
            == "EPERM"
        )

    def test_a_user_namespace_opens_no_wall(self) -> None:
        def probe() -> Any:
            refused = refusal(lambda: linux.unshare(linux.NEWUSER | linux.NEWNS))
            if refused:
                return [refused, writing("/")]
            remount = 0x20 | linux.MS_BIND
            tries = [
                lambda: linux.mount(None, "/", None, remount),
                lambda: linux.mount(None, "/usr", None, remount),
                lambda: linux.unmount("/usr"),
            ]
            return [*map(refusal, tries), writing("/"), writing("/usr")]

        assert "" not in inside(probe)

    @pytest.mark.skipif(UNPRIVILEGED, reason="only root can become somebody else")
    def test_root_becomes_a_user_of_its_own(self) -> None:
        found = inside(lambda: [os.getresuid(), os.getresgid(), os.getgroups()])
        assert found == [[1_000_007] * 3, [1_000_007] * 3, []]
        assert inside(lambda: refusal(lambda: os.setuid(0))) == "EPERM"

    def test_memory_has_an_end(self) -> None:
        def probe() -> str:
            try:
                return str(len(bytearray(600 * MEGABYTE)))
            except MemoryError:
                return "no memory"

        assert inside(probe) == "no memory"
        assert inside(lambda: len(bytearray(64 * MEGABYTE))) == 64 * MEGABYTE

    def test_the_disk_has_an_end(self) -> None:
        part = b"x" * (3 * MEGABYTE)

        def probe() -> Any:
            parts = [Path(HOME, str(number)) for number in range(4)]
            return [refusal(lambda p=p: p.write_bytes(part)) for p in parts]

        assert inside(probe)[:2] == ["", ""]
        assert "ENOSPC" in inside(probe)

    def test_a_file_has_an_end(self) -> None:
        def probe() -> str:
            whole = b"x" * (9 * MEGABYTE)
            return refusal(lambda: Path("/dev/shm/big").write_bytes(whole))

        assert inside(probe) == "EFBIG"

    def test_processes_have_an_end(self) -> None:
        most = ALLOWANCE.processes + 4 * (os.cpu_count() or 1)

        def probe() -> Any:
            told, holding = os.pipe()
            for number in range(most + 5):
                try:
                    child = os.fork()
                except BlockingIOError:
                    return number
                if child == 0:  # lives until the first process of this world ends
                    os.close(holding)
                    os.read(told, 1)
                    os._exit(0)
            return "no end"

        assert inside(probe) == most - 1

    def test_limits_are_those_that_are_told(self) -> None:
        kinds = ("FSIZE", "NOFILE", "CORE", "MSGQUEUE")
        numbers = [getattr(resource, f"RLIMIT_{kind}") for kind in kinds]
        found = inside(lambda: [resource.getrlimit(number) for number in numbers])
        assert found == [[n, n] for n in (8 * MEGABYTE, 1024, 0, 0)]

    def test_limits_cannot_be_widened(self) -> None:
        def probe() -> str:
            try:
                resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 40, 1 << 40))
            except ValueError:
                return "refused"
            return "done"

        assert inside(probe) == "refused"

    def test_the_network_has_nothing_but_itself(self) -> None:
        def probe() -> Any:
            names = [name for _, name in socket.if_nameindex()]
            return names, Path("/proc/net/route").read_text().splitlines()[1:]

        assert inside(probe) == [["lo"], []]

    def test_the_machines_loopback_is_another(self) -> None:
        name = f"\0mlslab-test-{os.getpid()}"
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            socket.socket(socket.AF_UNIX) as named,
        ):
            named.bind(name)
            named.listen()
            address = listener.getsockname()

            def probe() -> Any:
                with socket.create_server(("127.0.0.1", 0)) as own:
                    socket.create_connection(own.getsockname()).close()
                unix = socket.socket(socket.AF_UNIX)
                return [
                    refusal(lambda: socket.create_connection(address)),
                    refusal(lambda: unix.connect(name)),
                ]

            assert inside(probe) == ["ECONNREFUSED", "ECONNREFUSED"]


@walls
@pytest.mark.namespaces
class TestOnlyRead:
    """The judge's walls."""

    @staticmethod
    def inside(probe: Callable[[], Any]) -> Any:
        """What a function gives in a process that only reads."""

        def judge() -> Any:
            sandbox.own_network()
            sandbox.only_read()
            return probe()

        return forked(judge)

    def test_all_is_seen_and_only_scratch_is_writable(self, shown: Path) -> None:
        def probe() -> Any:
            text = (shown / "file").read_text()
            over = refusal(lambda: (shown / "file").write_text("x"))
            folders = (str(shown), "/", "/usr", HOME, SCRATCH)
            return [text, over, *map(writing, folders)]

        refused = ["EROFS"] * 5
        assert self.inside(probe) == ["of the machine", *refused, ""]
        assert (shown / "file").read_text() == "of the machine"
        assert not Path(SCRATCH, WRITTEN).exists()

    def test_there_are_no_capabilities(self) -> None:
        assert self.inside(rights) == NO_RIGHTS


def test_a_lower_limit_of_the_machine_stays() -> None:
    def probe() -> Any:
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
        sandbox.limit(ALLOWANCE)
        return resource.getrlimit(resource.RLIMIT_NOFILE)

    assert forked(probe) == [100, 100]


def test_another_system_has_no_walls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "this is no Linux" in sandbox.missing()


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("own_network", "a network of its own: Operation not permitted"),
        ("own_processes", "processes of its own: Operation not permitted"),
        ("enter", "a root of its own: Operation not permitted"),
    ],
)
def test_what_is_missing_is_told(
    monkeypatch: pytest.MonkeyPatch, step: str, told: str
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    for name in ("own_network", "own_processes", "enter"):
        monkeypatch.setattr(sandbox, name, lambda *_: None)
    assert sandbox.missing() == ""
    monkeypatch.setattr(sandbox, step, refuse)
    assert sandbox.missing() == told


@walls
@pytest.mark.namespaces
def test_asking_what_is_missing_leaves_this_process_where_it_is() -> None:
    before = [os.readlink(f"/proc/self/ns/{name}") for name in ("net", "mnt", "pid")]
    assert sandbox.missing() == ""
    after = [os.readlink(f"/proc/self/ns/{name}") for name in ("net", "mnt", "pid")]
    assert after == before
