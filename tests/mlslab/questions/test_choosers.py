import pytest
from made_questions import questions

from mlslab.questions.choosers import chooser, question_html


@pytest.fixture
def asked(tmp_path):
    return questions(tmp_path)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("one", ("b",)),
        ("several", ("b", "d")),
        ("steps", ("c", "a")),
        ("pairs", ("a", "", "b")),
    ],
)
def test_it_holds_the_answer_that_it_is_given(asked, name, answer):
    assert chooser(asked[name], answer).answer() == answer
    assert chooser(asked[name]).answer() == ()


def test_a_change_is_told(asked):
    choice = chooser(asked["steps"])
    seen = []
    choice.on_change(lambda: seen.append(choice.answer()))
    choice.widget.children[0].value = "c"
    choice.widget.children[1].value = "c"
    choice.widget.children[2].value = "b"
    assert seen == [("c",), ("c",), ("c", "b")]


def test_the_page_is_no_markup_of_the_questions(asked):
    shown = question_html(asked["pairs"])
    assert "1. round" in shown
    assert "<script" not in shown
