"""`pytest --nbval-lax` over a learner's notebook: what fails is what is not right."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mlslab.answers import answered, solved
from mlslab.course import Course, LabInfo
from mlslab.notebooks import dumps, learner_notebook
from mlslab.source import Source, read_source

pytestmark = pytest.mark.timeout(300)

WRONG = "inner = sorted(values)[1:]\nreturn sum(inner) / len(inner)"


def exercise(source: Source, name: str) -> tuple[int, str]:
    """Index and source of an exercise's cell."""
    (cell,) = source.exercises()[name]
    return cell.index, cell.text


def failures(course: Course, notebook: object, folder: Path) -> dict[int, str]:
    """What nbval says of each cell that fails, by the cell's number in its file."""
    path = folder / "submission.ipynb"
    path.write_text(dumps(notebook))
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-p", "no:cacheprovider"]
    report = folder / "report.xml"
    subprocess.run(
        [*command, f"--junitxml={report}", f"--rootdir={folder}", str(path)],
        cwd=folder,
        capture_output=True,
    )
    cells = [n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        for failure in case.iter("failure"):
            number = int(re.findall(r"\d+", case.get("name", ""))[-1])
            found[cells[number]] = failure.text or ""
    assert len(list(ElementTree.parse(report).iter("testcase"))) == len(cells)
    return found


@pytest.fixture
def source(course: Course, lab: LabInfo) -> Source:
    return read_source(course.source(lab))


def checks_of(source: Source, *names: str) -> set[int]:
    """The numbers of the check cells."""
    return {
        cell.index for cell in source.cells if set(names) & set(cell.called("check"))
    }


def test_nothing_answered(
    course: Course, lab: LabInfo, source: Source, tmp_path: Path
) -> None:
    found = failures(course, learner_notebook(lab, source), tmp_path)
    assert found.keys() == checks_of(source, "store", "mean")
    assert all("is still `...`" in message for message in found.values())


def test_all_right(
    course: Course, lab: LabInfo, source: Source, tmp_path: Path
) -> None:
    notebook = learner_notebook(lab, source)
    for name in ("store", "mean"):
        number, text = exercise(source, name)
        notebook.cells[number].source = solved(text)
    assert failures(course, notebook, tmp_path) == {}


def test_one_right_and_one_wrong(
    course: Course, lab: LabInfo, source: Source, tmp_path: Path
) -> None:
    notebook = learner_notebook(lab, source)
    number, text = exercise(source, "store")
    notebook.cells[number].source = solved(text)
    number, text = exercise(source, "mean")
    first, second = text.split("mean = robust_mean", 1)
    notebook.cells[number].source = (
        answered(first, WRONG) + "\nmean = robust_mean" + solved(second)
    )
    found = failures(course, notebook, tmp_path)
    assert found.keys() == checks_of(source, "mean")
    assert "`robust_mean([0, 0, 9, 9])` gives 6" in found.popitem()[1]
