"""The warm process that all others of grading are forked from.

It is started with a clean environment, loads what a lab imports, and then only forks.
A fork costs some ten milliseconds, against seconds for the imports. What is forked from
it may become a learner's kernel, so nothing may ever come into it that a learner must
not see: it is told which `ROLES` to play, and handed sockets; what is to be done comes
to the fork itself, through its socket.

A *stage* is a nursery again, in a network of its own: the kernel, the cloud and the
judge of one run are forked from it.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.abc import MetaPathFinder

from cloudlet.runner import linux
from mlslab.errors import MlslabError

ROLES = {
    "stage": "mlslab.grading.nursery:stage",
    "grader": "mlslab.grading.grader:main",
    "kernel": "mlslab.grading.keeper:keep_kernel",
    "cloud": "mlslab.grading.keeper:keep_cloud",
    "judge": "mlslab.grading.judge:main",
}
"""What a fork may become: a function that is called with its sockets."""

OUTLIVING = ("kernel", "cloud")
"""Keepers: they go on until they have ended what they keep."""

ALWAYS = (
    *("ipykernel.ipkernel", "numpy", "pandas", "skops.io", "mlslab.grading.kernel"),
    # What a shell, and scikit-learn for a table, would load when they are first used.
    *("IPython.core.application", "IPython.core.completerlib", "IPython.core.logger"),
    *("IPython.core.oinspect", "narwhals._pandas_like.dataframe"),
)
_KEPT = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "MPLCONFIGDIR", "PATH", "TMPDIR")


class NurseryError(MlslabError):
    """The warm process did not start, or is gone."""


class Nursery:
    """The asking side of a nursery."""

    def __init__(
        self, control: socket.socket, starting: subprocess.Popen[bytes] | None = None
    ) -> None:
        self._control, self._starting = control, starting

    @classmethod
    def start(cls, path: Iterable[str]) -> Nursery:
        """Start one with this `sys.path`; it loads what every lab needs meanwhile."""
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(theirs.fileno()), *path],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            env=_clean(os.environ),
            start_new_session=True,
        )
        theirs.close()
        return cls(ours, process)

    def load(self, modules: Iterable[str]) -> None:
        """Have it load these, too; then it forks."""
        with contextlib.suppress(OSError):  # that it is gone is said by `ready`
            self._control.sendall(json.dumps(list(modules)).encode() + b"\n")

    def ready(self) -> None:
        """Wait until it can fork; raises NurseryError if it does not start."""
        process, self._starting = self._starting, None
        if process is None:
            return
        if self._control.recv(1) != b"w":
            raise NurseryError(f"the warm process did not start: exit {process.wait()}")
        process.returncode = 0  # it ends with its socket; nobody waits for it

    def fork(self, role: str, *sockets: socket.socket) -> int:
        """Fork a process that plays a role, with these sockets; gives its number.

        Raises:
            NurseryError: the warm process is gone, or did not start.
        """
        self.ready()
        descriptors = [each.fileno() for each in sockets]
        try:
            socket.send_fds(self._control, [role.encode()], descriptors)
            told = self._control.recv(16)
        except OSError as error:
            raise NurseryError(f"the warm process is gone: {error}") from error
        if not told:
            raise NurseryError("the warm process is gone")
        return int(told)

    def close(self) -> None:
        """End it, and what was forked from it."""
        self._control.close()
        if self._starting is not None:
            self._starting.kill()
            self._starting.wait()


_PROGRAM = "from mlslab.grading.nursery import run; run()"


def run() -> None:
    """The program: load the modules, then fork as told, until the socket ends."""
    control = socket.socket(fileno=int(sys.argv[1]))
    sys.path[:] = sys.argv[2:]
    sys.meta_path.insert(0, _Heavy())
    _load((*ALWAYS, *(role.partition(":")[0] for role in ROLES.values())))
    del sys.meta_path[0]
    _rehearse()
    with control.makefile("rb") as stream:
        told = stream.readline()
    if not told:
        return
    _load(json.loads(told))
    if "boto3" in sys.modules:
        _remember_services()
    gc.collect()
    gc.freeze()  # else the collector would touch, and so copy, every page in each fork
    serve(control)


def _load(modules: Iterable[str]) -> None:
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _rehearse() -> None:
    """Do once what is slow the first time, and what each grader does once."""
    import jupytext

    jupytext.reads("# %%\n0", fmt="py:percent")


def _remember_services() -> None:
    """Have all forks share what botocore reads of services.

    Each session reads it anew: a third of a second for the kernel, and for the judge.
    """
    import boto3
    from botocore.loaders import JSONFileLoader, Loader

    read = functools.cache(JSONFileLoader().load_file)
    look = Loader.list_available_services

    @functools.cache
    def names(paths: tuple[str, ...], type_name: str) -> list[str]:
        loader = Loader(list(paths), include_default_search_paths=False)
        found: list[str] = look(loader, type_name)
        return found

    JSONFileLoader.load_file = lambda _, file_path: read(file_path)
    Loader.list_available_services = lambda loader, type_name: names(
        tuple(loader.search_paths), type_name
    )
    session = boto3.Session("-", "-", region_name="us-east-1")
    for name in ("iam", "s3", "sagemaker", "sts"):
        session.client(name)


class _Heavy(MetaPathFinder):
    """Says of libraries that only a lab may ask for that they are not there.

    To learn the names of scikit-learn's estimators, skops imports all of its modules;
    one of them imports PyTorch where it is installed, which takes four seconds.
    """

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Refuse, or leave it to the other finders."""
        if name in ("cupy", "dask", "jax", "pytest", "torch"):
            raise ModuleNotFoundError(f"{name} is left to the labs", name=name)


def stage(control: socket.socket) -> None:
    """A nursery in a network of its own, if there are to be walls."""
    from mlslab.grading import sandbox

    if control.recv(1) == b"w":
        sandbox.own_network()
    serve(control)


def serve(control: socket.socket) -> None:
    """Fork as told; returns in each fork's place never, and ends with the socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    control.sendall(b"w")
    while True:
        try:
            role, descriptors, _, _ = socket.recv_fds(control, 16, 8)
        except OSError:
            break
        if not role:
            break
        pid = os.fork()
        if pid == 0:
            control.close()
            _play(role.decode(), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        control.sendall(str(pid).encode())
    os._exit(0)


def _play(role: str, descriptors: list[int]) -> None:
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if sys.platform == "linux" and role not in OUTLIVING:
            linux.prctl(linux.PDEATHSIG, signal.SIGKILL)
        module, _, name = ROLES[role].partition(":")
        sockets = [socket.socket(fileno=each) for each in descriptors]
        getattr(importlib.import_module(module), name)(*sockets)
        code = 0
    except KeyboardInterrupt:
        pass
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """What a warm process needs, and nothing that names an account or a secret."""
    kept = {name: environment[name] for name in _KEPT if name in environment}
    return {**kept, "MPLBACKEND": "agg", "PYTHONHASHSEED": "0", **THREADS, **_SILENT}


THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""One for each submission: several are graded at a time, waiting threads spin, and sums
would come out differently on a machine with other cores."""

_SILENT = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
"""ipykernel loads a debugger, which else warns in the instructor's terminal."""
