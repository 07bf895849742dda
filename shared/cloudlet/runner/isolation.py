"""Give one process its own /opt/ml, so that two jobs never see each other's.

On Linux a mount namespace of the process's own, made with root's rights or in a user
namespace, binds the job's folder to /opt/ml. Where that can't be had (macOS, a locked
down kernel), programs are told the folder instead: see `enter`.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

PREFIX = Path("/opt/ml")

_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent goes, however that happens."""
    if sys.platform == "linux":
        libc = _libc()
        libc.prctl(_PR_SET_PDEATHSIG, 9)
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def enter(root: Path) -> Path:
    """Show `root` as /opt/ml to this process and its children, to no other.

    Returns:
        The folder under which the program finds its contract: /opt/ml, or `root`
        itself where namespaces can't be had.
    """
    if sys.platform != "linux" or os.environ.get("CLOUDLET_ISOLATION") == "none":
        return root
    try:
        _own_mounts()
        _bind(root)
    except OSError:
        return root
    return PREFIX


def _own_mounts() -> None:
    if os.geteuid() == 0:
        _check(_libc().unshare(_CLONE_NEWNS))
    else:
        user, group = os.geteuid(), os.getegid()
        _check(_libc().unshare(_CLONE_NEWUSER | _CLONE_NEWNS))
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _mount(None, "/", _MS_REC | _MS_PRIVATE)


def _bind(root: Path) -> None:
    if not PREFIX.is_dir():
        _make_prefix(root)
    _mount(str(root), str(PREFIX), _MS_BIND)


def _make_prefix(root: Path) -> None:
    """Make /opt/ml, if need be on a private copy of /opt's view."""
    try:
        PREFIX.mkdir(parents=True)
    except OSError:
        shelf = root.parent / "opt"
        (shelf / "ml").mkdir(parents=True, exist_ok=True)
        neighbours = [path for path in Path("/opt").iterdir() if path.is_dir()]
        for path in neighbours:
            (shelf / path.name).mkdir(exist_ok=True)
            _mount(str(path), str(shelf / path.name), _MS_BIND | _MS_REC)
        _mount(str(shelf), "/opt", _MS_BIND | _MS_REC)


def _mount(source: str | None, target: str, flags: int) -> None:
    encoded = source.encode() if source else None
    _check(_libc().mount(encoded, target.encode(), None, flags, None))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
