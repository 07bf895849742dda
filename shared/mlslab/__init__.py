"""The course: learn machine learning on AWS by doing it.

`start_lab` opens a lab in a notebook. The names here are loaded when they are first
used, so that `import mlslab` costs nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlslab.lab import Lab, start_lab

__all__ = ["Lab", "start_lab"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'mlslab' has no attribute {name!r}")
    from mlslab import lab

    return getattr(lab, name)
