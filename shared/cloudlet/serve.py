"""The server process of one cloud."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path

from cloudlet.engine import Engine
from cloudlet.server import Server

log = logging.getLogger("cloudlet.serve")

LOG = "server.log"
#: Seconds that requests have to be answered once the cloud is to end.
STOP_SECONDS = 2


def _print(url: str) -> None:
    print(url, flush=True)


def serve(
    host: str,
    port: int,
    *,
    until_eof: bool = False,
    stoppable: bool = True,
    announce: Callable[[str], object] = _print,
) -> None:
    """Answer until told to stop.

    Args:
        host: the address to listen on.
        port: the port; 0 takes a free one.
        until_eof: also stop when standard input ends, as it does with the parent.
        stoppable: whether who reaches the cloud may stop it.
        announce: called with the cloud's address once it listens; prints it.
    """
    engine = Engine(stoppable=stoppable)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _ask_to_stop(engine))
    _log_to(engine.folder / LOG)
    try:
        server = _listen(engine, host, port)
    except OSError as error:
        engine.close()
        sys.exit(f"cloudlet: can't listen on {host}:{port}: {error}")
    announce(engine.url)
    threading.Thread(target=server.serve, daemon=True).start()
    if until_eof:
        threading.Thread(target=_stop_at_eof, args=(engine,), daemon=True).start()
    engine.stopping.wait()
    stop = threading.Thread(target=server.stop, daemon=True)
    stop.start()
    stop.join(STOP_SECONDS)
    try:
        engine.close()
    except Exception:  # else the interpreter would wait for every thread to end
        log.exception("The cloud did not end cleanly")
        os._exit(1)
    os._exit(0)


def _ask_to_stop(engine: Engine) -> None:
    """From a signal handler; the thread it came upon may hold the lock this needs."""
    threading.Thread(target=engine.ask_to_stop, daemon=True).start()


def _listen(engine: Engine, host: str, port: int) -> Server:
    from cloudlet import cloud_time
    from cloudlet.gateway.app import Gateway

    server = Server(host, port, Gateway(engine))
    engine.url = f"http://{_reachable(host)}:{server.listen()}"
    cloud_time.install(engine.clock)
    return server


def _reachable(host: str) -> str:
    """Where this machine's programs find a server that listens on `host`."""
    if host in ("", "0.0.0.0", "::"):
        return "127.0.0.1" if host != "::" else "[::1]"
    return f"[{host}]" if ":" in host else host


def _log_to(path: Path) -> None:
    handler = RotatingFileHandler(path, maxBytes=10_000_000, backupCount=1)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
    root = logging.getLogger("cloudlet")
    root.addHandler(handler)
    root.setLevel(os.environ.get("CLOUDLET_LOG", "INFO"))


def _stop_at_eof(engine: Engine) -> None:
    while os.read(0, 4096):
        pass
    engine.ask_to_stop()
