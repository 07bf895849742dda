import pytest

from mlslab.questions.model import Kind
from mlslab.questions.quiz import _widget, explanation, question_text, show_question
from mlslab.questions.reading import load_quiz


@pytest.fixture
def question(course, lab):
    return load_quiz(course, lab)["101-consistency"]


def test_the_text_has_all_options_and_no_reason(question, capsys):
    show_question(question, lambda *_: None)
    text = capsys.readouterr().out
    assert text == question_text(question) + "\n"
    for option in question.options:
        assert option.text in text
        assert option.reason not in text
    assert 'lab.answer("101-consistency", "a")' in text


def test_the_explanation_gives_every_reason_and_the_source(question):
    card = explanation(question, ("a",))
    text = repr(card)
    assert text.startswith("✗ Not right")
    assert "✗ a) (your answer)" in text
    assert "✓ b) The new object" in text
    assert all(option.reason in text for option in question.options)
    assert question.sources[0].address in text
    assert repr(explanation(question, ("b",))).startswith("✓ Right")


def test_the_buttons_judge(question):
    asked = []

    def answer(question_id, keys):
        asked.append((question_id, keys))
        return explanation(question, keys)

    _, choices, button, said = _widget(question, answer).children
    button.click()
    assert said.value == "Choose an option."
    choices.value = "b"
    button.click()
    assert asked == [("101-consistency", ("b",))]
    assert "Right" in said.value


def test_several_right_options_are_boxes(question):
    many = type(question)(
        **{**vars(question), "kind": Kind.RESPONSE, "correct": ("a", "b")}
    )
    seen = []
    box = _widget(many, lambda _, keys: seen.append(keys) or explanation(many, keys))
    _, choices, button, _ = box.children
    for child in choices.children[:2]:
        child.value = True
    button.click()
    assert seen == [("a", "b")]
    assert "Choose two." in question_text(many)
