"""Training through the SDKs against the bare library, and deployment's wait."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cloudlet
from benchmarks.measure import Ratio, difference, ratio
from benchmarks.program import Program, write_csv

ROUNDS = 5
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
        short = write_csv(Path(folder) / "short.csv", SHORT_ROWS)
        long = write_csv(Path(folder) / "long.csv", LONG_ROWS)
        with Program("bare.py", Path(sys.executable), {}) as bare:
            rounds = _calibrated(bare, long)
            for name, (program, python) in SDKS.items():
                if not python.exists():
                    print(f"{name}: `make test` makes its environment; left out")
                    continue
                with (
                    cloudlet.start() as cloud,
                    Program(program, python, cloud.env()) as sdk,
                ):
                    yield from _against(name, sdk, bare, short, long, rounds)


def _against(
    name: str, sdk: Program, bare: Program, short: Path, long: Path, rounds: int
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
    sdk: Program, bare: Program, path: Path, rounds: int
) -> list[tuple[float, float]]:
    """Pairs of seconds, both sides in turn, after a first training of each."""
    for side in (sdk, bare):
        side.ask("train", path, 1)
    return [
        (sdk.ask("train", path, rounds), bare.ask("train", path, rounds))
        for _ in range(ROUNDS)
    ]


def _calibrated(bare: Program, path: Path) -> int:
    """The rounds with which the bare library takes about 30 seconds here."""
    few = 1000
    bare.ask("train", path, 1)
    return max(few, round(few * LONG_SECONDS / bare.ask("train", path, few)))
