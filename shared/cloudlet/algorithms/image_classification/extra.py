"""The extra `deep`: whether it is there, and what it needs before it is loaded."""

import os
from importlib.util import find_spec

MISSING = (
    "Image Classification needs PyTorch, which is an extra of the local cloud: run"
    " `make deep`, or `pip install 'mlslab[deep]'`."
)


def is_missing() -> bool:
    """Whether PyTorch is not installed."""
    return find_spec("torch") is None


def calm_threads() -> None:
    """Let PyTorch's threads wait for each other without spinning for long.

    Its own OpenMP reads this when it is loaded. On two cores that others use as well,
    a small network took five to ten times as long with the library's default; see
    `cloudlet.runner.warm_parent`.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
