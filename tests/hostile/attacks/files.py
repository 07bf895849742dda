"""Files that are no proper notebook."""

from __future__ import annotations

import json
from typing import Any

from making import Made

from attacks.attack import ALL, Attack

_HONEST = Made().content
_WINDOWS = _HONEST.replace(b"\\n", b"\\r\\n").replace(b"\n", b"\r\n")


def _of_format_3() -> bytes:
    cells = json.loads(_HONEST)["cells"]
    for cell in cells:
        cell.pop("id")
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell["language"] = "python"
            cell["prompt_number"] = 1
            cell.pop("execution_count")
    notebook = {
        "metadata": {"name": ""},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": cells, "metadata": {}}],
    }
    return json.dumps(notebook).encode()


def _of_50_mb() -> bytes:
    notebook = json.loads(_HONEST)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            text = "x" * 10_000_000
            stream = {"output_type": "stream", "name": "stdout", "text": text}
            cell["outputs"] = [stream]
    return json.dumps(notebook).encode()


def _with_metadata(metadata: dict[str, Any]) -> bytes:
    return json.dumps({**json.loads(_HONEST), "metadata": metadata}).encode()


ATTACKS = [
    Attack("corrupt JSON", _HONEST[: len(_HONEST) // 2], (), "unreadable", "JSON"),
    Attack("an empty file", b"", (), "unreadable", "empty"),
    Attack("no notebook", b"[1, 2]", (), "unreadable"),
    Attack("nested JSON", b"[" * 200_000, (), "unreadable"),
    Attack("format 3", _of_format_3(), ALL),
    Attack("50 MB", _of_50_mb(), ALL),
    Attack(
        "a wrong kernel name",
        _with_metadata({"kernelspec": {"name": "no-such", "display_name": "?"}}),
        ALL,
    ),
    Attack("Windows line ends and a BOM", b"\xef\xbb\xbf" + _WINDOWS, ALL),
    Attack("another lab", Made("102").content, (), "unreadable", "102"),
    Attack(
        "ANSI and scripts",
        Made(
            double="raise ValueError('\\x1b[31m<script>document.title=1</script>')"
        ).content,
        ("total", "largest"),
    ),
]
