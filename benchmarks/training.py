"""Training through the SDKs against the bare library, and deployment's wait."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import cloudlet
from benchmarks.measure import Ratio, difference, ratio
from cloudlet import redirect

ROUNDS = 5
PROGRAMS = Path(__file__).parent / "programs"
#: The interpreter of the environment that has SDK v2; `make test` makes it.
SDK_V2 = Path(__file__).parents[1] / ".venv-sdk-v2" / "bin" / "python"
SDKS = {
    "SDK v3 ModelTrainer.train()": ("sdk_v3.py", Path(sys.executable)),
    "SDK v2 Estimator.fit()": ("sdk_v2.py", SDK_V2),
}
SHORT_ROWS, SHORT_ROUNDS = 5_000, 50
#: A training whose length is set by its rounds, which `_calibrated` finds.
LONG_ROWS, LONG_SECONDS = 40_000, 30.0


def ratios() -> Iterator[Ratio]:
    """The rows of the table that are about training and deployment."""
    with tempfile.TemporaryDirectory() as folder:
        short = _write(Path(folder) / "short.csv", SHORT_ROWS)
        long = _write(Path(folder) / "long.csv", LONG_ROWS)
        runs = [f"{short}:{SHORT_ROUNDS}", f"{long}:{_calibrated(long)}"]
        bare = _result(None, Path(sys.executable), "bare.py", runs)
        for name, (program, python) in SDKS.items():
            if not python.exists():
                print(f"{name}: `make test` makes its environment first; left out")
                continue
            with cloudlet.start() as cloud:
                found = _result(cloud, python, program, runs)
            pairs = [
                list(zip(*sides, strict=True))
                for sides in zip(found["trainings"], bare, strict=True)
            ]
            what = f"{name}, 5,000 × 30, 50 rounds, logs shown"
            yield difference(what, "xgboost.train, warm", pairs[0], 1.5)
            what = f"{name}, a long training (meant for 30 s)"
            yield ratio(what, "xgboost.train, warm", pairs[1], "s", 1.05)
            waits = [(seconds, 0.0) for seconds in found["deployments"]]
            verb = "deploy()" if "v2" in name else "endpoint wait"
            yield difference(f"{name[:6]} {verb}", "–", waits, 1.5)


def _calibrated(path: Path) -> int:
    """The rounds with which the bare library takes about 30 seconds here."""
    few = 100
    found = _result(None, Path(sys.executable), "bare.py", [f"{path}:{few}"], 1)
    seconds: float = found[0][0]
    return max(few, round(few * LONG_SECONDS / seconds))


def _write(path: Path, rows: int) -> Path:
    """CSV of a label and 30 columns, from a seed."""
    random = np.random.default_rng(7)
    features = random.normal(size=(rows, 30))
    label = features[:, :3].sum(axis=1) + random.normal(size=rows) > 0
    np.savetxt(path, np.column_stack([label, features]), delimiter=",", fmt="%.5g")
    return path


def _result(
    cloud: cloudlet.Cloud | None,
    python: Path,
    program: str,
    runs: list[str],
    rounds: int = ROUNDS,
) -> Any:
    environment = redirect.without_foreign(os.environ) | (cloud.env() if cloud else {})
    done = subprocess.run(
        [str(python), str(PROGRAMS / program), str(rounds), *runs],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{program} failed:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.rsplit("RESULT ", 1)[1].splitlines()[0])
