"""The input channels of a job: which there must be, and the files in them."""

import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from cloudlet.algorithms import log
from cloudlet.runner.container import ClientError, Container

MAX_FOLDER_DEPTH = 3
"""The channel's own folder and two below it, as AWS's XGBoost container reads."""


def check_channels(
    config: Mapping[str, Mapping[str, Any]],
    required: Collection[str],
    optional: Collection[str] = (),
    *,
    pipe: bool = True,
) -> None:
    """Raise ClientError for a channel that is missing, unknown, or in a mode too many.

    FastFile mode looks like File mode to the program; `pipe` says whether the algorithm
    reads Pipe mode.
    """
    for name in required:
        if name not in config:
            raise ClientError(f"Missing required channel: {name}")
    for name, channel in config.items():
        if name not in required and name not in optional:
            raise ClientError(f"Extraneous channel found: {name}")
        if channel.get("TrainingInputMode") == "Pipe" and not pipe:
            raise ClientError(
                f"Channel '{name}' asks for Pipe mode, which this algorithm does not "
                "read here; File and FastFile modes work."
            )


def shown_path(name: str) -> str:
    """The channel's folder as the program's author knows it."""
    return f"/opt/ml/input/data/{name}"


def data_files(container: Container, name: str) -> list[Path]:
    """The channel's data files in a fixed order; empty if they hold no byte.

    Names that begin with `_` (Spark's `_SUCCESS`) are passed over. In Pipe mode the
    first epoch's stream is one file, since all rows are kept anyway.

    Raises:
        ClientError: a file is hidden; AWS's container refuses these.
    """
    root = container.channel(name)
    if container.input_data_config().get(name, {}).get("TrainingInputMode") == "Pipe":
        return _drained(root)
    if not root.exists():
        return []
    files = sorted(_walk(root, 1, shown_path(name)))
    if any(file.name.startswith(".") for file in files):
        raise ClientError(
            "Hidden file found in the data path! Remove that before training."
        )
    files = [file for file in files if not file.name.startswith("_")]
    return files if any(file.stat().st_size for file in files) else []


def _drained(channel: Path) -> list[Path]:
    """What a channel's first FIFO gives, in a file; empty if it gives nothing."""
    channel.mkdir(parents=True, exist_ok=True)
    file = channel / "stream"
    with Path(f"{channel}_0").open("rb") as pipe, file.open("wb") as kept:
        shutil.copyfileobj(pipe, kept, 1 << 20)
    return [file] if file.stat().st_size else []


def _walk(folder: Path, depth: int, shown: str) -> Iterator[Path]:
    if depth > MAX_FOLDER_DEPTH:
        log.warning(
            f"The depth of folder {shown} exceed the limit {MAX_FOLDER_DEPTH}. "
            "Files in deeper sub dirs won't be loaded. "
            "Please adjust the folder structure accordingly."
        )
        return
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, depth + 1, shown)
        elif entry.is_file():
            yield entry
