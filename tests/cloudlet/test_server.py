"""The HTTP server: clients that hang up, who may speak to it, and what it refuses."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from cloudlet import Cloud
from cloudlet.serve import _reachable
from cloudlet.server import THREADS

Names = Callable[[str], str]


def connect(cloud: Cloud) -> socket.socket:
    parts = urlsplit(cloud.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=30)


def put_head(bucket: str, length: int) -> bytes:
    return (
        f"PUT /{bucket}/half HTTP/1.1\r\nHost: localhost\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/"
        "aws4_request, SignedHeaders=host, Signature=0\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


def ask(cloud: Cloud, method: str, path: str, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(cloud.url).netloc, timeout=30)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, json.loads(body) if body.startswith(b"{") else body


@pytest.fixture
def bucket(s3: Any, name: Names) -> str:
    made = name("hang-up")
    s3.create_bucket(Bucket=made)
    return made


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("sent", [0, 1, 70_000])
def test_a_client_that_hangs_up_in_an_upload_leaves_no_object(
    cloud: Cloud, s3: Any, bucket: str, sent: int, reset: bool
) -> None:
    connection = connect(cloud)
    connection.sendall(put_head(bucket, 1_000_000) + bytes(sent))
    if reset:
        linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()
    time.sleep(0.1)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    s3.put_object(Bucket=bucket, Key="whole", Body=b"x")
    assert s3.get_object(Bucket=bucket, Key="whole")["Body"].read() == b"x"


def test_a_client_that_is_killed_in_an_upload_leaves_no_object(
    cloud: Cloud, s3: Any, bucket: str
) -> None:
    program = (
        "import boto3, sys\n"
        "class Slow:\n"
        "    sent = 0\n"
        "    def read(self, size=-1):\n"
        "        self.sent += 1\n"
        "        print(self.sent, flush=True)\n"
        "        import time\n"
        "        time.sleep(0.02 if self.sent < 4 else 60)\n"
        "        return bytes(8192)\n"
        "    def __len__(self): return 10_000_000\n"
        "    def tell(self): return 0\n"
        "    def seek(self, *_): return 0\n"
        "from botocore.config import Config\n"
        "s3 = boto3.client('s3', config=Config(\n"
        "    request_checksum_calculation='when_required',\n"
        "    s3={'payload_signing_enabled': False}))\n"
        f"s3.put_object(Bucket={bucket!r}, Key='half', Body=Slow())\n"
    )
    client = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | cloud.env(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert client.stdout is not None
    for line in client.stdout:
        if line == b"4\n":
            break
    client.kill()
    client.wait()
    client.stdout.close()
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    assert cloud.status()["url"] == cloud.url


def test_many_that_say_nothing_are_cut_and_others_are_answered(
    cloud: Cloud, s3: Any
) -> None:
    half_said = [connect(cloud) for _ in range(THREADS + 2)]
    for connection in half_said:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: lo")
    silent = [connect(cloud) for _ in range(10)]
    assert s3.list_buckets()["ResponseMetadata"]["RetryAttempts"] == 0
    for connection in half_said:
        answer = connection.recv(1000)  # never, had the server not given up on it
        assert answer == b"" or b" 408 " in answer
    for connection in half_said + silent:
        connection.close()


@pytest.mark.parametrize(
    "line",
    [b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n"],
    ids=["nothing", "TLS", "no path"],
)
def test_what_is_no_http_is_answered_or_cut(cloud: Cloud, line: bytes) -> None:
    connection = connect(cloud)
    connection.sendall(line)
    connection.shutdown(socket.SHUT_WR)
    answer = connection.recv(100)
    connection.close()
    assert answer == b"" or b" 400 " in answer
    assert cloud.status()["url"] == cloud.url


def test_it_listens_on_loopback_only(cloud: Cloud) -> None:
    pid, port = cloud.status()["pid"], urlsplit(cloud.url).port
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        target = os.readlink(entry)
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                listening.append(fields[1])
    assert listening == [f"0100007F:{port:04X}"]


@pytest.mark.parametrize(
    ("host", "reachable"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "[::1]"),
        ("::1", "[::1]"),
        ("my.host", "my.host"),
    ],
)
def test_the_address_is_one_that_programs_can_reach(host: str, reachable: str) -> None:
    assert _reachable(host) == reachable


VERBS = ["advance", "bill", "logs", "reset", "resources", "shutdown", "status", "wait"]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_in_a_browser_can_not_use_the_clouds_verbs(
    cloud: Cloud, verb: str, method: str
) -> None:
    status, answer = ask(cloud, method, f"/_cloudlet/{verb}", Origin="https://evil")
    assert status == 403
    assert "X-Cloudlet" in answer["error"]


def test_nor_is_a_browser_told_that_it_may(cloud: Cloud) -> None:
    connection = http.client.HTTPConnection(urlsplit(cloud.url).netloc, timeout=30)
    headers = {
        "Origin": "https://evil",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-cloudlet",
    }
    connection.request("OPTIONS", "/_cloudlet/shutdown", headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.getheader("Access-Control-Allow-Origin") is None
    assert response.status >= 400


def test_an_unknown_verb_and_bad_arguments_are_refused(cloud: Cloud) -> None:
    status, answer = ask(cloud, "POST", "/_cloudlet/fly", **{"X-Cloudlet": "1"})
    assert status == 404
    assert str(sorted(VERBS)) in answer["error"]
    for arguments in ({}, {"seconds": "soon"}, {"seconds": -1}):
        with pytest.raises(ValueError):
            cloud._ask("advance", **arguments)
