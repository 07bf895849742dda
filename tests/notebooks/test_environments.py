"""The solutions' stored outputs hold on other versions: Studio's, and the newest."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("name", ["studio", "newest"])
def test_solutions_give_their_stored_outputs(name: str) -> None:
    python = ROOT / f".venv-{name}" / "bin" / "python"
    if not python.exists():
        pytest.skip(f"`make test` makes the environment .venv-{name}")
    command = [str(python), "-m", "pytest", "--nbval", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "solutions"],
        cwd=ROOT,
        env={n: v for n, v in os.environ.items() if not n.startswith("PYTEST_")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:]
