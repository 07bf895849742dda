"""The clients' programs, and what they work on and leave."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import xgboost

ROOT = Path(__file__).parents[2]
SDK_V2 = ROOT / ".venv-sdk-v2" / "bin" / "python"


@dataclass(frozen=True)
class Client:
    """One of the four clients; its program takes a folder."""

    name: str

    def command(self, folder: Path, *words: str) -> list[str]:
        """The program; skips the test where the environment for it is missing."""
        here = ROOT / "tests" / "clients"
        if self.name == "sdk_v2":
            if not SDK_V2.exists():
                pytest.skip(f"no {SDK_V2.relative_to(ROOT)}: SDK v2 is not installed")
            program = [
                str(SDK_V2),
                str(ROOT / "tests" / "sdk_v2" / "sdk_v2_program.py"),
            ]
        elif self.name == "aws_cli":
            program = ["bash", str(here / "aws_cli_program.sh")]
        else:
            program = [sys.executable, str(here / f"{self.name}_program.py")]
        return [*program, str(folder), *words]


CLIENTS = [Client(name) for name in ("boto3", "aws_cli", "sdk_v3", "sdk_v2")]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder with breast cancer data: two channels, and ten rows to predict."""
    from sklearn.datasets import load_breast_cancer

    features, label = load_breast_cancer(return_X_y=True)
    table = np.column_stack([label, features])
    for name, part in {
        "train": table[:400],
        "validation": table[400:],
        "rows": features[400:410],
    }.items():
        np.savetxt(tmp_path / f"{name}.csv", part, delimiter=",", fmt="%.6g")
    return tmp_path


def run(
    command: list[str], home: Path, seconds: float = 240
) -> subprocess.CompletedProcess[str]:
    """Run to the end; what the program prints is shown when a test fails."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    known = {"PATH": path, "HOME": str(home), "CLOUDLET_HOME": str(home)}
    done = subprocess.run(
        command, env=known, capture_output=True, text=True, timeout=seconds, check=False
    )
    print(done.stdout[-5000:], done.stderr[-5000:], sep="\n")
    return done


def check_what_is_left(work: Path) -> None:
    """Plain xgboost, given the artefact, predicts what the endpoint predicted."""
    predicted = json.loads((work / "predictions.json").read_text())
    with tarfile.open(work / "model.tar.gz") as archive:
        file = archive.extractfile("xgboost-model")
        assert file is not None
        booster = xgboost.Booster()
        booster.load_model(bytearray(file.read()))
    rows = np.loadtxt(io.StringIO((work / "rows.csv").read_text()), delimiter=",")
    expected = booster.predict(xgboost.DMatrix(rows))
    assert len(predicted) == 10
    np.testing.assert_allclose(predicted, expected, rtol=1e-6)
    assert 0 < expected.min() < 0.5 < expected.max() < 1
