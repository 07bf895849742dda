"""`mlslab release`: the folder that learners get, and the proof of what is not in it.

A release has the labs, their data and all that `make start` needs. It has no solution,
no hidden check, no mistake that a check knows, and no test. Before it is handed over,
every file of it is searched for the statements of all answers and hidden checks; what
is too short to tell anything, what the lab itself shows and what hints say does not
count, nor what hidden checks have in common with visible ones.
"""

import ast
import importlib
import inspect
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlslab.answers import regions, unsolved
from mlslab.course import Course, LabInfo
from mlslab.derived import notebooks
from mlslab.errors import MlslabError
from mlslab.hidden import load_hidden
from mlslab.notebooks import dumps, learner_notebook
from mlslab.readme import for_learners
from mlslab.source import Source, read_source

RELEASED = (
    "labs",
    "data",
    "exam_scenarios",
    "shared",
    "environment.yml",
    "LICENSE",
    "Makefile",
    "pyproject.toml",
    "requirements-uv.lock",
    "requirements.lock",
    "requirements-deep.lock",
)
"""What of the course's folder learners get."""

LEFT_OUT = shutil.ignore_patterns(
    "__pycache__",
    ".*",
    "*.egg-info",
    "*.pyc",
    "*_hidden.py",
    "*_mistakes.py",
    "*.ipynb",
)
_IMPORTS = (ast.Import, ast.ImportFrom)
#: Shorter statements (`choice = "a"`) stand anywhere, and tell nothing.
_TELLING = 20


class ReleaseError(MlslabError):
    """A release cannot be made, or would give answers away."""


@dataclass(frozen=True)
class Leak:
    """A statement that stands in a file of a release, and must not.

    Attributes:
        path: the file, from the folder of the release.
        secret: what the statement is of: `answers 'train' of lab 302`.
        statement: the statement.
    """

    path: Path
    secret: str
    statement: str

    def __str__(self) -> str:
        return f"{self.path}: {self.secret}: {self.statement.splitlines()[0]}"


@dataclass(frozen=True)
class Release:
    """What was made, and what was looked for in it.

    Attributes:
        folder: the folder.
        files: how many it has.
        statements: how many statements of answers were searched for.
        hidden: how many statements of hidden checks.
    """

    folder: Path
    files: int
    statements: int
    hidden: int


def release(course: Course, folder: Path) -> Release:
    """Make the folder, whole or not at all.

    Args:
        course: the instructor's copy, with its solutions.
        folder: what to make; it must not exist, or be empty.

    Raises:
        ReleaseError: something is in the way, or an answer would be given away.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ReleaseError(f"{folder} is not empty: name a new folder")
    for lab in course.labs:
        if not course.source(lab).is_file():
            raise ReleaseError(
                f"lab {lab.id} has no source here: a release is made from the whole"
                " course, not from another release"
            )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=folder.parent, prefix=".release-"
    ) as temporary:
        made = Path(temporary) / "release"
        _copy(course, made)
        found = leaks(course, made)
        if found:
            listed = "\n".join(f"  {leak}" for leak in found)
            raise ReleaseError(f"the release would give answers away:\n{listed}")
        files = sum(path.is_file() for path in made.rglob("*"))
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    answers = sum(len(_answers(course, lab)) for lab in course.labs)
    hidden = sum(len(_judging(course, lab)) for lab in course.labs)
    return Release(folder, files, answers, hidden)


def leaks(course: Course, folder: Path) -> list[Leak]:
    """Telling statements of answers and hidden checks in files below `folder`.

    Hints don't count: the last one of an exercise is meant to say nearly all.
    """
    texts = {path: _searchable(path) for path in sorted(folder.rglob("*"))}
    found = []
    for lab in course.labs:
        secrets = _answers(course, lab) | _judging(course, lab)
        for (secret, statement), compact in secrets.items():
            found += [
                Leak(path.relative_to(folder), secret, statement)
                for path, text in texts.items()
                if compact in text
            ]
    return found


def _copy(course: Course, folder: Path) -> None:
    folder.mkdir()
    for name in RELEASED:
        source = course.root / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=LEFT_OUT)
        elif source.is_file():
            shutil.copy(source, folder / name)
    (folder / "README.md").write_text(for_learners(course), encoding="utf-8")
    for lab in course.labs:
        path = folder / "labs" / f"{lab.stem}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        # From the source: the notebook in `labs/` may be one that somebody worked in.
        notebook = learner_notebook(lab, read_source(course.source(lab)))
        path.write_text(dumps(notebook), encoding="utf-8")
    for path, text in notebooks(course).items():
        (folder / path.relative_to(course.root)).write_text(text, encoding="utf-8")


def _answers(course: Course, lab: LabInfo) -> dict[tuple[str, str], str]:
    """`(secret, statement)` → the statement in the form that is searched for.

    What the lab itself shows, in another cell or as a part of a given statement, is no
    secret.
    """
    source = read_source(course.source(lab))
    given = _given(source)
    found = {}
    for exercise, cells in source.exercises().items():
        for cell in cells:
            for region in regions(cell.text):
                for statement in _statements(region.tree):
                    compact = _compact(statement)
                    if len(compact) >= _TELLING and compact not in given:
                        secret = f"answers {exercise!r} of lab {lab.id}"
                        found[secret, statement] = compact
    return found


def _judging(course: Course, lab: LabInfo) -> dict[tuple[str, str], str]:
    """The same for statements of hidden checks, but those that a visible one has."""
    if not load_hidden(course, lab):
        return {}
    visible = [_text_of(course, other.checks_module) for other in course.labs]
    known = _given(read_source(course.source(lab)))
    known += "".join(map(_code_and_text, visible))
    found = {}
    hidden = _text_of(course, f"{lab.checks_module}_hidden")
    for statement in _statements(ast.parse(hidden)):
        compact = _compact(statement)
        if len(compact) >= _TELLING and compact not in known:
            found[f"hidden checks of lab {lab.id}", statement] = compact
    return found


def _text_of(course: Course, module: str) -> str:
    return inspect.getsource(importlib.import_module(f"{course.checks}.{module}"))


def _given(source: Source) -> str:
    """What the learner's notebook shows, in the form that is searched for."""
    shown = (unsolved(c.text) if c.is_exercise else c.text for c in source.cells)
    return "".join(map(_compact, shown))


def _statements(tree: ast.Module) -> Iterator[str]:
    """Every statement but imports, nested ones too; of compound ones the first line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not isinstance(node, _IMPORTS):
            text = ast.unparse(node)
            yield text.splitlines()[0] if hasattr(node, "body") else text


def _searchable(path: Path) -> str:
    """A file's text, and its code once more as Python itself would write it."""
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        sources = ["".join(cell["source"]) for cell in cells]
        shown = [json.dumps(cell.get("outputs", [])) for cell in cells]
        return "".join(_code_and_text(part) for part in [*sources, *shown])
    if path.suffix == ".py":
        return _code_and_text(_without_hints(text))
    return _compact(text)


def _code_and_text(text: str) -> str:
    try:
        return _compact(text) + _compact(ast.unparse(ast.parse(text)))
    except (SyntaxError, ValueError):
        return _compact(text)


def _without_hints(text: str) -> str:
    """A module's text, comments included, without the `hints` of its checks."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return text
    kept = text
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for key in (key for call in calls for key in call.keywords if key.arg == "hints"):
        said = ast.get_source_segment(text, key.value)
        kept = kept.replace(said, "()") if said else kept
    return kept


def _compact(text: str) -> str:
    """Text without blanks, and with one kind of quotes."""
    return re.sub(r"\s+", "", text).replace("'", '"')
