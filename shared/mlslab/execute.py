"""Running notebooks in a cloud of their own, away from the learner's progress."""

import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REHEARSAL = "MLSLAB_REHEARSAL"
"""Set: a lab takes a cloud of its own and keeps its progress in memory."""

STRICT = "MLSLAB_STRICT"
"""1: a check that does not pass raises, and so does a teardown with remains; 0: none
does. Unset: as 1 in the kernels that pytest starts, so that nbval fails these cells."""

_WIDGET = "application/vnd.jupyter.widget-view+json"


def is_rehearsal() -> bool:
    """Whether this run is a build or a test rather than a learner's.

    pytest (and so nbval) sets PYTEST_VERSION for the kernels that it starts.
    """
    return bool(os.environ.get(REHEARSAL) or os.environ.get("PYTEST_VERSION"))


def is_strict() -> bool:
    """Whether a failed check has to fail its cell."""
    said = os.environ.get(STRICT, "")
    if said:
        return said != "0"
    return "PYTEST_VERSION" in os.environ and _in_kernel()


def _in_kernel() -> bool:
    from IPython.core.getipython import get_ipython

    return hasattr(get_ipython(), "kernel")


@contextmanager
def rehearsal(*, strict: bool, root: Path) -> Iterator[None]:
    """Kernels started inside have a cloud of their own; restores the environment."""
    before = dict(os.environ)
    os.environ |= {REHEARSAL: "1", STRICT: str(int(strict)), "MLSLAB_ROOT": str(root)}
    os.environ.pop("MLSLAB_MODE", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def execute(notebook: Any, folder: Path, root: Path, timeout: int = 300) -> Any:
    """Execute a solution notebook in place; a check that fails fails the run.

    Args:
        notebook: an nbformat notebook.
        folder: the working folder of its kernel.
        root: the course's root.
        timeout: seconds for each cell.

    Raises:
        nbclient.exceptions.CellExecutionError: with the cell and its traceback.
    """
    from nbclient import NotebookClient

    folder.mkdir(parents=True, exist_ok=True)
    kept = copy.deepcopy(notebook.metadata)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    with rehearsal(strict=True, root=root):
        client.execute()
    # The kernel adds the version of Python, which differs between machines.
    notebook.metadata = kept
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = list(filter(_without_widget, cell.outputs))
    return notebook


def _without_widget(output: Any) -> bool:
    """Take the widget out of an output; whether something readable is left."""
    data = output.get("data", {})
    return data.pop(_WIDGET, None) is None or "text/html" in data


def run(path: Path, output: Path, root: Path, *, strict: bool) -> None:
    """Run a notebook file with papermill.

    Args:
        path: the notebook.
        output: where the executed notebook goes.
        root: the course's root.
        strict: whether a check that does not pass ends the run.

    Raises:
        papermill.PapermillExecutionError: with the cell and its traceback.
    """
    import papermill

    with rehearsal(strict=strict, root=root):
        papermill.execute_notebook(
            str(path),
            str(output),
            kernel_name="python3",
            cwd=str(path.parent),
            progress_bar=False,
        )
