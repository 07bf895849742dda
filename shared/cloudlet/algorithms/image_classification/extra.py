"""Whether the extra `deep` is there, without loading it."""

from importlib.util import find_spec

MISSING = (
    "Image Classification needs PyTorch, which is an extra of the local cloud: run"
    " `make deep`, or `pip install 'mlslab[deep]'`."
)


def is_missing() -> bool:
    """Whether PyTorch is not installed."""
    return find_spec("torch") is None
