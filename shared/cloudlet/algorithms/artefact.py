"""The artefact of AWS's first-party algorithms: `model_algo-1`.

On AWS the file holds MXNet's arrays. Here it is a NumPy archive (`numpy.load` opens it,
without pickles) of named arrays, with a JSON text `about` that holds everything else.
"""

import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cloudlet.algorithms.serving import ModelLoadError
from cloudlet.runner.container import Container

NAME = "model_algo-1"
_ABOUT = "about"


def write(container: Container, about: Mapping[str, Any], **arrays: np.ndarray) -> None:
    """Write the artefact, whole or not at all.

    Args:
        container: the job's.
        about: what JSON can hold.
        arrays: of numbers.
    """
    container.model.mkdir(parents=True, exist_ok=True)
    unfinished = container.model / f".{NAME}"
    text = np.frombuffer(json.dumps(dict(about)).encode(), np.uint8)
    with unfinished.open("wb") as file:
        np.savez(file, allow_pickle=False, **{_ABOUT: text}, **arrays)
    os.replace(unfinished, container.model / NAME)


def read(model_dir: Path, *names: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What `write` wrote: `about`, and the arrays by name.

    Raises:
        ModelLoadError: there is no artefact, or it lacks one of `names`.
    """
    path = model_dir / NAME
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        about: dict[str, Any] = json.loads(arrays.pop(_ABOUT).tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelLoadError(
            f"Unable to load the model: {NAME} is missing or no model of this algorithm"
            f" ({error})"
        ) from error
    if missing := set(names) - set(arrays):
        raise ModelLoadError(
            f"Unable to load the model: {NAME} has no {', '.join(sorted(missing))};"
            " it is of another algorithm"
        )
    return about, arrays
