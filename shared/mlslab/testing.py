"""Three-way tests of a lab's checks, in a few lines.

    from mlslab.testing import LabTests

    class TestXGBoost(LabTests):
        lab_id = "302"

Unsolved → not attempted, solution → passed, each mistake → its message, each cheat →
found out by a hidden check. The lab runs once for all of them, in a process and a cloud
of its own.
"""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import ClassVar

import pytest

from mlslab.checks import load_checks
from mlslab.course import load_course
from mlslab.hidden import HiddenCheck, load_hidden
from mlslab.rehearsal import SOLUTION, UNSOLVED, Mistake, Verdict, load_mistakes

_SECONDS = 280


class LabTests:
    """Derive from it, and name the lab."""

    lab_id: ClassVar[str]
    root: ClassVar[Path | None] = None
    """The course's root, if it is not the one that `find_root` finds."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each check, hidden check, mistake and cheat."""
        course = load_course(self.root)
        lab = course.lab(self.lab_id)
        if "check_name" in metafunc.fixturenames:
            metafunc.parametrize("check_name", list(load_checks(course, lab)))
        if "hidden_check" in metafunc.fixturenames:
            hidden = load_hidden(course, lab)
            ids = [f"{check.exercise}-{check.name}" for check in hidden]
            metafunc.parametrize("hidden_check", hidden, ids=ids)
        for name in {"mistake", "cheat"} & set(metafunc.fixturenames):
            found = load_mistakes(course, lab)
            cases = [m for m in found if bool(m.hidden) == (name == "cheat")]
            ids = [f"{m.check}-{m.name}" for m in cases]
            metafunc.parametrize(name, cases, ids=ids)

    def test_unsolved(self, check_name: str) -> None:
        """Before the learner writes anything there is nothing to judge."""
        verdict = self.verdict(check_name, UNSOLVED)
        assert verdict.status == "not attempted", verdict.message

    def test_solution(self, check_name: str) -> None:
        """The solution passes."""
        verdict = self.verdict(check_name, SOLUTION)
        assert verdict.status == "passed", verdict.message

    def test_mistake(self, mistake: Mistake) -> None:
        """The check says what is the matter."""
        verdict = self.verdict(mistake.check, mistake.name)
        assert verdict.status == mistake.status, verdict.message
        missing = f"{mistake.says!r} is not in: {verdict.message}"
        assert mistake.says in verdict.message, missing

    def test_hidden(self, hidden_check: HiddenCheck) -> None:
        """The solution passes what is hidden, too."""
        verdict = self.verdict(hidden_check.exercise, SOLUTION)
        assert hidden_check.name not in verdict.hidden, verdict.hidden

    def test_cheat(self, cheat: Mistake) -> None:
        """The visible check passes, and the hidden one finds it out."""
        verdict = self.verdict(cheat.check, cheat.name)
        assert verdict.status == "passed", verdict.message
        assert cheat.hidden in verdict.hidden, verdict.hidden

    def verdict(self, check: str, case: str) -> Verdict:
        """How a case came out; the lab runs when the first one is asked for."""
        output, complaint = _rehearsed(self.lab_id, load_course(self.root).root)
        if complaint:
            pytest.fail(f"the lab does not run:\n{complaint}", pytrace=False)
        verdicts = [Verdict(**row) for row in json.loads(output)]
        return next(v for v in verdicts if (v.check, v.case) == (check, case))


@cache
def _rehearsed(lab_id: str, root: Path) -> tuple[str, str]:
    """The rehearsal's JSON, or what it says when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "mlslab.rehearsal", lab_id],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        env={
            **os.environ,
            "MPLBACKEND": "Agg",
            "MLSLAB_ROOT": str(root),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        },
        check=False,
    )
    return (done.stdout, "") if done.returncode == 0 else ("", done.stderr[-6000:])
