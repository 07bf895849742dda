"""A paper for print and for learning platforms; the file's ending says which."""

from collections.abc import Callable
from pathlib import Path

from mlslab.errors import MlslabError
from mlslab.exam.export.moodle import moodle_xml
from mlslab.exam.export.page import page
from mlslab.exam.export.qti import qti_package
from mlslab.exam.paper import Paper

_WRITERS: dict[str, Callable[[Paper, bool], bytes]] = {
    ".html": page,
    ".xml": moodle_xml,
    ".zip": qti_package,
}


def export(paper: Paper, path: Path, *, key: bool = False) -> None:
    """Write the paper; the same paper gives the same bytes.

    Args:
        paper: what is written.
        path: `.html` is a page to print, `.xml` Moodle XML, `.zip` a QTI 2.1 package.
        key: with every reason: behind the page, or as feedback of the platform. The
            platforms' files always have the right answers, since they judge by them.

    Raises:
        MlslabError: for another ending.
    """
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise MlslabError(
            f"{path.name}: an exam is written to .html, .xml (Moodle) or .zip (QTI 2.1)"
        )
    path.write_bytes(writer(paper, key))
