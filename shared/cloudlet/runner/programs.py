"""Inside the container's process: set the stage, run the program, report how it ended.

Exit codes and `/opt/ml/output/failure` are the contract with the cloud, as with AWS.
"""

from __future__ import annotations

import importlib
import os
import resource
import signal
import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

from cloudlet import redirect
from cloudlet.runner import isolation, warm_parent
from cloudlet.runner.container import AlgorithmError, ClientError, Container
from cloudlet.runner.processes import ContainerSpec


def run(spec: ContainerSpec, output: Connection) -> None:
    """The target of the forked process; never returns."""
    os.setsid()
    isolation.die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    sys.stderr = os.fdopen(2, "w", buffering=1)
    output.close()
    _close_inherited_files()
    warm_parent.leave_folder()
    container = Container(isolation.enter(spec.root))
    os.environ.clear()
    os.environ.update(spec.environment)
    os.chdir(container.root)
    code = _run(spec, container)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _run(spec: ContainerSpec, container: Container) -> int:
    try:
        if spec.command:
            return _command([*spec.command, *spec.arguments], container)
        redirect.hook(os.environ.get("CLOUDLET_URL"))
        module, _, function = (spec.program or "").partition(":")
        getattr(importlib.import_module(module), function)(container)
        return 0
    except (ClientError, AlgorithmError) as error:
        _fail(container, f"{type(error).__name__}: {error}")
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(bool(error.code))
    except BaseException:
        traceback.print_exc()
        _fail(container, f"AlgorithmError: {traceback.format_exc(limit=-3)}")
    return 1


def _command(command: list[str], container: Container) -> int:
    """Become the image's entry point; without namespaces, tell it the true folder."""
    if container.root != isolation.PREFIX:
        prefix, root = str(isolation.PREFIX), str(container.root)
        command = [part.replace(prefix, root) for part in command]
        for script in container.channel("sm_drivers").rglob("*"):
            if script.suffix in (".sh", ".py", ".json"):
                script.write_text(script.read_text().replace(prefix, root))
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)  # Python ignores them; programs don't
    try:
        os.execvp(command[0], command)
    except OSError as error:
        reason = f"the entry point {command[0]} can't be run: {error.strerror}"
        _fail(container, f"ClientError: {reason}")
        return 1


def _close_inherited_files() -> None:
    """A container holds nothing of the cloud's.

    The warm parent ends when nobody holds its pipe any more: a container that did
    would outlive a cloud that is killed.
    """
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _fail(container: Container, reason: str) -> None:
    print(reason, file=sys.stderr)
    Path(container.output).mkdir(parents=True, exist_ok=True)
    container.failure.write_text(reason)
