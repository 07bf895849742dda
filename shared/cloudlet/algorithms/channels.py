"""The input channels of a job: which there must be, and the files in them."""

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
) -> None:
    """Raise ClientError for a channel that is missing, unknown, or not in File mode.

    FastFile mode looks like File mode to the program. Pipe mode is not offered here.
    """
    for name in required:
        if name not in config:
            raise ClientError(f"Missing required channel: {name}")
    for name, channel in config.items():
        if name not in required and name not in optional:
            raise ClientError(f"Extraneous channel found: {name}")
        if channel.get("TrainingInputMode") == "Pipe":
            raise ClientError(
                f"Channel '{name}' asks for Pipe mode, which the local cloud does not "
                "offer; File and FastFile modes work."
            )


def shown_path(name: str) -> str:
    """The channel's folder as the program's author knows it."""
    return f"/opt/ml/input/data/{name}"


def data_files(container: Container, name: str) -> list[Path]:
    """The channel's data files in a fixed order; empty if they hold no byte.

    Names that begin with `_` (Spark's `_SUCCESS`) are passed over.

    Raises:
        ClientError: a file is hidden; AWS's container refuses these.
    """
    root = container.channel(name)
    if not root.exists():
        return []
    files = sorted(_walk(root, 1, shown_path(name)))
    if any(file.name.startswith(".") for file in files):
        raise ClientError(
            "Hidden file found in the data path! Remove that before training."
        )
    files = [file for file in files if not file.name.startswith("_")]
    return files if any(file.stat().st_size for file in files) else []


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
