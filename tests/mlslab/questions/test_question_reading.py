from pathlib import Path

import pytest
from made_questions import (
    ALL,
    CASE,
    CHOICE,
    MATCHING,
    ORDERING,
    RESPONSE,
    questions,
    written,
)

from mlslab.errors import DataError
from mlslab.questions.model import Kind
from mlslab.questions.reading import load_quiz, read_bank_file, read_quiz

QUIZ = Path(__file__).parents[1] / "fixtures" / "fixture_checks" / "lab_101_bucket.toml"


def test_every_kind_is_read(tmp_path):
    found = questions(tmp_path)
    assert [q.kind for q in found.values()] == list(Kind)
    assert found["several"].correct == ("b", "c")
    assert found["steps"].correct == ("c", "a", "b")
    assert found["pairs"].correct == ("a", "b", "a")
    assert found["one"].tasks == {
        "MLS-C01": ("1.1",),
        "MLA-C01": ("1.1",),
        "MLA-C02": (),
    }


def test_a_case_gives_its_id_to_its_questions(tmp_path):
    case, found = read_bank_file(written(tmp_path, CASE + ALL))
    assert case.title == "An orchard"
    assert {question.case for question in found.values()} == {"orchard"}


def test_a_quiz_has_its_labs_services_and_the_crosswalk(course, lab):
    question = load_quiz(course, lab)["101-consistency"]
    assert question.services == lab.services
    assert question.lab == "101"
    assert question.tasks["MLA-C02"] == ("1.1",)


@pytest.mark.parametrize(
    ("text", "old", "new", "says"),
    [
        (CHOICE, ', reason = "Bananas fit."', "", "reason: is missing"),
        (CHOICE, '["b"]', '["z"]', "correct: names some of"),
        (CHOICE, '["b"]', '["a", "b"]', "correct: names the one option"),
        (CHOICE, "multiple-choice", "multiple", "kind: is one of multiple-choice"),
        (CHOICE, "difficulty = 2", "difficulty = 4", "difficulty: is 1"),
        (CHOICE, "https://docs", "ftp://docs", "address: begins with"),
        (CHOICE, 'key = "c"', 'key = "a"', "options: are three or more"),
        (CHOICE, "2026-11-23", "yesterday", "checked: is a date"),
        (CHOICE, "services", "servants", "services: is missing"),
        (CHOICE, 'lab = "101"', 'lab = "101"\nadds = ["ai"]', "adds: holds some"),
        (RESPONSE, '["c", "b"]', '["c"]', "correct: names two options or more"),
        (ORDERING, '["c", "a", "b"]', '["c", "a", "c"]', "correct: names three"),
        (MATCHING, 'answer = "b"', 'answer = "z"', "prompts: names some"),
        (MATCHING, "prompts = [", 'correct = ["a"]\nprompts = [', "correct: nobody"),
    ],
)
def test_errors_name_the_question_and_the_field(tmp_path, text, old, new, says):
    assert old in text
    with pytest.raises(DataError, match=r"^bank\.toml: question ") as error:
        questions(tmp_path, text.replace(old, new))
    assert says in str(error.value)


def test_an_id_is_used_once(tmp_path):
    with pytest.raises(DataError, match="id: is used twice"):
        questions(tmp_path, CHOICE * 2)


def test_a_diagram_needs_its_alternative_text(tmp_path):
    with pytest.raises(DataError, match="alt: and diagram are given together"):
        read_bank_file(written(tmp_path, f'{CASE}diagram = "a.d2"\n{CHOICE}'))


def test_a_quiz_may_not_have_what_only_the_bank_has(tmp_path, lab):
    with pytest.raises(DataError, match="nobody reads this field"):
        read_quiz(written(tmp_path, QUIZ.read_text() + 'adds = ["mla-c02"]'), lab)
