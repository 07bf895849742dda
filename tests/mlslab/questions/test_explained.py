import pytest
from made_questions import questions

from mlslab.questions.explained import explained


@pytest.fixture
def asked(tmp_path):
    return questions(tmp_path)


@pytest.mark.parametrize("name", ["one", "several", "steps", "pairs"])
@pytest.mark.parametrize("answer", [(), ("a",), ("a", "b", "a")])
def test_every_option_has_its_reason_and_the_source_stands_below(asked, name, answer):
    lines = explained(asked[name], answer)
    text = "\n".join(lines)
    for option in asked[name].options:
        assert option.text in text
        assert option.reason in text
    assert lines[-1].startswith("Source: A page, https://docs.aws.amazon.com/")


def test_a_choice_shows_what_was_chosen(asked):
    lines = explained(asked["several"], ("a", "b"))
    assert lines[0].startswith("✗ a) (your answer) Apples")
    assert lines[1].startswith("✓ b) (your answer) Bananas")
    assert lines[2].startswith("✓ c) Cherries")


def test_an_order_shows_the_right_one_and_the_given_places(asked):
    lines = explained(asked["steps"], ("c", "b", "d"))
    assert lines[0].startswith("✓ 1. (you: 1) Cherries")
    assert lines[1].startswith("✗ 2. (you left it out) Apples")
    assert lines[2].startswith("✗ 3. (you: 2) Bananas")
    assert lines[3].startswith("✗ not needed: Dates")
    assert lines[4].startswith("✓ not needed: Elderberries")


def test_a_match_shows_what_fits_and_what_was_given(asked):
    lines = explained(asked["pairs"], ("a", "c", ""))
    assert lines[0] == "✓ round → Apples are round"
    assert lines[1] == "✗ long → Bananas are long (you: Cherries are small)"
    assert lines[2] == "✗ round too → Apples are round"


def test_without_an_answer_the_signs_are_those_of_a_key(asked):
    ordered = [line[:6] for line in explained(asked["steps"], ())[:5]]
    assert ordered == ["✓ 1. C", "✓ 2. A", "✓ 3. B", "✗ not ", "✗ not "]
    assert explained(asked["pairs"], ())[1] == "✓ long → Bananas are long"
