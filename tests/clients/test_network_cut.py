"""With no network but loopback, every client still does its whole round."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from clients.client_programs import CLIENTS, Client, check_what_is_left, run

UNSHARE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "-rn"]

#: Sets loopback up (SIOCSIFFLAGS), proves that nothing else is there, and goes on.
CUT = """
import errno, fcntl, os, socket, struct, sys
with socket.socket() as link:
    fcntl.ioctl(link, 0x8914, struct.pack("16sH14x", b"lo", 1 | 64))
assert [name for _, name in socket.if_nameindex() if name != "lo"] == []
with socket.socket() as out:
    assert out.connect_ex(("192.0.2.1", 443)) == errno.ENETUNREACH
os.execvp(sys.argv[1], sys.argv[1:])
"""


@cache
def no_namespace() -> str | None:
    """Why a network namespace can't be had, or None."""
    try:
        command = [*UNSHARE, sys.executable, "-c", CUT, "true"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "there is no `unshare`"
    return done.stderr.strip() or None


@pytest.mark.namespaces
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_client_needs_no_network(client: Client, work: Path) -> None:
    reason = no_namespace()
    if reason:
        pytest.skip(f"no network namespace to be had: {reason}")
    command = client.command(work, "short")
    cloudlet = [sys.executable, "-m", "cloudlet", "run", "--"]
    done = run([*UNSHARE, sys.executable, "-c", CUT, *cloudlet, *command], work)
    assert done.returncode == 0
    check_what_is_left(work)
