"""What is seen behind the walls of the course: what learners have, and no more."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlslab.course import Course
from mlslab.errors import MlslabError
from mlslab.release import LEFT_OUT

_FOLDERS = ("labs", "data", "exam_scenarios")
_PACKAGES = ("cloudlet", "mlslab")

Mounts = tuple[tuple[str, str], ...]


@contextmanager
def view(course: Course) -> Iterator[Mounts]:
    """Copies without solutions, mistakes and hidden checks; `(source, target)` of each.

    Each copy is seen where its original is. The copies last as long as the block.
    """
    interpreter = tuple(dict.fromkeys((sys.prefix, sys.base_prefix)))
    mounts = [(path, path) for path in interpreter if not path.startswith("/usr")]
    with tempfile.TemporaryDirectory(prefix="mlslab-view-") as folder:
        originals = [_package(name) for name in (*_PACKAGES, _top(course.checks))]
        originals += [course.root / name for name in _FOLDERS]
        for number, original in enumerate(dict.fromkeys(originals)):
            if original.is_dir():
                copy = Path(folder) / str(number)
                shutil.copytree(original, copy, ignore=LEFT_OUT)
                mounts.append((str(copy), str(original)))
        yield tuple(mounts)


def _top(module: str) -> str:
    return module.partition(".")[0]


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise MlslabError(f"the package {name} is not on this Python's path")
    return Path(next(iter(found.submodule_search_locations))).resolve()
