"""From a lab's source to its two notebooks, as nbformat objects."""

from typing import Any

import nbformat
from nbformat import v4

from mlslab.answers import solved, unsolved
from mlslab.course import LabInfo
from mlslab.source import Cell, Source

_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


def learner_notebook(lab: LabInfo, source: Source) -> Any:
    """The notebook with prompts in place of answers, and no outputs."""
    return _notebook(lab.id, source, unsolved)


def solution_notebook(lab: LabInfo, source: Source) -> Any:
    """The notebook with the answers, not yet executed."""
    return _notebook(lab.id, source, solved)


def page_notebook(name: str, source: Source) -> Any:
    """The notebook of a source without exercises; its cells are called by `name`."""
    return _notebook(name, source, str)


def dumps(notebook: Any) -> str:
    """The notebook's file, the same bytes for the same notebook."""
    text: str = nbformat.writes(notebook, version=nbformat.NO_CONVERT)
    return text.rstrip("\n") + "\n"


def without_outputs(notebook: Any) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """What of a notebook comes from its source: id, type, text and tags of cells."""
    return [
        (cell.id, cell.cell_type, cell.source, tuple(cell.metadata.get("tags", ())))
        for cell in notebook.cells
    ]


def _notebook(name: str, source: Source, convert: Any) -> Any:
    notebook = v4.new_notebook(metadata=dict(_METADATA))
    notebook.cells = [_cell(name, cell, convert) for cell in source.cells]
    return notebook


def _cell(name: str, cell: Cell, convert: Any) -> Any:
    metadata = {"tags": list(cell.tags)} if cell.tags else {}
    cell_id = f"{name}-{cell.index:03d}"
    if cell.kind == "code":
        return v4.new_code_cell(convert(cell.text), id=cell_id, metadata=metadata)
    return v4.new_markdown_cell(cell.text, id=cell_id, metadata=metadata)
