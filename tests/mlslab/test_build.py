import shutil

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from mlslab.build import build, stale
from mlslab.execute import rehearsal
from mlslab.notebooks import dumps, learner_notebook, solution_notebook
from mlslab.source import read_source


def test_learner_notebooks_are_reproducible(course, lab):
    source = read_source(course.source(lab))
    first = dumps(learner_notebook(lab, source))
    assert first == dumps(learner_notebook(lab, source))
    assert first == course.notebook(lab).read_text()
    notebook = nbformat.reads(first, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert [cell.id for cell in notebook.cells[:2]] == ["101-000", "101-001"]
    assert all(not cell.get("outputs") for cell in notebook.cells)
    assert "steady = ..." in notebook.cells[9].source
    assert '"trimmed"\n' not in first.replace("\\n", "\n")


def test_solution_notebooks_have_answers_and_no_markers(course, lab):
    text = dumps(solution_notebook(lab, read_source(course.source(lab))))
    assert "sorted(values)[1:-1]" in text
    assert "SOLUTION" not in text
    assert "PROMPT" not in text


def test_the_fixture_is_fresh(course, lab):
    assert stale(course, lab) == []


def test_a_solution_is_executed_when_its_text_changes(copy):
    lab = copy.lab("101")
    assert build(copy, lab) == []
    source = copy.source(lab)
    source.write_text(source.read_text().replace('b"hello"', 'b"good day"'))
    assert [s.problem for s in stale(copy, lab)] == [
        "differs from what its source gives"
    ] * 2
    assert build(copy, lab) == [copy.notebook(lab), copy.solution(lab)]
    assert stale(copy, lab) == []
    notebook = nbformat.read(copy.solution(lab), as_version=4)
    shown = notebook.cells[3].outputs[0].text
    assert shown == "good day\n"
    text = copy.solution(lab).read_text()
    assert "✓ Passed: Store the prices" in text
    assert "widget-view" not in text
    assert "iopub" not in text
    assert dict(notebook.metadata.language_info) == {"name": "python"}


def test_a_solution_that_fails_its_check_is_not_built(copy):
    lab = copy.lab("101")
    source = copy.source(lab)
    source.write_text(source.read_text().replace('steady = "trimmed"', 'steady = "x"'))
    with pytest.raises(CellExecutionError, match="an outlier does move the x"):
        build(copy, lab)


def test_what_is_missing_or_not_executed_is_stale(copy):
    lab = copy.lab("101")
    copy.notebook(lab).unlink()
    shutil.copy(copy.solution(lab), copy.solution(lab).with_suffix(".kept"))
    notebook = nbformat.read(copy.solution(lab), as_version=4)
    notebook.cells[1].execution_count = None
    nbformat.write(notebook, copy.solution(lab))
    assert [s.problem for s in stale(copy, lab)] == [
        "differs from what its source gives",
        "was not executed",
    ]
    copy.solution(lab).unlink()
    assert stale(copy, lab)[1].problem == "does not exist"


def test_a_rehearsal_gives_the_environment_back(course, monkeypatch):
    import os

    monkeypatch.setenv("MLSLAB_MODE", "live")
    before = dict(os.environ)
    with rehearsal(strict=True, root=course.root):
        assert os.environ["MLSLAB_STRICT"] == "1"
        assert "MLSLAB_MODE" not in os.environ
    assert dict(os.environ) == before
