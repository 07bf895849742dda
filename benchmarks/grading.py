"""Grading twenty honest submissions of one exercise, against nbgrader and otter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cloudlet
from benchmarks.graders import READY, ROOT, Nbgrader, Otter, Ours, cells, of_course
from benchmarks.measure import Ratio, difference, ratio
from cloudlet import redirect

SUBMISSIONS = 20
#: A peak does not grow with their number; watching costs time, so it is a run apart.
WATCHED = 8
CELLS = Path(__file__).parent / "programs" / "cells.py"


def ratios() -> Iterator[Ratio]:
    """The rows of the table that are about grading."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        ours = Ours(place / "ours", SUBMISSIONS)
        alone = {jobs: ours.grade(jobs).seconds for jobs in (1, 2)}
        yield _own_cost(place, "101", alone[1], 0.2)
        with_cloud = Ours(place / "cloud", SUBMISSIONS, "102").grade(1).seconds
        yield _own_cost(place, "102", with_cloud, 0.5)
        if READY.is_file():
            yield from _against(place, alone)
            return
        for jobs, seconds in alone.items():
            print(f"{_what(jobs)}: {seconds:.1f} s")
        make = f"`make {READY.relative_to(ROOT)}`"
        print(f"nbgrader, otter: {make} makes their environment; left out")


def _against(place: Path, alone: dict[int, float]) -> Iterator[Ratio]:
    nbgrader = Nbgrader(place / "nbgrader", SUBMISSIONS)
    for jobs in (1, 2):
        pairs = [(alone[jobs], nbgrader.grade(jobs).seconds)]
        yield ratio(f"{_what(jobs)}, nbgrader", nbgrader.name, pairs, "s", 1 / 5)
    otter = Otter(place / "otter", SUBMISSIONS)
    pairs = [(alone[2], otter.grade(2).seconds)]
    yield ratio(f"{_what(2)}, otter", otter.name, pairs, "s", 1 / 9)
    few = Ours(place / "few", WATCHED), Nbgrader(place / "few-nbgrader", WATCHED)
    ours, theirs = (side.grade(2, memory=True).megabytes for side in few)
    what = "grading, peak memory, 2 processes, nbgrader"
    yield ratio(what, nbgrader.name, [(ours, theirs)], "MB", 1.5)


def _what(jobs: int) -> str:
    return f"grading {SUBMISSIONS} submissions, {jobs} process{'es'[: 2 * jobs - 2]}"


def _own_cost(place: Path, lab: str, seconds: float, most: float) -> Ratio:
    """What one more submission costs, less its cells in a process that is warm."""
    one = Ours(place / f"one-{lab}", 1, lab).grade(1).seconds
    each = (seconds - one) / (SUBMISSIONS - 1)
    cloud = " with a cloud" if lab == "102" else ""
    what = f"grading, one more submission{cloud}, over its own work"
    return difference(what, "cells, warm", [(each, _cells_alone(place, lab))], most)


def _cells_alone(place: Path, lab: str) -> float:
    file = place / f"cells-{lab}.json"
    file.write_text(json.dumps(cells(lab)))
    command = [sys.executable, str(CELLS), str(file), str(SUBMISSIONS)]
    variables = of_course() | {"MLSLAB_STRICT": "0"}
    with cloudlet.start() as cloud:
        environment = redirect.without_foreign(os.environ) | cloud.env() | variables
        answer = subprocess.run(
            command, env=environment, cwd=place, stdout=subprocess.PIPE, check=True
        )
    return float(answer.stdout.split()[-1])
