from pathlib import Path

import pytest

from mlslab.errors import DataError, MlslabError
from mlslab.quiz import load_questions, read_questions

FILE = Path(__file__).parent / "fixtures" / "fixture_checks" / "lab_101_bucket.toml"


@pytest.fixture
def question(course, lab):
    return load_questions(course, lab)["101-consistency"]


def test_answers_are_judged(question):
    assert question.is_right("b")
    assert question.is_right([" B "])
    assert not question.is_right("a")
    assert not question.is_right("a,b")
    with pytest.raises(MlslabError, match="answer with a, b, c, not 'z'"):
        question.is_right("z")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (', reason = "That was so before strong consistency."', "", "reason: is miss"),
        ('correct = ["b"]', 'correct = ["d"]', "correct: names some"),
        ('correct = ["b"]', 'correct = ["a", "b", "c"]', "correct: names some"),
        ("difficulty = 1", "difficulty = 4", "difficulty: is 1"),
        ("https://docs", "ftp://docs", "source: its address"),
        ('key = "c"', 'key = "a"', "options: are three or more"),
        ("2026-11-23", "yesterday", "checked: is a date"),
    ],
)
def test_errors_name_the_question_and_the_field(tmp_path, old, new, says):
    text = FILE.read_text()
    assert old in text
    file = tmp_path / "q.toml"
    file.write_text(text.replace(old, new))
    with pytest.raises(DataError, match=r"^q\.toml: question 101-consistency") as error:
        read_questions(file)
    assert says in str(error.value)


def test_an_id_is_used_once(tmp_path):
    file = tmp_path / "q.toml"
    file.write_text(FILE.read_text() * 2)
    with pytest.raises(DataError, match="id: is used twice"):
        read_questions(file)
