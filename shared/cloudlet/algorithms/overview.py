"""The built-in algorithms in one table, of what a test has tried with each of them.

`tried.json` is written by `tests/clients/test_built_in.py`, which trains each one from
every format through the SageMaker SDK, reads its metrics by the SDK's analytics, and
asks its endpoint in every format; it fails if the file tells something else.
"""

import inspect
import json
import re
from operator import itemgetter
from pathlib import Path
from types import ModuleType
from typing import Any

from cloudlet.runner.images import IMAGES

_DIFFERENCES = "Where it differs from AWS:"
_TRIED = Path(__file__).with_name("tried.json")
_SHOWN = 4
"""Metrics that are named in the table."""


def markdown() -> str:
    """`algorithms/README.md`: a row for each algorithm, then how each differs."""
    packages = [
        (image.repository, __import__(image.train.rpartition(".")[0], fromlist=["_"]))
        for image in IMAGES
        if image.train is not None
    ]
    tried = json.loads(_TRIED.read_text())
    rows = [_row(name, package, tried[name]) for name, package in packages]
    parts = [
        "# The built-in algorithms",
        "Each is a program under SageMaker's container contract, on open libraries."
        " Those marked ◆ need the extra `deep`: `make deep`, or"
        " `pip install 'mlslab[deep]'`. The table has what a test has tried with each"
        " through SDK v3: the formats that it was trained from, those of requests and"
        " of answers, and how many of its metrics the job told; other hyperparameters"
        " have others.",
        "\n".join(
            [
                "| Image | Trained from | Requests | Answers | Metrics | Differs |",
                "|---|---|---|---|---|---|",
                *sorted(rows),
            ]
        ),
        "For AWS's other built-in algorithms (NTM, Object2Vec, Sequence-to-Sequence,"
        " Object Detection, Semantic Segmentation) a job is refused with the list of"
        " these.",
        *(_section(*pair) for pair in sorted(packages, key=itemgetter(0))),
    ]
    return "\n\n".join(parts) + "\n"


def _row(name: str, package: ModuleType, tried: dict[str, Any]) -> str:
    mark = " ◆" if getattr(package, "DEEP", False) else ""
    formats = (_code(tried[what]) for what in ("training", "requests", "answers"))
    order = [metric.name for metric in package.METRICS]
    metrics = sorted(tried["metrics"], key=order.index)
    more = len(metrics) - _SHOWN
    told = _code(metrics[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    points = _differences(package).count("\n- ") + 1
    differs = f"[in {points} point{'s' if points > 1 else ''}](#{name})"
    cells = [f"`{name}`{mark}", *formats, told, differs]
    return f"| {' | '.join(cells)} |"


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"


def _section(name: str, package: ModuleType) -> str:
    text = inspect.getdoc(package) or ""
    first = re.sub(r"\s+", " ", text.split("\n\n")[0])
    return f"## {name}\n\n{first}\n\n{_DIFFERENCES}\n\n{_differences(package)}"


def _differences(package: ModuleType) -> str:
    """What follows in the package's docstring, a list."""
    text = (inspect.getdoc(package) or "").partition(_DIFFERENCES)[2]
    return text.split("\n\nImporting this")[0].strip()
