"""Every lab's notebooks as whole programs: papermill unsolved, nbval over solutions."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlslab.course import LabInfo, load_course
from mlslab.execute import run

COURSE = load_course(Path(__file__).parents[2])

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("lab", COURSE.labs, ids=lambda lab: lab.id)
def test_an_unsolved_lab_runs_to_its_end(lab: LabInfo, tmp_path: Path) -> None:
    output = tmp_path / "unsolved.ipynb"
    run(COURSE.notebook(lab), output, COURSE.root, strict=False)
    assert output.exists()


@pytest.mark.parametrize("lab", COURSE.labs, ids=lambda lab: lab.id)
def test_a_solution_gives_its_stored_outputs(lab: LabInfo) -> None:
    """`pytest --nbval` compares each cell's output with the stored one."""
    command = [sys.executable, "-m", "pytest", "--nbval", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, str(COURSE.solution(lab))],
        cwd=COURSE.root,
        env={name: v for name, v in os.environ.items() if name != "PYTEST_ADDOPTS"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:]
