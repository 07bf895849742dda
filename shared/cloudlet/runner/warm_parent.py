"""The process that all containers are forked from: multiprocessing's fork server.

`context` starts it as a program of its own, which takes seconds to load the heavy
imports; `fork` makes it of a process that has them loaded already.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket
import warnings
from multiprocessing import connection, forkserver, resource_tracker
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

from cloudlet.runner import orphans
from cloudlet.runner.unix_sockets import short

_server: Any = forkserver._forkserver
#: What the name of the sockets' folder is good for.
_kept = contextlib.ExitStack()


def keep_in(folder: Path) -> None:
    """Have its sockets in this folder, which is removed with what else there is.

    multiprocessing's own folder outlives a process that does not end by itself.
    """
    _settings()["tempdir"] = _kept.enter_context(short(folder))


def leave_folder() -> None:
    """Take `keep_in` back: a container, which inherits it, has a place of its own."""
    _settings().pop("tempdir", None)


def context() -> BaseContext:
    """Where containers come from; the warm parent is started when it is first asked.

    OpenMP's threads wait for each other by spinning, and on a machine whose cores are
    busy with the client and the cloud as well, that costs more than the work: a job of
    0.2 s took 10 s. The library reads the limit when it is loaded, so it is set here.
    Far less, in turn, costs a tenth of the time of a job that has the cores alone.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["cloudlet.runner.warm"])
    forkserver.ensure_running()
    return made


def fork() -> None:
    """Make the warm parent a fork of this process, which must have no threads.

    It inherits nothing but standard streams, and ends when this process does.
    """
    address = connection.arbitrary_address("AF_UNIX")  # type: ignore[attr-defined]
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    os.chmod(address, 0o600)
    listener.listen()
    alive, ours = os.pipe()
    pid = os.fork()
    if pid == 0:
        _serve(listener, alive)
    listener.close()
    os.close(alive)
    _server._forkserver_address = address
    _server._forkserver_alive_fd = ours
    _server._forkserver_pid = pid


def pid() -> int | None:
    """The process, if there is one."""
    found: int | None = _server._forkserver_pid
    return found


def end() -> None:
    """End it, and all that was forked from it."""
    parent = pid()
    if parent is not None:
        orphans.end_tree([parent])
        _server._stop()
        resource_tracker._resource_tracker._stop()  # type: ignore[attr-defined]
    leave_folder()
    _kept.close()


def _settings() -> dict[str, Any]:
    process: Any = multiprocessing.current_process()
    settings: dict[str, Any] = process._config
    return settings


def _serve(listener: socket.socket, alive: int) -> None:
    code = 1
    try:
        kept = sorted((0, 1, 2, listener.fileno(), alive))
        for low, high in zip(kept, [*kept[1:], os.sysconf("SC_OPEN_MAX")], strict=True):
            os.closerange(low + 1, high)
        orphans.adopt()
        warnings.filterwarnings("ignore", "forkserver: waitpid returned unexpected pid")
        forkserver.main(listener.detach(), alive, [])
    except SystemExit:
        code = 0
    finally:
        os._exit(code)
