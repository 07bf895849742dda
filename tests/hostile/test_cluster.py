"""Grading on a Dask cluster: the same gradebook, with a worker killed on the way."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from making import ROOT, Made, course

from mlslab.errors import MlslabError
from mlslab.grading import sandbox
from mlslab.grading.batch import grade_all, grader
from mlslab.grading.cluster import grade_on_cluster
from mlslab.grading.gradebook import gradebook_csv
from mlslab.grading.policy import Policy, apply
from mlslab.grading.results import Result, Submission
from mlslab.grading.rules import Limits

HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.namespaces,
    pytest.mark.skipif(bool(sandbox.missing()), reason=sandbox.missing() or "-"),
]

LIMITS = Limits(cell_seconds=5, exercise_seconds=7, submission_seconds=60)


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    from distributed import LocalCluster

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), *sys.path]))
    monkeypatch.setenv("MLSLAB_ROOT", str(ROOT))
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs=50,
    ) as cluster:
        yield cluster.scheduler_address


def submissions() -> list[Submission]:
    made = [
        Made(),
        Made(total="total = 1"),
        Made(largest="while True: pass"),
        Made(double="import os; os._exit(0)"),
    ]
    return [
        Submission(f"learner {number}", f"{number}.ipynb", made[number % 4].content)
        for number in range(12)
    ]


def gradebook(results: list[Result]) -> bytes:
    return gradebook_csv(apply(Policy(), results))


def test_a_killed_worker_costs_a_retry(address: str) -> None:
    from distributed import Client

    lab = course().lab("101")
    with grader(course(), lab, LIMITS, walls=True) as one:
        here = list(grade_all(one, submissions(), jobs=2))
    there = []
    with Client(address) as client:
        pids = list(client.run(os.getpid).values())
    for result in grade_on_cluster(
        address, course(), lab, LIMITS, submissions(), walls=True
    ):
        there.append(result)
        if len(there) == 3:
            os.kill(pids[0], signal.SIGKILL)
    assert len(there) == 12
    assert gradebook(there) == gradebook(here)


def test_no_scheduler(unused_port: int) -> None:
    with pytest.raises(MlslabError, match="no Dask scheduler answers"):
        list(
            grade_on_cluster(
                f"tcp://127.0.0.1:{unused_port}",
                course(),
                course().lab("101"),
                LIMITS,
                submissions(),
                walls=True,
            )
        )


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
