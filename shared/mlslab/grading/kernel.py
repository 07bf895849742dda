"""Inside the walls: IPython's own kernel, on a socket, and the handing over of values.

The kernel is ipykernel's, so that a cell means what it means in Jupyter. What differs
is the way of its messages: one socket pair to the grader, and no ports. Whatever runs
here is the learner's, and nothing that is said here is believed: a cell's answer is
judged outside, by the values that are handed over and by what stands in the cloud.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import signal
import socket
import sys
from datetime import date, datetime
from threading import current_thread
from types import SimpleNamespace
from typing import Any

from ipykernel import debugger
from ipykernel.ipkernel import IPythonKernel
from jupyter_client.session import Session
from traitlets import Any as AnyTrait

from mlslab.grading.frames import Broken, Channel
from mlslab.grading.handover import Unsendable, decode, encode

MOST_TEXT = 1_000_000
"""Characters that one cell may print; what is beyond is dropped where it is printed."""
_CHUNK = 32_768

debugger._is_debugpy_available = False  # it costs a tenth of a second, and a thread


class _Session(Session):  # type: ignore[misc]
    """Sends Jupyter's messages as frames; `stream` is the name of their channel."""

    def open(self, channel: Channel) -> None:
        self._channel = channel

    def send(
        self,
        stream: Any,
        msg_or_type: Any,
        content: Any = None,
        parent: Any = None,
        ident: Any = None,
        **kw: Any,
    ) -> Any:
        msg = msg_or_type
        if not isinstance(msg, dict):
            kept = {k: kw.get(k) for k in ("header", "metadata")}
            msg = self.msg(msg_or_type, content=content, parent=parent, **kept)
        where = stream if stream in ("shell", "iopub") else "iopub"
        self._channel.send({"channel": where, "msg": _with_dates(msg)})
        return msg


class _Kernel(IPythonKernel):  # type: ignore[misc]
    """ipykernel's kernel without threads, debugger, history file or ports."""

    iopub_socket = AnyTrait("iopub")
    shell_stream = AnyTrait("shell")
    io_loop = AnyTrait()

    def _abort_queues(self, subshell_id: Any = None) -> None:
        """Each cell runs, whatever the one before came to."""

    async def run(self, msg: dict[str, Any]) -> None:
        """Answer one execute_request."""
        self.set_parent([], msg, channel="shell")
        self._publish_status("busy", "shell", parent=msg)
        await self.execute_request("shell", [], msg)
        self._publish_status("idle", "shell", parent=msg)


class _Stream(io.TextIOBase):
    """stdout or stderr: sends what is printed, up to a limit for each cell."""

    def __init__(self, kernel: _Kernel, name: str) -> None:
        self._kernel, self.name = kernel, name
        self._text, self.left = "", MOST_TEXT

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def set_parent(self, parent: Any) -> None:
        """Part of ipykernel's interface; the kernel knows the parent."""

    def write(self, text: str) -> int:
        kept = text[: max(self.left, 0)]
        if len(kept) < len(text) and self.left >= 0:
            kept, self.left = kept + "\n… the rest was cut\n", -1
        else:
            self.left -= len(kept)
        self._text += kept
        if len(self._text) > _CHUNK:
            self.flush()
        return len(text)

    def flush(self) -> None:
        if self._text:
            content = {"name": self.name, "text": self._text}
            self._text = ""
            kernel = self._kernel
            kernel.session.send(
                "iopub", "stream", content, parent=kernel.get_parent("shell")
            )


class _Desk:
    """Where values are handed over: answers the judge's questions."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self._functions: list[Any] = []

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """The answer, whatever happens meanwhile but the end of this process."""
        try:
            return self._answer(question)
        except Unsendable as error:
            return {"unsendable": str(error)}
        except BaseException as error:
            return _told(error)

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if question["ask"] == "call":
            function = self._functions[question["number"]]
            args = [decode(arg) for arg in question["args"]]
            kwargs = {name: decode(arg) for name, arg in question["kwargs"].items()}
            return {"value": encode(function(*args, **kwargs), self._number)}
        if question["name"] not in self._names:
            return {"missing": True}
        if question["ask"] == "exists":
            return {}
        return {"value": encode(self._names[question["name"]], self._number)}

    def _number(self, function: Any) -> int:
        self._functions.append(function)
        return len(self._functions) - 1


def main(connection: socket.socket) -> None:
    """Serve until the channel ends; the first frame says what is to be set up."""
    channel = Channel(connection)
    setup = channel.receive()
    os.environ.clear()
    os.environ.update(setup["environment"])
    sys.path[:] = setup["path"]
    os.chdir(setup["folder"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    kernel = _start(channel, loop)
    desk = _Desk(kernel.shell.user_ns)
    channel.send({"channel": "control", "ready": True})
    while True:
        try:
            frame = channel.receive()
            if "ask" in frame:
                answer = desk.answer(frame)
                _say(channel, {**answer, "id": frame["id"]})
            else:
                for stream in (sys.stdout, sys.stderr):
                    stream.left = MOST_TEXT  # type: ignore[union-attr]
                loop.run_until_complete(kernel.run(frame))
        except Broken:
            os._exit(0)
        except KeyboardInterrupt:  # it came when the cell had just ended
            continue


def _start(channel: Channel, loop: asyncio.AbstractEventLoop) -> _Kernel:
    if os.environ.get("CLOUDLET_URL"):
        from cloudlet import redirect

        redirect.install(os.environ["CLOUDLET_URL"])
    session = _Session(key=b"", check_pid=False)
    session.open(channel)
    kernel = _Kernel(session=session, log=logging.getLogger("mlslab.kernel"))
    # With these, ipykernel lets SIGINT end a cell that awaits.
    kernel.shell_channel_thread = SimpleNamespace(parent_thread=current_thread())
    kernel.io_loop = SimpleNamespace(add_callback=loop.call_soon_threadsafe)
    kernel.shell.history_manager.enabled = False
    sys.stdout, sys.stderr = _Stream(kernel, "stdout"), _Stream(kernel, "stderr")
    return kernel


def _say(channel: Channel, answer: dict[str, Any]) -> None:
    try:
        channel.send({"channel": "desk", **answer})
    except (TypeError, ValueError, RecursionError) as error:
        channel.send({"channel": "desk", "id": answer["id"], **_told(error)})


def _told(error: BaseException) -> dict[str, Any]:
    message = "it cannot be told"
    with contextlib.suppress(BaseException):
        first = error.args[0] if isinstance(error, KeyError) else error
        message = str(first)[:2000]
    return {"error": type(error).__name__, "message": message}


def _with_dates(value: Any) -> Any:
    """A message with its dates as text, and its bytes left out."""
    if isinstance(value, dict):
        return {str(k): _with_dates(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_with_dates(v) for v in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return None
    return value
