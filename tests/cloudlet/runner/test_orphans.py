"""What outlives its container is ended, also what is born meanwhile."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from cloudlet.runner import orphans

NOBODY = 1 << 30  # more than any process's number


@pytest.fixture
def sleepers() -> Iterator[list[subprocess.Popen[bytes]]]:
    started = [subprocess.Popen(["sleep", "4000"]) for _ in range(2)]
    yield started
    for one in started:
        one.kill()
        one.wait()


def test_what_is_born_while_it_looks_ends_too(
    sleepers: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sleepers
    seen = iter([[first.pid], [second.pid], []])
    monkeypatch.setattr(orphans, "children", lambda _: next(seen))
    orphans.end_descendants(NOBODY)
    assert (first.wait(20), second.wait(20)) == (-9, -9)


def test_what_is_to_be_kept_lives_on(
    sleepers: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, kept = sleepers
    monkeypatch.setattr(
        orphans,
        "children",
        lambda _: [one.pid for one in sleepers if one.poll() is None],
    )
    orphans.end_descendants(NOBODY, {kept.pid})
    assert (gone.wait(20), kept.poll()) == (-9, None)


def test_it_does_not_look_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "children", lambda _: [NOBODY])
    orphans.end_descendants(NOBODY, seconds=0.05)
