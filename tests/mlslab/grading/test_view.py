"""What is seen behind the walls of a course: nothing of its answers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlslab.course import Course, load_course
from mlslab.errors import MlslabError
from mlslab.grading import sandbox
from mlslab.grading.view import Mounts, view
from mlslab.release import leaks

REPOSITORY = Path(__file__).parents[3]
HOSTILE = REPOSITORY / "tests" / "hostile"
SECRET = ("_hidden.py", "_mistakes.py", ".ipynb", ".pyc")


@pytest.fixture(scope="module", params=["real", "hostile"])
def seen(request: pytest.FixtureRequest) -> Iterator[tuple[Course, Mounts]]:
    """A course, and what is seen of it."""
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(HOSTILE))
    real = request.param == "real"
    course = load_course(REPOSITORY if real else HOSTILE / "course")
    with view(course) as mounts:
        yield course, mounts
    patch.undo()


def copies(mounts: Mounts) -> dict[Path, Path]:
    """Folders that were made for the view, by the place where they are seen."""
    return {Path(to): Path(source) for source, to in mounts if source != to}


def secrets(course: Course) -> list[Path]:
    """Files of the checks and the solutions that no submission may read."""
    top = sys.modules.get(course.checks) or __import__(course.checks, fromlist=["x"])
    checks = Path(str(top.__file__)).parent
    files = [*checks.iterdir(), *(course.root / "solutions").rglob("*.py")]
    return [
        path for path in files if path.suffix == ".py" and not _is_visible(path, course)
    ]


def _is_visible(path: Path, course: Course) -> bool:
    solution = path.is_relative_to(course.root / "solutions")
    return not solution and not path.name.endswith(SECRET)


def test_there_are_secrets_to_keep(seen: tuple[Course, Mounts]) -> None:
    names = [path.name for path in secrets(seen[0])]
    assert any(name.endswith("_hidden.py") for name in names)
    assert any(name.startswith("01_") for name in names)


def test_no_copy_has_a_solution_a_mistake_or_a_hidden_check(
    seen: tuple[Course, Mounts],
) -> None:
    course, mounts = seen
    withheld = {path.read_bytes() for path in secrets(course)}
    for copy in copies(mounts).values():
        files = [path for path in copy.rglob("*") if path.is_file()]
        assert files
        assert not [path for path in files if path.name.endswith(SECRET)]
        assert not [path for path in files if path.read_bytes() in withheld]


def test_no_copy_has_a_statement_of_an_answer(seen: tuple[Course, Mounts]) -> None:
    course, mounts = seen
    (folder,) = {copy.parent for copy in copies(mounts).values()}
    # Hidden checks may ask in the words of another lab's visible ones.
    answers = [leak for leak in leaks(course, folder) if "answers" in leak.secret]
    assert answers == []


def test_no_secret_lies_below_what_is_seen(seen: tuple[Course, Mounts]) -> None:
    course, mounts = seen
    made, whole = copies(mounts), [Path(s) for s, to in mounts if s == to]
    for path in secrets(course):
        over = [target for target in made if path.is_relative_to(target)]
        for target in over:
            assert not (made[target] / path.relative_to(target)).exists()
        assert over or not any(path.is_relative_to(folder) for folder in whole)


def test_what_learners_have_is_there(seen: tuple[Course, Mounts]) -> None:
    course, mounts = seen
    made = copies(mounts)
    assert (made[course.root / "labs"] / "course.toml").is_file()
    assert (made[REPOSITORY / "shared" / "mlslab"] / "checks.py").is_file()
    assert (made[REPOSITORY / "shared" / "cloudlet"] / "__init__.py").is_file()


@pytest.mark.namespaces
@pytest.mark.skipif(bool(sandbox.missing()), reason=sandbox.missing() or "-")
def test_behind_the_walls_no_secret_can_be_read(seen: tuple[Course, Mounts]) -> None:
    course, mounts = seen
    asked = [*secrets(course), course.root / "solutions", course.root / ".git"]
    shown = course.root / "labs" / "course.toml"
    assert all(path.exists() for path in asked[:-1])
    assert visible([*asked, shown], mounts) == [str(shown)]


def visible(paths: list[Path], mounts: Mounts) -> list[str]:
    """Which of these exist for a process behind the walls."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            sandbox.own_network()
            sandbox.enter(sandbox.View(mounts), sandbox.Allowance(512, 8, 8), user=7)
            found = [str(path) for path in paths if path.exists()]
            os.write(writer, "\n".join(found).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as told:
        lines = told.read().splitlines()
    os.waitpid(child, 0)
    return lines


def test_the_copies_last_as_long_as_the_block() -> None:
    with view(load_course(REPOSITORY)) as mounts:
        made = list(copies(mounts).values())
        assert all(copy.is_dir() for copy in made)
    assert not any(copy.exists() for copy in made)


def test_checks_that_are_not_installed_are_named() -> None:
    course = replace(load_course(REPOSITORY), checks="no_such_checks.labs")
    with (
        pytest.raises(MlslabError, match="no_such_checks is not on this Python's path"),
        view(course),
    ):
        pass
