"""The extra `deep`: whether its libraries are there, and what they need to be loaded.

Algorithms that stand on them say so where a job or an endpoint begins, and import them
no sooner.
"""

import os
from importlib.util import find_spec

LIBRARIES = {
    "BlazingText": {"gensim": "gensim"},
    "DeepAR": {"torch": "PyTorch", "lightning": "Lightning", "gluonts": "GluonTS"},
    "Image Classification": {"torch": "PyTorch"},
}
"""Algorithm → the modules that it imports, and what these are called."""


def missing(algorithm: str) -> str:
    """What to tell a customer if one of its libraries is missing; else nothing."""
    needed = LIBRARIES[algorithm]
    if all(find_spec(module) for module in needed):
        return ""
    *others, last = needed.values()
    listed = f"{', '.join(others)} and {last}" if others else last
    return (
        f"{algorithm} needs {listed}, of the local cloud's extra `deep`: run"
        " `make deep`, or `pip install 'mlslab[deep]'`."
    )


def calm_threads() -> None:
    """Let PyTorch's threads wait for each other without spinning for long.

    Its own OpenMP reads this when it is loaded. On two cores that others use as well,
    a small network took five to ten times as long with the library's default; see
    `cloudlet.runner.warm_parent`.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
