"""Both sides of every ratio: cloudlet and moto's own server, started the same way."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.memory import tree_memory
from cloudlet import fresh_account, redirect

#: A ListBuckets by hand, so that no client's import is part of the start.
_AUTHORIZATION = (
    f"AWS4-HMAC-SHA256 Credential={fresh_account.ACCESS_KEY}/20260101/"
    "us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
)


@dataclass
class Server:
    """A running server: its address, process, and seconds until its first answer."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    first_answer: float

    def client(self, service: str) -> Any:
        """A boto3 client of it."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=fresh_account.ACCESS_KEY,
            aws_secret_access_key=fresh_account.SECRET_KEY,
            config=Config(retries={"max_attempts": 0}),
        )

    def memory(self) -> float:
        """Resident memory of the process and all below it, in MB."""
        return tree_memory(self.process.pid)


@contextlib.contextmanager
def running(name: str) -> Iterator[Server]:
    """`cloudlet` or `moto` on a free port, until the context ends."""
    port = _free_port()
    here = Path(sys.executable).parent
    commands = {
        "cloudlet": [sys.executable, "-m", "cloudlet", "serve", "--port", str(port)],
        "moto": [str(here / "moto_server"), "-p", str(port)],
    }
    url = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    process = subprocess.Popen(
        commands[name],
        env=redirect.without_foreign(os.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _first_answer(url)
        yield Server(name, url, process, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(20)


def _first_answer(url: str) -> None:
    request = urllib.request.Request(
        f"{url}/", headers={"Authorization": _AUTHORIZATION}
    )
    while True:
        try:
            urllib.request.urlopen(request, timeout=30).read()
            return
        except urllib.error.URLError:
            time.sleep(0.002)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
