"""`mlslab grade` as an instructor runs it, on a folder of submissions."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from making import ROOT, Made

from mlslab.grading import sandbox

HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.namespaces,
    pytest.mark.skipif(bool(sandbox.missing()), reason=sandbox.missing() or "-"),
]

POLICY = """
extra_credit = ["largest"]
[late]
due = 2026-12-01T00:00:00+00:00
per_day = "50%"
submitted = "times.csv"
[[manual]]
id = "essay"
title = "Defend it"
points = 5
[limits]
cell_seconds = 10
"""


@pytest.fixture
def submissions(tmp_path: Path) -> Path:
    folder = tmp_path / "submissions"
    made = {
        "ann": Made(),
        "Zoë": Made(double="return number + 1"),
        "=cmd()": Made(total="total = 1"),
    }
    for learner, one in made.items():
        (folder / learner).mkdir(parents=True)
        (folder / learner / "01_plain.ipynb").write_bytes(one.content)
    (folder / "broken").mkdir()
    (folder / "broken" / "01_plain.ipynb").write_bytes(b"{")
    return folder


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mlslab", "grade", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={
            **os.environ,
            "MLSLAB_ROOT": str(ROOT),
            "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, sys.path)]),
        },
    )


def grade(submissions: Path, out: Path, *more: str | Path) -> str:
    process = start(submissions, "--lab", "101", "--out", out, "-j", "2", *more)
    printed, _ = process.communicate(timeout=120)
    assert process.returncode == 0, printed
    return printed


def gradebook(out: Path) -> dict[str, dict[str, str]]:
    with (out / "gradebook.csv").open(encoding="utf-8", newline="") as file:
        return {row["learner"]: row for row in csv.DictReader(file)}


def test_a_folder_of_grades(submissions: Path, tmp_path: Path) -> None:
    out = tmp_path / "grades"
    printed = grade(submissions, out)
    assert "sandbox: namespaces" in printed
    assert printed.count(" left\n") == 4
    rows = gradebook(out)
    totals = {name: row["total"] for name, row in rows.items()}
    assert totals.pop("ann") == "7"
    assert totals.pop("Zoë") == "6"
    assert totals.pop("broken") == "0"
    assert list(totals.values()) == ["5"]
    assert not next(iter(totals)).startswith("=")
    assert rows["broken"]["status"] == "unreadable"
    pages = list((out / "feedback").glob("*.html"))
    assert len(pages) == 4
    assert all("hidden-secret" not in page.read_text() for page in pages)
    assert "What broke" in (out / "overview.html").read_text()
    for name in ("canvas.csv", "moodle.csv", "grades.sqlite"):
        assert (out / name).is_file()


def test_a_second_run_grades_only_what_changed(
    submissions: Path, tmp_path: Path
) -> None:
    out = tmp_path / "grades"
    grade(submissions, out)
    before = (out / "gradebook.csv").read_bytes()
    assert "4 are as they were graded before" in grade(submissions, out)
    assert (out / "gradebook.csv").read_bytes() == before
    (submissions / "ann" / "01_plain.ipynb").write_bytes(Made(total="1/0").content)
    printed = grade(submissions, out)
    assert "3 are as they were" in printed
    assert "[1/1] ann: graded, 5/7 points" in printed
    (submissions / "ann" / "01_plain.ipynb").write_bytes(Made().content)
    assert "[4/4]" in grade(submissions, out, "--regrade")
    assert (out / "gradebook.csv").read_bytes() == before


def test_ctrl_c_keeps_what_is_done(submissions: Path, tmp_path: Path) -> None:
    (submissions / "loop").mkdir()
    slow = Made(largest="while True: pass").content
    (submissions / "loop" / "01_plain.ipynb").write_bytes(slow)
    out = tmp_path / "grades"
    arguments = (submissions, "--lab", "101", "--out", out, "-j", "2")
    process = start(*arguments)
    for line in process.stdout or ():
        if line.startswith("[4/5]"):
            process.send_signal(signal.SIGINT)
            break
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "4 of 5 are graded, and kept" in printed
    (submissions / "loop" / "01_plain.ipynb").write_bytes(Made().content)
    assert "4 are as they were graded before" in grade(submissions, out)


def test_a_policy(submissions: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    times = "learner,submitted\nann,2026-12-01T10:00:00+00:00\n"
    (tmp_path / "times.csv").write_text(times)
    out = tmp_path / "grades"
    grade(submissions, out, "--policy", policy)
    rows = gradebook(out)
    assert rows["ann"]["out_of"] == "8"  # 3 of exercises, 5 by hand; 4 on top
    assert (rows["ann"]["penalty"], rows["ann"]["total"]) == ("4", "3")
    assert rows["Zoë"]["total"] == "6"
    assert "essay" in (out / "to_mark.csv").read_text()


def test_what_cannot_be_graded_says_why(tmp_path: Path) -> None:
    process = start(tmp_path, "--lab", "101", "--out", tmp_path / "out")
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "no submission" in printed
    assert not (tmp_path / "out").exists()


def test_without_walls_it_says_so(submissions: Path, tmp_path: Path) -> None:
    out = tmp_path / "grades"
    printed = grade(submissions, out, "--unsafe-no-sandbox")
    assert "NO SANDBOX" in printed
    assert gradebook(out)["ann"]["total"] == "7"
