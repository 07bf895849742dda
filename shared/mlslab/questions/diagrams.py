"""Architecture diagrams: D2 text (https://d2lang.com) beside a case study, and its SVG.

The SVG ends with the hash of the text that it was drawn from, so that a stale one is
found out without D2.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mlslab.errors import MlslabError


def drawn(source: Path) -> Path:
    """Where the SVG of a D2 file is."""
    return source.with_suffix(".svg")


def is_fresh(source: Path) -> bool:
    """Whether the SVG is there and was drawn from the text as it is now."""
    path = drawn(source)
    return path.is_file() and path.read_text(encoding="utf-8").endswith(_mark(source))


def draw(source: Path) -> Path:
    """Draw the SVG anew; the same text gives the same bytes.

    Raises:
        MlslabError: where there is no D2, or it finds a fault.
    """
    program = shutil.which("d2", path=str(Path(sys.executable).parent))
    if program is None:
        raise MlslabError("there is no d2 to draw with: make .venv/.dev")
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "drawn.svg"
        done = subprocess.run(
            [program, "--pad", "20", source.name, str(output)],
            cwd=source.parent,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise MlslabError(f"{source.name}: {done.stderr.strip()}")
        text = output.read_text(encoding="utf-8")
    drawn(source).write_text(text.rstrip("\n") + _mark(source), encoding="utf-8")
    return drawn(source)


def _mark(source: Path) -> str:
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    return f"\n<!-- drawn from {source.name}, sha256 {digest} -->\n"
