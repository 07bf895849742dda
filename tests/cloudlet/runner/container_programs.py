"""What containers run in the tests beside this file."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from cloudlet.algorithms.serving import PayloadError
from cloudlet.runner.container import ClientError, Container


def tell(container: Container) -> None:
    """Print what the program sees, and leave a model."""
    print("root", container.root)
    print("variables", ",".join(sorted(os.environ)))
    print("files", len(os.listdir("/proc/self/fd")))
    (container.model / "model").write_text(str(os.getpid()))


def customers_fault(_: Container) -> None:
    raise ClientError("the channel is missing")


def bug(_: Container) -> None:
    raise ZeroDivisionError("halves of nothing")


def exit_three(_: Container) -> None:
    sys.exit(3)


def exit_with_text(_: Container) -> None:
    sys.exit("no more")


def look_up_aws(_: Container) -> None:
    import socket

    try:
        socket.getaddrinfo("sts.us-east-1.amazonaws.com", 443)
    except OSError as error:
        print(error)


class Echo:
    """Answers with what it got; some bodies make it do something else."""

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        word = body.decode(errors="replace")
        if word == "bad":
            raise PayloadError("wrong columns", 415)
        if word == "bug":
            raise ZeroDivisionError("halves of nothing")
        if word == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if word.startswith("sleep "):
            time.sleep(float(word.split()[1]))
        return body + str(os.getpid()).encode() * (word == "pid"), content_type


def load(_: Path) -> Echo:
    return Echo()


def load_fails(model: Path) -> Echo:
    raise FileNotFoundError(f"no model in {model}")
