"""`mlslab start`: the local cloud and JupyterLab, up together and down together."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import cloudlet
from cloudlet import redirect, state_file
from cloudlet.cli import DEFAULT_PORT
from mlslab.course import Course
from mlslab.errors import MlslabError

CONFIG = Path(__file__).parent / "jupyter"
#: Seconds that JupyterLab may take until it answers.
JUPYTER_SECONDS = 90


class StartError(MlslabError):
    """JupyterLab or the local cloud does not come up."""


def start(course: Course, *, browser: bool = True, port: int = 8888) -> int:
    """Run both until Ctrl-C; gives the exit code.

    Args:
        course: the course whose labs are opened.
        browser: whether JupyterLab opens one.
        port: JupyterLab's first choice; a taken one is passed over.

    Raises:
        StartError: when one of them does not come up.
    """
    # SIGINT too: a shell that starts us in the background has it ignored.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    cloud, ours = _cloud()
    jupyter = _jupyter(course, cloud, browser, port)
    try:
        address = _wait_for(jupyter)
        first = course.labs[0]
        print(f"\n  The local cloud   {cloud.url}")
        print(f"  JupyterLab        {address}")
        print(f"  Open first        {first.stem}.ipynb: {first.title}")
        print("\n  Ctrl-C ends both.", flush=True)
        return jupyter.wait()
    except KeyboardInterrupt:
        print("\nEnding JupyterLab and the local cloud …", flush=True)
        return 0
    finally:
        _end(jupyter)
        if ours:
            cloud.stop()
            state_file.forget()


def _cloud() -> tuple[cloudlet.Cloud, bool]:
    """The cloud that runs already, or a new one; and whether it is ours to end."""
    with suppress(cloudlet.NotRunning):
        return cloudlet.attach(), False
    for port in (DEFAULT_PORT, 0):
        with suppress(cloudlet.NotRunning):
            cloud = cloudlet.start(port)
            state_file.write_state(cloud.status())
            return cloud, True
    raise StartError("the local cloud does not start; `mlslab doctor` says why")


def _jupyter(
    course: Course, cloud: cloudlet.Cloud, browser: bool, port: int
) -> subprocess.Popen[bytes]:
    labs = course.root / "labs"
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.port={port}"]
    command += [f"--ServerApp.root_dir={labs}", "--ServerApp.ip=127.0.0.1"]
    command += [f"--LabApp.default_url=/lab/tree/{course.labs[0].stem}.ipynb"]
    command += [] if browser else ["--no-browser"]
    command += ["--allow-root"] if os.geteuid() == 0 else []
    environment = redirect.without_foreign(os.environ) | cloud.env()
    # JupyterLab asks jupyter.org for news, and the learner whether it may: neither.
    configs = [
        str(CONFIG),
        *os.environ.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep),
    ]
    environment["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, configs))
    log = course.root / ".cache" / "jupyterlab.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as file:
        return subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C comes to us; we end it in our turn
        )


def _wait_for(jupyter: subprocess.Popen[bytes]) -> str:
    from jupyter_server.serverapp import list_running_servers

    deadline = time.monotonic() + JUPYTER_SECONDS
    while time.monotonic() < deadline:
        if jupyter.poll() is not None:
            raise StartError("JupyterLab ended at once; see .cache/jupyterlab.log")
        for server in list_running_servers():
            found: dict[str, Any] = dict(server)
            if found["pid"] == jupyter.pid:
                return f"{found['url']}lab?token={found['token']}"
        time.sleep(0.1)
    raise StartError("JupyterLab does not answer; see .cache/jupyterlab.log")


def _end(jupyter: subprocess.Popen[bytes]) -> None:
    jupyter.terminate()
    try:
        jupyter.wait(20)
    except subprocess.TimeoutExpired:
        jupyter.kill()
        jupyter.wait()


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
