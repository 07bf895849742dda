"""Training through the SDKs against the bare library, and deployment's wait."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

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
        with _Program("bare.py", Path(sys.executable), {}) as bare:
            rounds = _calibrated(bare, long)
            for name, (program, python) in SDKS.items():
                if not python.exists():
                    print(f"{name}: `make test` makes its environment; left out")
                    continue
                with (
                    cloudlet.start() as cloud,
                    _Program(program, python, cloud.env()) as sdk,
                ):
                    yield from _against(name, sdk, bare, short, long, rounds)


def _against(
    name: str, sdk: _Program, bare: _Program, short: Path, long: Path, rounds: int
) -> Iterator[Ratio]:
    sdk.ask("upload", long)
    pairs = _trainings(sdk, bare, short, SHORT_ROUNDS)
    what = f"{name}, 5,000 × 30, 50 rounds, logs shown"
    yield difference(what, "xgboost.train, warm", pairs, 1.5)
    if "v3" in name:
        sdk.ask("make_model")
    waits = [(sdk.ask("deploy", f"bench-{n}"), 0.0) for n in range(ROUNDS)]
    verb = "deploy()" if "v2" in name else "endpoint wait"
    yield difference(f"{name[:6]} {verb}", "–", waits, 1.5)
    pairs = _trainings(sdk, bare, long, rounds)
    what = f"{name}, a long training (meant for 30 s)"
    yield ratio(what, "xgboost.train, warm", pairs, "s", 1.05)


def _trainings(
    sdk: _Program, bare: _Program, path: Path, rounds: int
) -> list[tuple[float, float]]:
    """Pairs of seconds, both sides in turn, after a first training of each."""
    for side in (sdk, bare):
        side.ask("train", path, 1)
    return [
        (sdk.ask("train", path, rounds), bare.ask("train", path, rounds))
        for _ in range(ROUNDS)
    ]


def _calibrated(bare: _Program, path: Path) -> int:
    """The rounds with which the bare library takes about 30 seconds here."""
    few = 1000
    bare.ask("train", path, 1)
    return max(few, round(few * LONG_SECONDS / bare.ask("train", path, few)))


class _Program:
    """One side: a process that trains and deploys when it is told to."""

    def __init__(self, program: str, python: Path, variables: dict[str, str]) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - __exit__ closes it
        self._process = subprocess.Popen(
            [str(python), str(PROGRAMS / program)],
            env=redirect.without_foreign(os.environ) | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def ask(self, *words: object) -> float:
        """Have it do one thing; the seconds that took."""
        assert self._process.stdin is not None and self._process.stdout is not None
        print(*words, file=self._process.stdin, flush=True)
        for line in self._process.stdout:
            if line.startswith("RESULT "):
                return float(line.split()[1])
        self._errors.seek(0)
        sys.exit(f"{words[0]} failed:\n{self._errors.read()[-4000:]}")

    def __enter__(self) -> _Program:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process, self._errors:
            assert self._process.stdin is not None
            self._process.stdin.close()


def _write(path: Path, rows: int) -> Path:
    """CSV of a label and 30 columns, from a seed."""
    random = np.random.default_rng(7)
    features = random.normal(size=(rows, 30))
    label = features[:, :3].sum(axis=1) + random.normal(size=rows) > 0
    np.savetxt(path, np.column_stack([label, features]), delimiter=",", fmt="%.5g")
    return path
