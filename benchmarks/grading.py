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
ONE = f"grading {SUBMISSIONS} submissions, 1 process"
TWO = f"grading {SUBMISSIONS} submissions, 2 processes"
#: A peak does not grow with their number; watching costs time, so it is a run apart.
WATCHED = 8
CELLS = Path(__file__).parent / "programs" / "cells.py"


def ratios() -> Iterator[Ratio]:
    """The rows of the table that are about grading."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        ours = Ours(place / "ours", SUBMISSIONS)
        if READY.is_file():
            yield from _against(place, ours)
        else:
            for jobs, what in ((1, ONE), (2, TWO)):
                print(f"{what}: {ours.grade(jobs).seconds:.1f} s")
            make = f"`make {READY.relative_to(ROOT)}`"
            print(f"nbgrader, otter: {make} makes their environment; left out")
        yield _own_cost(place, ours, 0.2)
        yield _own_cost(place, Ours(place / "cloud", SUBMISSIONS, "102"), 0.5)


def _against(place: Path, ours: Ours) -> Iterator[Ratio]:
    """One round each, the sides in turn: a round takes minutes."""
    nbgrader = Nbgrader(place / "nbgrader", SUBMISSIONS)
    otter = Otter(place / "otter", SUBMISSIONS)
    for what, theirs, jobs, most in (
        (ONE, nbgrader, 1, 0.2),
        (TWO, nbgrader, 2, 0.2),
        (TWO, otter, 2, 0.111),
    ):
        pair = ours.grade(jobs).seconds, theirs.grade(jobs).seconds
        yield ratio(what, theirs.name, [pair], "s", most)
    few = Ours(place / "few", WATCHED), Nbgrader(place / "few-nbgrader", WATCHED)
    peaks = [side.grade(2, memory=True).megabytes for side in few]
    what = "grading, peak memory, 2 processes"
    yield ratio(what, nbgrader.name, [(peaks[0], peaks[1])], "MB", 1.5)


def _own_cost(place: Path, ours: Ours, most: float) -> Ratio:
    """What one more submission costs, less its cells in a process that is warm."""
    one = Ours(place / f"one-{ours.lab}", 1, ours.lab).grade(1).seconds
    each = (ours.grade(1).seconds - one) / (SUBMISSIONS - 1)
    cloud = " with a cloud" if ours.lab == "102" else ""
    what = f"grading, one more submission{cloud}, over its own work"
    pair = each, _cells_alone(place, ours.lab)
    return difference(what, "cells, warm", [pair], most)


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
