from pathlib import Path

import pytest

from mlslab.errors import SourceError
from mlslab.source import read_source


def write(path: Path, *cells: str) -> Path:
    file = path / "01_x.py"
    file.write_text("\n\n".join(f"# %%\n{cell}" for cell in cells) + "\n")
    return file


def test_tags_are_derived_from_the_calls(course, lab):
    source = read_source(course.source(lab))
    tags = {tag for cell in source.cells for tag in cell.tags}
    assert {"exercise:store", "check:store", "exercise:mean", "check:mean"} <= tags
    assert [c.index for c in source.exercises()["store"]] == [5]
    assert source.quizzes() == ["101-consistency"]
    ignored = [c.text for c in source.cells if "nbval-ignore-output" in c.tags]
    words = ("start_lab(", "show(figure", "lab.quiz", "lab.end()")
    assert len(ignored) == len(words)
    assert all(w in text for w, text in zip(words, ignored, strict=True))


def test_an_author_s_own_tags_stay(tmp_path):
    file = tmp_path / "a.py"
    file.write_text('# %% tags=["mine"]\nx = 1\n')
    assert read_source(file).cells[0].tags == ("mine",)


def test_an_exercise_belongs_to_the_next_check(tmp_path):
    answer = "# BEGIN SOLUTION\na = 1\n# END SOLUTION"
    file = write(
        tmp_path, answer, answer, 'lab.check("one")', answer, 'lab.check("two")'
    )
    found = read_source(file).exercises()
    assert {name: [c.index for c in cells] for name, cells in found.items()} == {
        "one": [0, 1],
        "two": [3],
    }


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("# BEGIN SOLUTION\na = 1\n# END SOLUTION", "has to follow this exercise"),
        ("# BEGIN SOLUTION\na = 1", "without # END SOLUTION"),
        ("a = = 1", "invalid syntax"),
    ],
)
def test_errors_name_the_cell(tmp_path, cell, says):
    with pytest.raises(SourceError, match="cell 1") as caught:
        read_source(write(tmp_path, "x = 1", cell))
    assert says in str(caught.value)


def test_a_missing_source_says_what_to_do(tmp_path):
    with pytest.raises(SourceError, match="write it, or unlist the lab"):
        read_source(tmp_path / "none.py")
