"""Give one process its own /opt/ml, so that two jobs never see each other's.

On Linux a mount namespace of the process's own, made with root's rights or in a user
namespace, binds the job's folder to /opt/ml. Where that can't be had (macOS, a locked
down kernel), programs are told the folder instead: see `enter`.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from cloudlet.runner import linux

PREFIX = Path("/opt/ml")


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent goes, however that happens."""
    if sys.platform == "linux":
        linux.prctl(linux.PDEATHSIG, signal.SIGKILL)
        linux.prctl(linux.CHILD_SUBREAPER, 1)


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
        linux.unshare(linux.NEWNS)
    else:
        linux.unshare(linux.NEWUSER | linux.NEWNS)
        linux.map_own_user()
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)


def _bind(root: Path) -> None:
    if not PREFIX.is_dir():
        _make_prefix(root)
    linux.mount(str(root), str(PREFIX), None, linux.MS_BIND)


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
            _bind_tree(path, shelf / path.name)
        _bind_tree(shelf, Path("/opt"))


def _bind_tree(source: Path, target: Path) -> None:
    linux.mount(str(source), str(target), None, linux.MS_BIND | linux.MS_REC)
