"""A model server: started, pinged, asked, replaced when it dies, drained."""

from __future__ import annotations

import http.client
import queue
import shutil
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cloudlet.runner.processes import (
    ClosedError,
    ContainerProcess,
    ContainerSpec,
    Processes,
)
from cloudlet.runner.unix_sockets import short

#: Seconds until a container that does not answer /ping is given up; source:
#: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
#: gives a container 8 minutes; a local process that takes one has failed.
STARTUP_SECONDS = 60
#: Seconds that a container has to answer; source: the InvokeEndpoint API.
INVOCATION_SECONDS = 60
#: A server that dies this often, each time within so many seconds, is left dead.
MOST_RESTARTS, SHORT_LIFE_SECONDS = 5, 60


class ServerFailedError(Exception):
    """The container did not come up."""


class ServerRetiredError(Exception):
    """The server is being replaced: ask again, and another one answers."""


class ServerDiedError(Exception):
    """The container's process ended while it was answering, or before."""


@dataclass(frozen=True)
class Answer:
    """What the container said."""

    status: int
    content_type: str
    body: bytes
    custom_attributes: str | None


class ModelServer:
    """One container that serves, by the contract `GET /ping`, `POST /invocations`.

    Args:
        folder: holds `ml/` (what the container sees as /opt/ml) and the socket.
        program: `module:function` that loads a `Predictor` from the model's folder.
        on_output: is given the lines that the container prints.

    Raises:
        ServerFailedError: when it does not answer /ping in time.
    """

    def __init__(
        self,
        processes: Processes,
        folder: Path,
        program: str,
        environment: dict[str, str],
        on_output: Callable[[list[str]], None],
    ) -> None:
        self._processes, self._folder = processes, folder
        self._socket = folder / "s"
        self._on_output = on_output
        self._spec = ContainerSpec(
            folder / "ml",
            environment
            | {"CLOUDLET_PREDICTOR": program, "CLOUDLET_SOCKET": str(self._socket)},
            program="cloudlet.runner.model_server:serve",
        )
        self._idle: queue.LifoQueue[_UnixConnection] = queue.LifoQueue()
        self._state = threading.Condition()
        self._in_flight = 0
        self._retired = False
        self._process = self._start()
        threading.Thread(target=self._watch, daemon=True).start()

    def invoke(self, body: bytes, headers: dict[str, str]) -> Answer:
        """Ask the container.

        Raises:
            ServerRetiredError: when another server has taken its place.
            ServerDiedError: when its process is gone.
            TimeoutError: when it does not answer in 60 seconds.
        """
        with self._state:
            if self._retired:
                raise ServerRetiredError
            self._in_flight += 1
        try:
            return self._ask(body, headers)
        finally:
            with self._state:
                self._in_flight -= 1
                self._state.notify_all()

    def drain(self) -> None:
        """Answer what has begun, then stop."""
        with self._state:
            self._retired = True
            self._state.wait_for(lambda: self._in_flight == 0, INVOCATION_SECONDS)
        self.stop()

    def stop(self) -> None:
        """End the container and remove its folder."""
        with self._state:
            self._retired = True
        self._process.kill()
        self._process.wait(5)
        while not self._idle.empty():
            self._idle.get().close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _ask(self, body: bytes, headers: dict[str, str]) -> Answer:
        process = self._process
        for fresh in (False, True):
            connection = self._connection(fresh)
            try:
                connection.request("POST", "/invocations", body, headers)
                response = connection.getresponse()
                answer = Answer(
                    response.status,
                    response.headers.get("Content-Type", ""),
                    response.read(),
                    response.headers.get("X-Amzn-SageMaker-Custom-Attributes"),
                )
            except TimeoutError:
                connection.close()
                raise
            except (OSError, http.client.HTTPException) as error:
                # A kept connection may have been closed while it was idle: try once
                # on a fresh one before believing that the container is gone. What
                # has ended a container is not given to the next.
                connection.close()
                if fresh or not process.alive:
                    raise ServerDiedError(str(error)) from error
                continue
            self._idle.put(connection)
            return answer
        raise ServerDiedError

    def _connection(self, fresh: bool) -> _UnixConnection:
        if not fresh:
            try:
                return self._idle.get_nowait()
            except queue.Empty:
                pass
        return _UnixConnection(self._socket)

    def _start(self) -> ContainerProcess:
        self._socket.unlink(missing_ok=True)
        try:
            process = self._processes.start(self._spec, self._on_output)
        except ClosedError as error:
            raise ServerFailedError(str(error)) from error
        deadline = time.monotonic() + STARTUP_SECONDS
        while not self._pings():
            if not process.alive:
                raise ServerFailedError(f"it ended with exit code {process.exit_code}")
            if self._retired:  # and its folder gone, with the socket
                process.kill()
                raise ServerFailedError("it was stopped meanwhile")
            if time.monotonic() > deadline:
                process.kill()
                raise ServerFailedError(f"no answer in {STARTUP_SECONDS} seconds")
            process.wait(0.01)
        return process

    def _pings(self) -> bool:
        connection = _UnixConnection(self._socket)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _watch(self) -> None:
        """Start the container anew when it dies, as SageMaker does."""
        short_lives = 0
        while True:
            began = time.monotonic()
            self._process.wait()
            if self._retired:
                return
            if time.monotonic() - began > SHORT_LIFE_SECONDS:
                short_lives = 0
            short_lives += 1
            ended = f"The container ended with exit code {self._process.exit_code}"
            if short_lives > MOST_RESTARTS:
                self._on_output([f"{ended}, again and again; it is left so."])
                return
            self._on_output([f"{ended}; restarting."])
            self._restart()

    def _restart(self) -> None:
        try:
            process = self._start()
        except ServerFailedError as error:
            self._on_output([f"The container did not come up again: {error}"])
            return
        with self._state:
            self._process = process
            if self._retired:  # it was stopped meanwhile, and this one not yet known
                process.kill()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=INVOCATION_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        with short(self._path.parent) as folder:
            self.sock.connect(f"{folder}/{self._path.name}")
