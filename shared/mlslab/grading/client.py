"""nbclient on our kernel: cells run as nbclient runs them, over a socket pair.

nbclient asks a kernel client for `execute`, `is_alive` and two channels, and a kernel
manager for `interrupt_kernel`. These are theirs, with a sandbox behind them.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import socket
from typing import Any
from uuid import uuid4

from nbclient import NotebookClient

from mlslab.grading.frames import Broken, pack, read_frame

GRACE_SECONDS = 2.0
"""What a kernel gets to end a cell once it is interrupted, before it is ended."""

LARGEST_FRAME = 64 * 1024 * 1024


class _Inbox:
    """A channel of a kernel client: the messages that have come."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[Any] = asyncio.Queue()

    def put(self, message: Any) -> None:
        self._messages.put_nowait(message)

    async def get_msg(self, timeout: float | None = None) -> Any:
        try:
            return await asyncio.wait_for(self._messages.get(), timeout)
        except TimeoutError:
            raise queue.Empty from None


class KernelLink:
    """The kernel as nbclient's client and manager see it, and the judge's desk.

    Args:
        output_mb: output that the kernel may send in all, in MB; beyond, it is ended.
    """

    allow_stdin = False

    def __init__(self, output_mb: int) -> None:
        self.shell_channel, self.iopub_channel = _Inbox(), _Inbox()
        self.alive, self.interrupted, self.why = True, False, ""
        self.ended = asyncio.Event()
        self._most = output_mb * 1024 * 1024
        self._replies: dict[str, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    async def open(self, channel: socket.socket, line: socket.socket) -> None:
        """Take over the sockets: the channel to the kernel, the line to its keeper."""
        self._reader, self._writer = await asyncio.open_connection(sock=channel)
        self._line, self._to_keeper = await asyncio.open_connection(sock=line)

    def tell(self, frame: Any) -> None:
        """Send a frame to the kernel."""
        if self.alive:
            self._writer.write(pack(frame))

    def tell_keeper(self, frame: Any) -> None:
        """Send a frame to the keeper."""
        self._to_keeper.write(pack(frame))

    async def ready(self, seconds: float) -> None:
        """Wait until the kernel can run cells; raises `Broken` with the reason."""
        try:
            frame = await asyncio.wait_for(read_frame(self._reader), seconds)
        except TimeoutError:
            raise Broken(f"the kernel did not start within {seconds:.0f} s") from None
        if "ready" not in frame:
            raise Broken(str(frame.get("failed", "the kernel did not start")))
        self._start(self._read())
        self._start(self._watch())

    async def ask(self, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Ask the kernel for a value; `{"gone": why}` when it does not answer."""
        if not self.alive:
            return {"gone": self.why or "dead"}
        key = uuid4().hex
        reply: asyncio.Future[dict[str, Any]]
        reply = asyncio.get_running_loop().create_future()
        self._replies[key] = reply
        self.tell({**question, "id": key})
        try:
            return await self._reply(reply, seconds)
        finally:
            self._replies.pop(key, None)

    async def _reply(
        self, reply: asyncio.Future[dict[str, Any]], seconds: float
    ) -> dict[str, Any]:
        done, _ = await asyncio.wait({reply}, timeout=max(seconds, 0.01))
        if done:
            return reply.result()
        self.interrupt_kernel()
        await asyncio.wait({reply}, timeout=GRACE_SECONDS + 1)
        return {"gone": "timeout"}

    # What nbclient calls.

    def execute(self, code: str, **options: Any) -> str:
        """Send a cell; gives the number of the request."""
        number = uuid4().hex
        content = {"code": code, "silent": False, "allow_stdin": False, **options}
        header = {"msg_id": number, "msg_type": "execute_request"}
        message = {"header": header, "parent_header": {}, "metadata": {}}
        self.tell({**message, "content": content})
        return number

    async def is_alive(self) -> bool:
        """Whether the kernel runs."""
        return self.alive

    def interrupt_kernel(self) -> None:
        """Interrupt the cell; a kernel that goes on all the same is ended."""
        self.interrupted = True
        self.tell_keeper({"interrupt": True})
        self._start(self._end_after_grace())

    async def close(self) -> None:
        """End the kernel, and wait until all of its sandbox is gone."""
        self.end()
        await self.ended.wait()
        for task in self._tasks:
            task.cancel()

    def end(self, why: str = "") -> None:
        """End the kernel."""
        self.alive, self.why = False, self.why or why
        self._writer.transport.abort()
        if self._to_keeper.can_write_eof():
            self._to_keeper.write_eof()

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)

    async def _end_after_grace(self) -> None:
        expected = self._idle
        await asyncio.sleep(GRACE_SECONDS)
        if self._idle == expected:
            self.end("timeout")

    _idle = 0

    async def _read(self) -> None:
        try:
            while True:
                self._sort(await read_frame(self._reader, LARGEST_FRAME))
        except Broken:
            self.end()
            self._refuse_all()

    def _sort(self, frame: Any) -> None:
        where = frame.get("channel") if isinstance(frame, dict) else None
        if where == "desk":
            self._idle += 1
            reply = self._replies.get(str(frame.pop("id", "")))
            if reply is not None and not reply.done():
                reply.set_result(frame)
        elif where == "shell":
            self._idle += 1
            self.shell_channel.put(_message(frame))
        elif where == "iopub":
            message = _message(frame)
            self._most -= len(str(message["content"])) + 200
            if self._most < 0:
                self.end("output")
            self.iopub_channel.put(message)

    async def _watch(self) -> None:
        """Hear from the keeper how the kernel ended."""
        try:
            told = (await read_frame(self._line)).get("ended", {})
            self.why = self.why or str(told.get("why", ""))
        except Broken:
            pass
        self.alive = False
        self._refuse_all()
        self.ended.set()

    def _refuse_all(self) -> None:
        for reply in self._replies.values():
            if not reply.done():
                reply.set_result({"gone": self.why or "dead"})


class CellRunner(NotebookClient):  # type: ignore[misc]
    """nbclient's client on a `KernelLink`; errors in cells do not end it."""

    def __init__(self, notebook: Any, link: KernelLink) -> None:
        super().__init__(notebook, km=link, allow_errors=True, record_timing=False)
        self.log = logging.getLogger("mlslab.grading.cells")
        self.log.setLevel(logging.CRITICAL)
        self.interrupt_on_timeout = True
        self.iopub_timeout = 10
        self.kc: Any = link


def _message(frame: dict[str, Any]) -> dict[str, Any]:
    """A message in the form that nbclient reads, whatever the kernel has sent."""
    message = frame.get("msg")
    if not isinstance(message, dict):
        message = {}
    header = _dict(message.get("header"))
    return {
        "header": header,
        "msg_type": str(header.get("msg_type", "")),
        "parent_header": _dict(message.get("parent_header")),
        "metadata": _dict(message.get("metadata")),
        "content": _dict(message.get("content")),
        "buffers": [],
    }


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
