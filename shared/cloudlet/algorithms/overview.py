"""The built-in algorithms in one table, made from what their packages say."""

import inspect
import re
from operator import itemgetter
from types import ModuleType

from cloudlet.runner.images import IMAGES

_DIFFERENCES = "Where it differs from AWS:"


def markdown() -> str:
    """`algorithms/README.md`: a row for each algorithm, then how each differs."""
    packages = [
        (image.repository, __import__(image.train.rpartition(".")[0], fromlist=["_"]))
        for image in IMAGES
        if image.train is not None
    ]
    rows = [_row(name, package) for name, package in packages]
    parts = [
        "# The built-in algorithms",
        "Each is a program under SageMaker's container contract, on open libraries."
        " This page is made from their packages by `mlslab build`. Those marked ◆ need"
        " the extra `deep`: `make deep`, or `pip install 'mlslab[deep]'`.",
        "\n".join(
            ["| Image | Training data | Metrics |", "|---|---|---|", *sorted(rows)]
        ),
        "For AWS's other built-in algorithms (NTM, Object2Vec, Sequence-to-Sequence,"
        " Object Detection, Semantic Segmentation) a job is refused with the list of"
        " these.",
        *(_section(*pair) for pair in sorted(packages, key=itemgetter(0))),
    ]
    return "\n\n".join(parts) + "\n"


def _row(name: str, package: ModuleType) -> str:
    mark = " ◆" if getattr(package, "DEEP", False) else ""
    types = ", ".join(f"`{kind}`" for kind in package.CONTENT_TYPES)
    names = [metric.name for metric in package.METRICS]
    shown = ", ".join(f"`{metric}`" for metric in names[:6])
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return f"| [`{name}`](#{name}){mark} | {types} | {shown or '–'}{more} |"


def _section(name: str, package: ModuleType) -> str:
    text = inspect.getdoc(package) or ""
    head, _, differences = text.partition(_DIFFERENCES)
    first = re.sub(r"\s+", " ", head.split("\n\n")[0])
    rest = differences.split("\n\nImporting this")[0].strip()
    return f"## {name}\n\n{first}\n\n{_DIFFERENCES}\n\n{rest}"
