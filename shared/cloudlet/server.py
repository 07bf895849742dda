"""The HTTP server of the local cloud: cheroot in front of the gateway."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable
from typing import Any

from cheroot import wsgi
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)

from cloudlet.errors import IncompleteBody

log = logging.getLogger("cloudlet.server")

#: Seconds that a client may be silent within a request; it keeps a thread meanwhile.
PATIENCE = 10
#: Threads at the start, and soon after: polls that are held keep one each.
FIRST_THREADS, THREADS = 4, 48


class Server(wsgi.Server):
    """cheroot on one address; quiet about clients that hang up in mid-request."""

    def __init__(self, host: str, port: int, application: Callable[..., Any]) -> None:
        super().__init__(
            (host, port),
            application,
            numthreads=FIRST_THREADS,
            max=THREADS,
            request_queue_size=128,
            timeout=PATIENCE,
            shutdown_timeout=1,
        )
        self.gateway = _Gateway
        self._growing = threading.Thread(target=self._grow, daemon=True)

    def listen(self) -> int:
        """Bind and return the port; then `serve()` answers until `stop()`."""
        self.prepare()
        self._growing.start()
        return int(self.bind_addr[1])

    def stop(self) -> None:
        """Answer what has begun, and end; a thread still being made would not hear."""
        if self._growing.ident is not None:
            self._growing.join()
        super().stop()

    def _grow(self) -> None:
        self.requests.grow(THREADS - FIRST_THREADS)

    def error_log(
        self, msg: str = "", level: int = 20, traceback: bool = False
    ) -> None:
        """Keep what cheroot reports; clients that hang up it does not report."""
        log.log(level, msg, exc_info=traceback)


class _Gateway(wsgi.Gateway_10):
    """Keeps what WSGI loses and S3 needs: the undecoded path, `_` in metadata names."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]
        environ: dict[str, Any] = super().get_environ()  # type: ignore
        environ["RAW_URI"] = environ["REQUEST_URI"]
        length = int(environ.setdefault("CONTENT_LENGTH", "0"))
        if length and not self.req.chunked_read:
            body = _WholeBody(environ["wsgi.input"], length)
            environ["wsgi.input"] = io.BufferedReader(body)
        names = (name.decode("latin-1") for name in self.req.inheaders)
        environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = {
            environ_key_for_header(name): name.lower()
            for name in names
            if should_preserve_original_header_name(name)
        }
        return environ


class _WholeBody(io.RawIOBase):
    """A request's body; half of one is an error, and not an object half as long."""

    def __init__(self, body: Any, length: int) -> None:
        self._body, self._length, self._left = body, length, length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data: bytes = self._body.read(min(len(buffer), self._left))
        if not data and self._left:
            raise IncompleteBody(self._length - self._left, self._length)
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)
