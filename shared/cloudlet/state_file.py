"""Where the running cloud of this user is: one small file that `up` writes."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any


def state_path() -> Path:
    """$CLOUDLET_HOME/cloud.json; by default below ~/.local/state/cloudlet."""
    home = os.environ.get("CLOUDLET_HOME")
    base = Path(home) if home else Path.home() / ".local" / "state" / "cloudlet"
    return base / "cloud.json"


def read_state() -> dict[str, Any] | None:
    """`{"url", "pid", "folder"}` of the running cloud, or None."""
    try:
        state: dict[str, Any] = json.loads(state_path().read_text())
    except (OSError, ValueError):
        return None
    return state if "url" in state else None


def write_state(state: dict[str, Any]) -> None:
    """Remember a cloud; the file is whole at every moment."""
    path = state_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        json.dump(state, file)
    os.replace(file.name, path)


def forget() -> None:
    """Remove the file."""
    state_path().unlink(missing_ok=True)
