"""Reading a submitted notebook: its cells' ids, types, texts and tags, or why not.

Learners' tools write files that are slightly wrong, and some learners write files that
are very wrong. What can be read is read; everything else is `Unreadable`, with one
line for the instructor. Outputs, attachments and all other metadata are dropped, and
nothing of what is read here is ever run.
"""

import json
import re
from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import nbformat

from mlslab.errors import MlslabError

MAX_BYTES = 100 * 10**6
"""Bytes of a notebook's file, outputs included."""
MAX_SOURCE = 2 * 10**6
"""Bytes, in UTF-8, of the texts of all cells together."""
MAX_CELLS = 20_000

#: Each list or object of JSON costs some 200 bytes of memory, as few as two in a file.
_MAX_NODES = 3 * 10**6
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NEWEST = 4
_TEXT = {"code", "markdown", "raw"}


class Unreadable(MlslabError):  # noqa: N818 - an outcome, as in mlslab.checks
    """A submission that cannot be graded; the reason is one line for the instructor."""


def read_notebook(
    content: bytes, *, max_bytes: int = MAX_BYTES, max_source: int = MAX_SOURCE
) -> Any:
    """The notebook in format 4, with nothing in it but what grading works on.

    Every cell has an id; a cell that came without one gets `cell-<place>`. Ids may
    stand there twice. Texts end their lines with a line feed.

    Args:
        content: the file.
        max_bytes: larger files are not read.
        max_source: notebooks with more text than this, in bytes, are not read.

    Raises:
        Unreadable: it is no notebook, or too large, or not in Python.
    """
    if len(content) > max_bytes:
        raise Unreadable(
            f"the file has {len(content) / 1e6:,.0f} MB, more than the"
            f" {max_bytes / 1e6:,.0f} MB that are read: save it without outputs"
        )
    notebook = _upgraded(_parsed(content))
    _require_python(notebook.get("metadata"))
    cells = list(_cells(notebook["cells"], max_source))
    return nbformat.from_dict(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    )


def _parsed(content: bytes) -> dict[str, Any]:
    if not content.strip(b"\0 \t\r\n"):
        raise Unreadable("the file is empty")
    if content.count(b"[") + content.count(b"{") > _MAX_NODES:
        raise Unreadable("the file is nested too often to be a notebook")
    try:
        # Control characters in a string are wrong, and tell nothing of the answers.
        found = json.loads(_decoded(content), strict=False)
    except RecursionError:
        raise Unreadable("the file is nested too deeply to be a notebook") from None
    except ValueError as error:
        place = f" ({_one_line(str(error))})"
        raise Unreadable(f"the file is not valid JSON{place}") from None
    if not isinstance(found, dict):
        raise Unreadable("the file is valid JSON, but no notebook")
    return found


def _decoded(content: bytes) -> str:
    """The text of UTF-8, -16 or -32; a byte that is not of it spoils itself only."""
    return content.decode(json.detect_encoding(content), errors="replace")


def _upgraded(found: dict[str, Any]) -> dict[str, Any]:
    """The notebook as format 4, if it is one; not yet cleaned."""
    number = _format(found)
    if number > _NEWEST:
        raise Unreadable(
            f"the notebook is of format {number}, newer than {_NEWEST}: save it as"
            f" format {_NEWEST}"
        )
    if number < _NEWEST:
        found = _from_old(found, number)
    if not isinstance(found.get("cells"), list):
        raise Unreadable("the file is valid JSON, but no notebook: it has no cells")
    return found


def _format(found: dict[str, Any]) -> int:
    told = found.get("nbformat")
    if isinstance(told, (int, float, str)) and re.fullmatch(r"[0-9]{1,4}", str(told)):
        return int(told)
    return 3 if "worksheets" in found else _NEWEST


def _from_old(found: dict[str, Any], number: int) -> dict[str, Any]:
    """From format 1, 2 or 3, with those parts only that are needed."""
    sheets = found.get("worksheets", [found])
    cells = [
        cell
        for sheet in (sheets if isinstance(sheets, list) else [])
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
        for cell in sheet["cells"]
        if isinstance(cell, dict)
    ]
    _require_few(cells)
    worksheet = {"cells": list(map(_old_cell, cells)), "metadata": {}}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}}
    try:
        new = nbformat.convert(nbformat.from_dict(old | {"worksheets": [worksheet]}), 4)
    except Exception as error:
        raise Unreadable(
            f"the notebook of format {number} cannot be converted to format {_NEWEST}"
            f" ({type(error).__name__}): open it in JupyterLab and save it anew"
        ) from None
    # The ids that it makes are random.
    made = [{**cell, "id": None} for cell in new["cells"]] if cells else None
    languages = [cell["language"] for cell in cells if "language" in cell]
    told = {"language": languages[0]} if languages else {}
    return {"cells": made, "metadata": {"kernelspec": told}}


def _old_cell(cell: dict[str, Any]) -> dict[str, Any]:
    """As format 3 has it: what the conversion needs, and no fault that it would log."""
    kind = cell.get("cell_type")
    known = isinstance(kind, str) and kind in {"code", "heading", "markdown"}
    clean: dict[str, Any] = {"cell_type": kind if known else "raw", "metadata": {}}
    # Format 1 has `code` and `text`.
    texts = [cell[key] for key in ("input", "code", "source", "text") if key in cell]
    text = _plain(texts[0]) if texts else ""
    if kind == "code":
        return clean | {"input": text, "language": "python", "outputs": []}
    return clean | (
        {"source": text, "level": 1} if kind == "heading" else {"source": text}
    )


def _require_python(metadata: Any) -> None:
    """A language is told in two places; a stale one beside Python does not count."""
    if not isinstance(metadata, dict):
        return
    told = [
        place.get(name)
        for key, name in (("kernelspec", "language"), ("language_info", "name"))
        if isinstance(place := metadata.get(key), dict)
    ]
    languages = [word for word in told if isinstance(word, str) and word.strip()]
    if languages and not any("python" in word.casefold() for word in languages):
        raise Unreadable(
            f"the notebook is written in {_one_line(languages[0], 40)}, not in Python"
        )


def _cells(found: list[Any], max_source: int) -> Iterator[dict[str, Any]]:
    _require_few(found)
    size = 0
    for place, cell in zip(count(), found, strict=False):
        if not isinstance(cell, dict):
            continue
        source = _source(cell.get("source"))
        size += len(source.encode())
        if size > max_source:
            raise Unreadable(
                f"the cells hold more than {max_source / 1e6:,.0f} MB of text, outputs"
                " not counted"
            )
        kind = cell.get("cell_type")
        metadata = cell.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        clean: dict[str, Any] = {
            # Google Colab keeps ids in the metadata.
            "id": _id(cell.get("id")) or _id(metadata.get("id")) or f"cell-{place}",
            "cell_type": kind if isinstance(kind, str) and kind in _TEXT else "raw",
            "metadata": {"tags": _tags(metadata.get("tags"))},
            "source": source,
        }
        if kind == "code":
            clean |= {"execution_count": None, "outputs": []}
        yield clean


def _require_few(cells: list[Any]) -> None:
    if len(cells) > MAX_CELLS:
        raise Unreadable(f"the notebook has more than {MAX_CELLS:,} cells")


def _id(value: Any) -> str:
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def _tags(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else []
    return [_whole(tag) for tag in islice(listed, 100) if isinstance(tag, str)]


def _source(value: Any) -> str:
    text = _whole(_plain(value))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _plain(value: Any) -> str:
    """A text that may be given as a list of lines, or be something else altogether."""
    if isinstance(value, list):
        return "".join(map(_atom, value))
    return _atom(value)


def _atom(value: Any) -> str:
    return str(value) if isinstance(value, (str, int, float)) else ""


def _whole(text: str) -> str:
    """Without what later steps stumble at: halves of surrogate pairs, and NULs."""
    whole = text.encode("utf-8", errors="replace").decode()
    return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _one_line(text: str, length: int = 80) -> str:
    return "".join(map(_visible, text[:length])).strip()


def _visible(character: str) -> str:
    return character if character.isprintable() else " "
