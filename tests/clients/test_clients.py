"""Each client trains, deploys, predicts and deletes, unmodified, in its own cloud."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clients.client_programs import CLIENTS, Client, check_what_is_left, run


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_client_does_the_whole_round(client: Client, work: Path) -> None:
    command = client.command(work)
    cloudlet = [sys.executable, "-m", "cloudlet", "run", "--bill", "--"]
    done = run([*cloudlet, *command], work)
    assert done.returncode == 0
    assert "ml.m5.xlarge" in done.stdout  # on the bill
    check_what_is_left(work)
