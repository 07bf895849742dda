"""Each attack by itself: no undeserved point, and the others' results are the same."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from attacks import ATTACKS, Attack
from making import ROOT, Made, course

from mlslab.grading import sandbox
from mlslab.grading.batch import grade_all, grader
from mlslab.grading.results import Result, Submission
from mlslab.grading.rules import Limits

pytestmark = [
    pytest.mark.namespaces,
    pytest.mark.skipif(bool(sandbox.missing()), reason=sandbox.missing() or "-"),
]

LIMITS = Limits(
    cell_seconds=5,
    exercise_seconds=7,
    submission_seconds=60,
    memory_mb=1500,
    disk_mb=50,
    output_mb=10,
    processes=40,
)
HONEST = "honest-{}"


@pytest.fixture(scope="module")
def outside() -> Iterator[socket.socket]:
    """A listener that no submission may reach."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


@pytest.fixture(scope="module")
def results(
    outside: socket.socket, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Result]:
    """All attacks in one batch, two at a time, with honest submissions between them."""
    os.environ["HOSTILE_TEST_SECRET"] = "yes"
    victim = tmp_path_factory.mktemp("submissions") / "victim.ipynb"
    victim.write_bytes(Made().content)
    port = str(outside.getsockname()[1]).encode()
    submissions = []
    for number, attack in enumerate(ATTACKS):
        content = attack.content.replace(b"{port}", port)
        content = content.replace(b"{root!r}", repr(str(ROOT)).encode())
        content = content.replace(b"{victim}", victim.name.encode())
        submissions.append(Submission(attack.name, f"{number}.ipynb", content))
        if number % 10 == 0:
            learner = HONEST.format(number)
            submissions.append(Submission(learner, "x.ipynb", Made().content))
    before = _worlds()
    with grader(course(), course().lab("101"), LIMITS, walls=True) as one:
        found = {r.learner: r for r in grade_all(one, submissions, jobs=2)}
        deadline = time.monotonic() + 10
        while _worlds() > before and time.monotonic() < deadline:
            time.sleep(0.05)  # the last ones are on their way
        left = _worlds() - before
    assert not left, f"something of a submission still runs: {left}"
    assert len(found) == len(submissions)
    del os.environ["HOSTILE_TEST_SECRET"]
    return found


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack(attack: Attack, results: dict[str, Result]) -> None:
    result = results[attack.name]
    passed = {e.exercise for e in result.exercises if e.points}
    told = [(e.exercise, e.status.value, e.message) for e in result.exercises]
    assert passed == set(attack.passed), (told, result.note)
    if attack.status != "any":
        assert result.status.value == attack.status, (told, result.note)
    assert attack.note in result.note
    assert "\n" not in result.note
    assert [e.exercise for e in result.exercises] == ["double", "total", "largest"]


def test_honest_results_are_the_same_to_the_byte(results: dict[str, Result]) -> None:
    honest = [r for name, r in results.items() if name.startswith("honest-")]
    assert len(honest) > 3
    texts = {_lasting(result) for result in honest}
    assert len(texts) == 1
    assert '"points": 4' in texts.pop()


def test_nobody_reached_the_outside(
    results: dict[str, Result], outside: socket.socket
) -> None:
    with pytest.raises(BlockingIOError):
        outside.accept()


def _lasting(result: Result) -> str:
    exercises = tuple(replace(e, seconds=0.0) for e in result.exercises)
    return replace(result, learner="", seconds=0.0, exercises=exercises).to_json()


def _worlds() -> set[tuple[str, str]]:
    """The processes that run in a network namespace of their own."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/ns/net"):
        with contextlib.suppress(OSError):
            if os.readlink(path) != os.readlink("/proc/self/ns/net"):
                command = (path.parent.parent / "cmdline").read_text()[:40]
                found.add((path.parent.parent.name, command))
    return found
