"""Loaded by every Python that `cloudlet run` starts, whatever its environment.

Python runs one `sitecustomize`: this one runs the environment's own after it.
"""

import importlib.machinery
import importlib.util
import os
import sys

import cloudlet_hook


def _run_the_next():
    here = os.path.dirname(os.path.abspath(__file__))
    others = [folder for folder in sys.path if os.path.abspath(folder or ".") != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


if os.environ.get("CLOUDLET_URL"):
    cloudlet_hook.install(os.environ["CLOUDLET_URL"])
_run_the_next()
