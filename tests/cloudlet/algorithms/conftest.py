"""A container folder with a job's configuration and channels, made in one call."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cloudlet.runner.container import Container

MakeContainer = Callable[..., Container]


@pytest.fixture
def make_container(
    tmp_path: Path, make_container_in: Callable[[Path], MakeContainer]
) -> MakeContainer:
    """`make(hyperparameters, {"train": {"a.csv": b"…"}}, "text/csv")`."""
    return make_container_in(tmp_path)


@pytest.fixture(scope="session")
def make_container_in() -> Callable[[Path], MakeContainer]:
    """`make_container` for a folder of the caller's, which may live longer."""
    return _maker


def _maker(folder: Path) -> MakeContainer:
    made = []

    def make(
        hyperparameters: Mapping[str, str],
        channels: Mapping[str, Mapping[str, bytes]],
        content_type: str | None = "text/csv",
        hosts: int = 1,
    ) -> Container:
        container = Container(folder / f"job{len(made)}")
        made.append(container)
        channel: dict[str, Any] = {"TrainingInputMode": "File"}
        if content_type is not None:
            channel["ContentType"] = content_type
        container.config.mkdir(parents=True)
        _write(container, "hyperparameters", hyperparameters)
        _write(container, "inputdataconfig", dict.fromkeys(channels, channel))
        names = [f"algo-{number}" for number in range(1, hosts + 1)]
        _write(container, "resourceconfig", {"current_host": "algo-1", "hosts": names})
        for name, files in channels.items():
            container.channel(name).mkdir(parents=True)
            for file, content in files.items():
                path = container.channel(name) / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        return container

    return make


def _write(container: Container, name: str, content: Any) -> None:
    (container.config / f"{name}.json").write_text(json.dumps(content))
