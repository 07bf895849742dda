"""What learners get: it works, and no answer is in it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlslab.cli import main
from mlslab.course import Course, load_course
from mlslab.execute import run
from mlslab.release import ReleaseError, leaks, release

ROOT = Path(__file__).parents[2]
FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to search, apart from the fixture course."""
    made = tmp_path / "folder"
    made.mkdir()
    return made


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release(load_course(ROOT), tmp_path_factory.mktemp("all") / "release").folder


def test_it_has_the_labs_and_no_solutions(released: Path) -> None:
    names = {path.name for path in released.iterdir()}
    assert {"labs", "data", "shared", "Makefile", "requirements.lock"} <= names
    assert not names & {"solutions", "tests", "benchmarks"}
    assert list(released.rglob("*_mistakes.py")) == []
    assert list(released.rglob("*_hidden.py")) == []
    for lab in load_course(ROOT).labs:
        notebook = (released / "labs" / f"{lab.stem}.ipynb").read_text()
        assert notebook == load_course(ROOT).notebook(lab).read_text()


def test_make_test_says_what_is_missing(released: Path) -> None:
    made = subprocess.run(
        ["make", "test"], cwd=released, capture_output=True, text=True
    )
    assert made.returncode and "no tests: make start opens them" in made.stderr
    assert not (released / ".venv").exists()


def test_a_released_lab_runs_with_the_released_code(
    released: Path, tmp_path: Path
) -> None:
    environment = os.environ | {
        "PYTHONPATH": str(released / "shared"),
        "MLSLAB_ROOT": str(released),
    }
    program = "import mlslab; print(mlslab.__file__)"
    imported = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert imported.stdout.startswith(str(released))
    command = ["run", "000", "--output", str(tmp_path / "run.ipynb")]
    subprocess.run(
        [sys.executable, "-m", "mlslab", *command], env=environment, check=True
    )
    assert "not attempted" in (tmp_path / "run.ipynb").read_text().lower()


def test_a_copy_of_the_solution_is_found(copy: Course, tmp_path: Path) -> None:
    (copy.root / "data").mkdir()
    answer = "    inner  = sorted( values )[ 1:-1 ]\n"
    (copy.root / "data" / "notes.txt").write_text(f"see\n{answer}")
    with pytest.raises(ReleaseError, match=r"data/notes\.txt: answers 'mean'"):
        release(copy, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".release-*"))


@pytest.mark.parametrize("where", ["source", "outputs"])
def test_an_answer_in_a_notebook_is_found(
    copy: Course, folder: Path, where: str
) -> None:
    answer = "inner = sorted(values)[1:-1]"
    output = {"output_type": "stream", "name": "stdout", "text": [answer]}
    cell = {
        "cell_type": "code",
        "source": answer if where == "source" else "",
        "outputs": [output] if where == "outputs" else [],
    }
    (folder / "mine.ipynb").write_text(json.dumps({"cells": [cell]}))
    found = leaks(copy, folder)
    assert [(str(leak.path), leak.secret) for leak in found] == [
        ("mine.ipynb", "answers 'mean' of lab 101")
    ]


def test_an_answer_in_other_words_of_the_formatter_is_found(
    copy: Course, folder: Path
) -> None:
    (folder / "a.py").write_text(
        "answer = s3.put_object(\n"
        "    Bucket=bucket,\n    Key=key,\n    Body=body.encode(),\n)\n"
    )
    assert [leak.secret for leak in leaks(copy, folder)] == [
        "answers 'store' of lab 101"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "for values,expected in (([1,2,9],2),([7,5,5,1,2],4)): pass",
        "given = 1\nrequire(given == expected, f'it gives {given} for {values}')",
        "# @hidden(exercise='mean', message='`robust_mean` is off for other values')",
    ],
)
def test_a_hidden_check_is_found(copy: Course, folder: Path, text: str) -> None:
    (folder / "told.py").write_text(text)
    (leak,) = leaks(copy, folder)
    assert str(leak).startswith("told.py: hidden checks of lab 101: ")


def test_what_visible_checks_say_too_is_no_secret(copy: Course, folder: Path) -> None:
    """How the fixture's checks read an object is the same in both modules."""
    line = (
        'body = aws.s3.get_object(Bucket=aws.bucket, Key=key)["Body"].read().decode()'
    )
    for name in ("", "_hidden"):
        module = FIXTURES / "fixture_checks" / f"lab_101_bucket{name}.py"
        assert line in module.read_text()
    (folder / "checks.py").write_text(line)
    assert leaks(copy, folder) == []


def test_the_hints_may_say_it(copy: Course, folder: Path) -> None:
    hints = 'hints=("`inner = sorted(values)[1:-1]`",)'
    (folder / "checks.py").write_text(f"@check({hints})\ndef f(): ...\n")
    assert leaks(copy, folder) == []
    title = hints.replace("hints", "title")
    (folder / "checks.py").write_text(f"@check({title})\ndef f(): ...\n")
    assert len(leaks(copy, folder)) == 1


def test_a_notebook_that_somebody_worked_in_is_not_released(
    copy: Course, tmp_path: Path
) -> None:
    lab = copy.lab("101")
    clean = copy.notebook(lab).read_text()
    copy.notebook(lab).write_text(copy.solution(lab).read_text())
    made = release(copy, tmp_path / "out")
    assert (made.folder / "labs" / f"{lab.stem}.ipynb").read_text() == clean
    assert made.statements > 3
    assert made.hidden > 3


def test_nothing_is_overwritten(copy: Course, tmp_path: Path, capsys) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    assert main(["release", str(tmp_path / "out")]) == 2
    assert "name a new folder" in capsys.readouterr().err
    assert (tmp_path / "out" / "mine").read_text() == "x"


def test_a_release_can_not_be_released(copy: Course, tmp_path: Path) -> None:
    release(copy, tmp_path / "out")
    with pytest.raises(ReleaseError, match="from the whole course"):
        release(load_course(tmp_path / "out"), tmp_path / "again")


def test_the_command_says_what_it_searched_for(
    copy: Course, tmp_path: Path, capsys
) -> None:
    (tmp_path / "out").mkdir()  # an empty folder is no obstacle
    assert main(["release", str(tmp_path / "out")]) == 0
    text = capsys.readouterr().out
    assert "statements of answers were searched for: none is in it" in text
    output = tmp_path / "run.ipynb"
    course = load_course(tmp_path / "out")
    run(course.notebook(course.lab("101")), output, course.root, strict=False)
    assert output.exists()
