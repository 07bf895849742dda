"""Programs that play a side: processes that train, deploy and serve when told to."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from cloudlet import redirect

PROGRAMS = Path(__file__).parent / "programs"


class Program:
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
        """Have it do one thing; the number that it gives, else its seconds."""
        assert self._process.stdin is not None and self._process.stdout is not None
        print(*words, file=self._process.stdin, flush=True)
        for line in self._process.stdout:
            if line.startswith("RESULT "):
                return float(line.split()[1])
        self._errors.seek(0)
        sys.exit(f"{words[0]} failed:\n{self._errors.read()[-4000:]}")

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process, self._errors:
            assert self._process.stdin is not None
            self._process.stdin.close()


def write_csv(path: Path, rows: int) -> Path:
    """CSV of a label and 30 columns, from a seed."""
    random = np.random.default_rng(7)
    features = random.normal(size=(rows, 30))
    label = features[:, :3].sum(axis=1) + random.normal(size=rows) > 0
    np.savetxt(path, np.column_stack([label, features]), delimiter=",", fmt="%.5g")
    return path
