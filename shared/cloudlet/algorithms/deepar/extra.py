"""Whether the extra `deep` is there, without loading it."""

from importlib.util import find_spec

MISSING = (
    "DeepAR needs PyTorch and GluonTS, which are an extra of the local cloud: run"
    " `make deep`, or `pip install 'mlslab[deep]'`."
)


def is_missing() -> bool:
    """Whether PyTorch, GluonTS or Lightning is not installed."""
    return any(find_spec(name) is None for name in ("torch", "gluonts", "lightning"))
