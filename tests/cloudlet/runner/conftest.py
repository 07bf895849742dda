"""Containers that a test starts itself, without a cloud."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cloudlet.runner import warm_parent as fork_server
from cloudlet.runner.container import Container
from cloudlet.runner.processes import ContainerProcess, ContainerSpec, Processes


@dataclass
class Started:
    """A container, and what it has printed so far."""

    container: Container
    process: ContainerProcess
    lines: list[str] = field(default_factory=list)

    def ended(self, seconds: float = 60) -> int | None:
        """Wait for its end; returns its exit code."""
        assert self.process.wait(seconds), f"it still runs; it printed {self.lines}"
        return self.process.exit_code


@pytest.fixture(scope="session")
def warm_parent() -> Iterator[None]:
    """What containers are forked from; it does not load pytest into each of them."""
    patch = pytest.MonkeyPatch()
    patch.setattr(sys.modules["__main__"], "__spec__", None)
    patch.delattr(sys.modules["__main__"], "__file__", raising=False)
    yield
    fork_server.end()
    patch.undo()


@pytest.fixture
def processes(warm_parent: None) -> Iterator[Processes]:
    """A runner whose containers end with the test."""
    runner = Processes()
    yield runner
    runner.close()


@pytest.fixture
def run(processes: Processes, tmp_path: Path) -> Callable[..., Started]:
    """`run("bash", "-c", "…")`: an entry point; `run(program="module:function")`."""
    numbers = iter(range(100))

    def start(
        *command: str,
        program: str | None = None,
        environment: dict[str, str] | None = None,
        prepare: Callable[[Container], None] = lambda _: None,
    ) -> Started:
        container = Container(tmp_path / str(next(numbers)))
        for folder in (container.config, container.model, container.output / "data"):
            folder.mkdir(parents=True)
        prepare(container)
        lines: list[str] = []
        variables = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        spec = ContainerSpec(
            container.root,
            variables | (environment or {}),
            program=program,
            command=command,
        )
        return Started(container, processes.start(spec, lines.extend), lines)

    return start
