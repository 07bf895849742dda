"""Frames of JSON on a stream socket: four bytes of length, then the text."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from typing import Any

LARGEST = 256 * 1024 * 1024
"""Bytes of the largest frame; who sends more is cut off."""

_HEAD = struct.Struct("!I")


class Broken(ConnectionError):  # noqa: N818 - read as "the channel is broken"
    """The other side is gone, or does not keep to the form."""


class Channel:
    """One end of a socket pair, for a process that waits for each frame."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._sending = threading.RLock()

    def fileno(self) -> int:
        """The descriptor of the socket."""
        return self._socket.fileno()

    def send(self, frame: Any) -> None:
        """Send a frame; raises `Broken`."""
        body = pack(frame)
        try:
            with self._sending:
                self._socket.sendall(body)
        except OSError as error:
            raise Broken(str(error)) from error

    def receive(self) -> Any:
        """Wait for a frame; raises `Broken` at the end."""
        (length,) = _HEAD.unpack(self._exactly(_HEAD.size))
        if length > LARGEST:
            raise Broken(f"a frame of {length} bytes")
        return unpack(self._exactly(length))

    def _exactly(self, count: int) -> bytes:
        body = bytearray()
        while len(body) < count:
            try:
                chunk = self._socket.recv(min(count - len(body), 1 << 20))
            except InterruptedError:
                continue
            except OSError as error:
                raise Broken(str(error)) from error
            if not chunk:
                raise Broken("the other side is gone")
            body += chunk
        return bytes(body)


async def read_frame(reader: asyncio.StreamReader, largest: int = LARGEST) -> Any:
    """The next frame; raises `Broken`."""
    try:
        (length,) = _HEAD.unpack(await reader.readexactly(_HEAD.size))
        if length > largest:
            raise Broken(f"a frame of {length} bytes")
        return unpack(await reader.readexactly(length))
    except Broken:  # an OSError too, and one that says more
        raise
    except (asyncio.IncompleteReadError, OSError) as error:
        raise Broken("the other side is gone") from error


def pack(frame: Any) -> bytes:
    """A frame's bytes."""
    body = json.dumps(frame, separators=(",", ":"), default=str).encode()
    return _HEAD.pack(len(body)) + body


def unpack(body: bytes) -> Any:
    """What a frame's body says; raises `Broken`."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Broken(f"no JSON: {error}") from error
