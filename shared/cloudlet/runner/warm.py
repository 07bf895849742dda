"""The heavy imports, made once in the process that all containers are forked from.

When the cloud goes, however that happens, this process ends all that its containers
have started.
"""

import atexit
import importlib
import os
import warnings
from contextlib import suppress

from cloudlet.runner import orphans

MODULES = (
    "numpy",
    "scipy.sparse",
    "pandas",
    "pyarrow.csv",
    "sklearn.base",
    "xgboost",
    "cloudlet.algorithms.xgboost.train",
    "cloudlet.algorithms.xgboost.serve",
    "cloudlet.runner.programs",
    "cloudlet.runner.model_server",
)

_PARENT = os.getpid()


@atexit.register
def _end_containers() -> None:
    if os.getpid() == _PARENT:  # and not in a container forked from it
        orphans.end_descendants(_PARENT)


orphans.adopt()
warnings.filterwarnings("ignore", "forkserver: waitpid returned unexpected pid")
for _module in MODULES:
    with suppress(ImportError):
        importlib.import_module(_module)
