import argparse
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mlslab.checks import Check, Outcome, Status
from mlslab.cli import main, parser
from mlslab.progress import load_progress


def commands() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    top = parser()
    yield "mlslab", top
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            listed = {choice.dest: choice.help for choice in action._choices_actions}
            assert listed.keys() == action.choices.keys()
            assert all(listed.values())
            yield from action.choices.items()


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_command_and_option_has_its_help(name, command):
    assert command.description
    for action in command._actions:
        if not isinstance(action, argparse._SubParsersAction):
            assert action.help, f"{name} {action.dest}"
    assert command.format_help()


def test_the_commands():
    names = {name for name, _ in commands()}
    assert {"status", "list", "doctor", "build", "lint", "run"} <= names


def test_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "mlslab", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "COMMAND" in done.stdout


def test_list(course, capsys):
    assert main(["list"]) == 0
    assert "labs/domain1_fixture/01_bucket.ipynb" in capsys.readouterr().out


def test_status(course, capsys):
    check = Check("101", "store", "t", 2, "o", ("a", "b", "c"), lambda: None)
    progress = load_progress("101")
    progress.judged(Outcome(check, Status.PASSED, ""))
    progress.answered("q", ["a"], True)
    assert main(["status"]) == 0
    text = capsys.readouterr().out
    assert "1 of 2" in text
    assert "2 of 3" in text
    assert "1 of 1 answered" in text


def test_an_unknown_lab_is_told_without_a_traceback(course, capsys):
    assert main(["run", "999"]) == 2
    assert capsys.readouterr().err == "mlslab: there is no lab '999'; there are 101\n"


def test_build_check(copy, capsys):
    assert main(["build", "--check"]) == 0
    copy.notebook(copy.lab("101")).unlink()
    assert main(["build", "--check", "101"]) == 1
    assert "mlslab build 101" in capsys.readouterr().out
    assert main(["build"]) == 0
    assert main(["build", "--check"]) == 0


def test_lint(copy, capsys):
    assert main(["lint"]) == 0
    assert capsys.readouterr().out == "Nothing found.\n"
    copy.notebook(copy.lab("101")).unlink()
    assert main(["lint", "101"]) == 1
    assert "1 findings" in capsys.readouterr().out


def test_run_the_unsolved_lab_to_its_end(course, tmp_path, home, capsys):
    output = tmp_path / "ran.ipynb"
    assert main(["run", "101", "--output", str(output)]) == 0
    text = output.read_text()
    assert text.count("○ Not attempted") >= 2
    assert "This cell waits for `key`: exercise 'store' above." in text
    assert not (home / "progress").exists()


def test_run_a_solution_that_fails(copy, capsys):
    lab = copy.lab("101")
    solution = copy.solution(lab)
    text = solution.read_text()
    solution.write_text(text.replace('steady = \\"trimmed\\"', 'steady = \\"x\\"'))
    assert main(["run", "--solution", "101"]) == 1
    assert "an outlier does move the x" in capsys.readouterr().err


def test_nbval_passes_over_the_stored_outputs(course):
    command = ["-m", "pytest", "-p", "no:cacheprovider", "--nbval", "-v"]
    done = subprocess.run(
        [sys.executable, *command, str(course.solution(course.lab("101")))],
        capture_output=True,
        text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")},
    )
    assert done.returncode == 0, done.stdout
    assert "11 passed" in done.stdout
