"""A handle on a local cloud: start one, attach to one, use it, stop it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from cloudlet import redirect
from cloudlet.gateway.verbs import HEADER, PREFIX
from cloudlet.resources import Resource
from cloudlet.state_file import read_state

if TYPE_CHECKING:
    from cloudlet.metering import Bill

#: Seconds that a cloud may take until it answers.
START_SECONDS = 30


class NotRunning(Exception):  # noqa: N818 - read as "the cloud is not running"
    """There is no cloud at this address."""


class Cloud:
    """A running local cloud."""

    def __init__(
        self, url: str, process: subprocess.Popen[bytes] | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self._process = process

    def __enter__(self) -> Cloud:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"Cloud({self.url!r})"

    def env(self, region: str | None = None) -> dict[str, str]:
        """The variables that send a program's AWS calls here."""
        return redirect.environment(self.url, region)

    def use(self, region: str | None = None) -> None:
        """Send this process's AWS calls here, and those of programs it starts."""
        redirect.install(self.url, region)

    def stop(self) -> None:
        """End the cloud and all that runs in it."""
        with contextlib.suppress(NotRunning):
            self._ask("shutdown")
        if self._process is not None:
            _end(self._process)

    def reset(self) -> None:
        """Back to a fresh cloud: nothing stands, cloud time is the machine's."""
        self._ask("reset")

    def advance(
        self,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> datetime:
        """Move cloud time forward; what falls due happens before this returns.

        Raises:
            ValueError: when the time would go back.
        """
        delta = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if delta < timedelta(0):
            raise ValueError("cloud time only moves forward")
        answer = self._ask("advance", seconds=delta.total_seconds())
        return datetime.fromisoformat(answer["now"])

    def now(self) -> datetime:
        """Cloud time, in UTC."""
        return datetime.fromisoformat(self.status()["now"])

    def status(self) -> dict[str, Any]:
        """`url`, `pid`, `now`, `ahead_seconds`, `folder`, `resources` (a number)."""
        return dict(self._ask("status"))

    def bill(self) -> Bill:
        """What AWS would have charged so far."""
        from cloudlet.metering import Bill

        return Bill.from_dict(self._ask("bill"))

    def resources(self) -> list[Resource]:
        """What stands now, oldest first."""
        return [Resource.from_dict(item) for item in self._ask("resources")]

    def logs(self, group: str | None = None) -> list[dict[str, Any]]:
        """`{group, stream, timestamp (ms), message}` of CloudWatch Logs' lines.

        Args:
            group: only log groups whose names begin so.
        """
        return list(self._ask("logs", group=group))

    def next_change(self, seen: int = 0, seconds: float = 10) -> int:
        """Wait until something changes that clients wait for, such as a job's state.

        While nothing is under way there is nothing to wait for, and it answers at once.

        Args:
            seen: what the last call gave: changes after it are not waited for.
            seconds: the longest to wait, at most 30.

        Returns:
            The number of changes so far.
        """
        return int(self._ask("wait", seen=seen, seconds=seconds)["version"])

    def _ask(self, verb: str, **arguments: Any) -> Any:
        request = urllib.request.Request(
            f"{self.url}{PREFIX}{verb}",
            data=json.dumps(arguments).encode(),
            headers={HEADER: "1", "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from None
        except (OSError, http.client.HTTPException) as error:
            raise NotRunning(f"no local cloud answers at {self.url}: {error}") from None

    def _refusal(self, error: urllib.error.HTTPError) -> Exception:
        try:
            return ValueError(json.load(error)["error"])
        except (ValueError, KeyError, TypeError):
            return NotRunning(f"what answers at {self.url} is no local cloud: {error}")


def start(port: int = 0, *, host: str = "127.0.0.1", quiet: bool = True) -> Cloud:
    """Start a cloud of its own, which ends with this process at the latest.

    Args:
        port: the port; 0 takes a free one.
        host: the address to listen on; loopback unless you mean otherwise.
        quiet: keep what the server says to itself.

    Raises:
        NotRunning: when it does not come up.
    """
    process = launch(host, port, "--until-eof", quiet=quiet)
    return Cloud(first_line(process), process)


def launch(
    host: str, port: int, *options: str, quiet: bool = True
) -> subprocess.Popen[bytes]:
    """Start the server's process, in a session of its own; see `first_line`.

    Ctrl-C comes to the parent, which ends it.
    """
    errors: IO[bytes] | None = None
    if quiet:  # kept, not thrown away: a server that does not start says why
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the server ends
    command = [sys.executable, "-m", "cloudlet", "serve", "--host", host]
    command += ["--port", str(port), *options]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=redirect.without_cloud(redirect.without_foreign(os.environ)),
        start_new_session=True,
    )
    process.stderr = errors
    return process


def first_line(process: subprocess.Popen[bytes]) -> str:
    """The address that a launched server prints once it listens.

    Raises:
        NotRunning: when it does not come up, with what it says of that.
    """
    assert process.stdout is not None
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    line = process.stdout.readline().decode().strip()
    timer.cancel()
    if line.startswith("http"):
        return line
    process.kill()
    reason = f"exit {process.wait()}"
    if process.stderr is not None:
        process.stderr.seek(0)
        reason = process.stderr.read().decode(errors="replace").strip() or reason
    _close_pipes(process)
    raise NotRunning(f"the local cloud did not start: {reason}")


def attach(url: str | None = None) -> Cloud:
    """The running cloud: `url`, else $CLOUDLET_URL, else what `cloudlet up` started.

    Raises:
        NotRunning: when there is none, or it does not answer.
    """
    known = url or os.environ.get("CLOUDLET_URL")
    if known is None:
        state = read_state()
        if state is None:
            raise NotRunning("no local cloud is running; `cloudlet up` starts one")
        known = str(state["url"])
    cloud = Cloud(known)
    cloud.status()
    return cloud


def wait_until_gone(cloud: Cloud, seconds: float = 10) -> bool:
    """Whether the cloud stops answering within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            cloud.status()
        except NotRunning:
            return True
        time.sleep(0.05)
    return False


def remove_folder(folder: Path, seconds: float = 5) -> None:
    """Remove what a killed cloud has left, once its last jobs have ended too."""
    deadline = time.monotonic() + seconds
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.02)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a server's end, help where need be, and leave nothing of it behind."""
    _close_pipes(process)  # it also ends when its standard input does
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for folder in Path(tempfile.gettempdir()).glob(f"cloudlet-{process.pid}-*"):
        remove_folder(folder)


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
