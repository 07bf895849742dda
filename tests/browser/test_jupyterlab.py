"""Labs in JupyterLab, as a learner sees them: opened and run in a real browser."""

from pathlib import Path
from typing import Any

from mlslab.course import load_course
from notebooks import run_all, text_of


def test_an_unsolved_lab_runs_to_its_end_and_its_checks_say_so(
    root: Path, address: str, browser: Any, tmp_path: Path
) -> None:
    lab = load_course(root).lab("302")
    notebook = root / "labs" / f"{lab.stem}.ipynb"
    cells = run_all(browser, address, notebook, tmp_path / "unsolved.png")
    errors = [o for c in cells for o in c["outputs"] if o["output_type"] == "error"]
    assert errors == []
    checks = [c for c in cells if "lab.check(" in "".join(c["source"])]
    assert checks
    assert all("not attempted" in text_of(cell).lower() for cell in checks)


def test_the_solution_passes_every_check(
    root: Path, address: str, browser: Any, tmp_path: Path
) -> None:
    lab = load_course(root).lab("302")
    notebook = (root / "labs" / lab.stem).with_name("solved.ipynb")
    cells = run_all(browser, address, notebook, tmp_path / "solved.png")
    errors = [o for c in cells for o in c["outputs"] if o["output_type"] == "error"]
    assert errors == []
    checks = [c for c in cells if "lab.check(" in "".join(c["source"])]
    assert checks
    assert all("passed" in text_of(cell).lower() for cell in checks)
