"""The walls around a submission: namespaces, an unprivileged user, and limits (Linux).

A process that is to run a learner's code goes through three doors, each in a process of
its own, as Linux wants it:

1. `own_network`: a network with nothing in it but its own loopback, for all of one run
   (the kernel, its cloud, and the judge that asks the cloud);
2. `own_processes`: the children see no other processes than their own;
3. `enter`: a root made anew, where all is read-only but one small disk in memory; no
   capabilities, no way to gain any, limits on memory, processes, files and output.

As root each run gets users of its own, so that limits count for it alone; otherwise a
user namespace keeps the instructor's number and gives nothing of their rights.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from cloudlet.runner import linux

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32")
_ETC = (
    *("alternatives", "fonts", "group", "hosts", "ld.so.cache", "ld.so.conf"),
    *("ld.so.conf.d", "localtime", "mime.types", "nsswitch.conf", "passwd", "ssl"),
)
_DEVICES = ("null", "zero", "full", "random", "urandom")
_LOCKED = linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV
_FIRST_USER = 1_000_000
HOME = "/tmp"
"""The only place where the inside can write."""

SCRATCH = "/dev/shm"
"""The only place where the judge can write."""


@dataclass(frozen=True)
class View:
    """What the inside sees of the machine, beside the system: `(source, target)`."""

    mounts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Allowance:
    """What one sandbox may use: MB of memory and of disk, and a number of processes."""

    memory_mb: int
    disk_mb: int
    processes: int


def own_network() -> None:
    """Leave the machine's network; what is forked from here shares the new one."""
    if os.geteuid() == 0:
        linux.unshare(linux.NEWNET)
    else:
        linux.unshare(linux.NEWUSER | linux.NEWNET)
        linux.map_own_user()
    linux.loopback_up()


def own_processes() -> None:
    """The next child is the first process of a world of its own, and ends it."""
    linux.unshare(linux.NEWPID)


def enter(view: View, allowance: Allowance, user: int) -> None:
    """Go behind the walls, for good.

    Args:
        view: what is seen there.
        allowance: what may be used.
        user: a number that no other sandbox has at this time; root becomes that user.
    """
    linux.unshare(linux.NEWNS | linux.NEWIPC | linux.NEWUTS)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    _make_root(view, allowance)
    os.chdir(HOME)
    limit(allowance)
    if os.geteuid() == 0:
        number = _FIRST_USER + user
        os.setgroups([])
        os.setresgid(number, number, number)
        os.setresuid(number, number, number)
        linux.prctl(linux.DUMPABLE, 1)
    linux.drop_capabilities()
    linux.prctl(linux.PDEATHSIG, signal.SIGKILL)


def only_read() -> None:
    """Make all of the machine read-only for this process, but a small disk in memory.

    For the judge: it sees the course, and objects that learners have handed over do
    their work in it.
    """
    linux.unshare(linux.NEWNS | linux.NEWIPC | linux.NEWUTS)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.restrict_mount("/", linux.MS_RDONLY, recursive=True)
    flags = linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("tmpfs", SCRATCH, "tmpfs", flags, "size=256m")
    linux.drop_capabilities()
    linux.prctl(linux.PDEATHSIG, signal.SIGKILL)


def limit(allowance: Allowance) -> None:
    """Set the limits that each process inside has."""
    megabyte = 1024 * 1024
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    memory, disk = allowance.memory_mb * megabyte, allowance.disk_mb * megabyte
    threads = 4 * (os.cpu_count() or 1)
    for kind, most in (
        (resource.RLIMIT_AS, used + memory),
        (resource.RLIMIT_DATA, used + memory),
        (resource.RLIMIT_FSIZE, disk),
        (resource.RLIMIT_NPROC, allowance.processes + threads),
        (resource.RLIMIT_NOFILE, 1024),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))


def missing() -> str:
    """Why this machine cannot have the walls; empty if it can. Forks to find out."""
    if sys.platform != "linux":
        return "they are made of Linux's namespaces, and this is no Linux"
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os.write(writer, _trial().encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with open(reader, encoding="utf-8") as told:
        return told.read()


def _trial() -> str:
    step = "a network of its own"
    try:
        own_network()
        step = "processes of its own"
        own_processes()
        child = os.fork()
        if child == 0:
            try:
                enter(View(()), Allowance(1024, 16, 16), 0)
            except OSError as error:
                os._exit(error.errno or 1)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return f"a root of its own: {os.strerror(code)}" if code else ""
    except OSError as error:
        return f"{step}: {error.strerror}"


def _make_root(view: View, allowance: Allowance) -> None:
    """A root in memory with the system and `view` in it, all read-only."""
    base = "/tmp"
    linux.mount("tmpfs", base, "tmpfs", linux.MS_NOSUID, "size=16m,mode=755")
    os.mkdir(f"{base}/.old")
    linux.pivot_root(base, f"{base}/.old")
    os.chdir("/")
    for path in _SYSTEM:
        _show(path, path)
    for name in _ETC:
        _show(f"/etc/{name}", f"/etc/{name}")
    _make_devices()
    for folder in ("/proc", "/opt/ml", HOME):
        os.makedirs(folder, exist_ok=True)
    flags = linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("proc", "/proc", "proc", flags | linux.MS_NOEXEC)
    size = f"size={allowance.disk_mb}m,nr_inodes=100000,mode=1777"
    linux.mount("tmpfs", HOME, "tmpfs", flags, size)
    # After HOME, which would else cover a course or a Python that is kept below it.
    for source, target in view.mounts:
        _show(source, target)
    linux.unmount("/.old")
    os.rmdir("/.old")
    linux.restrict_mount("/", linux.MS_RDONLY, recursive=False)


def _show(source: str, target: str) -> None:
    """Bind a file or a folder of the old root, read-only; nothing if there is none."""
    old = f"/.old{source}"
    if os.path.islink(old):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(os.readlink(old), target)
        return
    if not os.path.exists(old):
        return
    if os.path.isdir(old):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.exists(target):
            Path(target).touch()
    linux.mount(old, target, None, linux.MS_BIND | linux.MS_REC)
    linux.restrict_mount(target, _LOCKED, recursive=True)


def _make_devices() -> None:
    os.makedirs("/dev/pts")
    os.makedirs("/dev/shm")
    for name in _DEVICES:
        Path(f"/dev/{name}").touch()
        linux.mount(f"/.old/dev/{name}", f"/dev/{name}", None, linux.MS_BIND)
    linux.mount(
        "devpts", "/dev/pts", "devpts", linux.MS_NOSUID, "newinstance,ptmxmode=0666"
    )
    linux.mount(
        "tmpfs", "/dev/shm", "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=64m"
    )
    os.symlink("pts/ptmx", "/dev/ptmx")
    os.symlink("/proc/self/fd", "/dev/fd")
