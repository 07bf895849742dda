import pytest
from made_questions import questions

from mlslab.errors import MlslabError


@pytest.fixture
def asked(tmp_path):
    return questions(tmp_path)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("one", ["b"], [[], ["a"], ["a", "b"]]),
        ("several", ["c", "b"], [["b"], ["b", "c", "d"], ["a", "b"]]),
        ("steps", ["c", "a", "b"], [["a", "b", "c"], ["c", "a"], ["c", "a", "b", "d"]]),
        ("pairs", ["a", "b", "a"], [["a", "b", "b"], ["a", "b"], ["a", "b", ""]]),
    ],
)
def test_all_of_it_has_to_be_right(asked, name, right, wrong):
    question = asked[name]
    assert question.is_right(tuple(right))
    assert question.is_answered(tuple(right))
    for answer in wrong:
        assert not question.is_right(tuple(answer))


def test_an_answer_is_open_until_nothing_is_missing(asked):
    assert not asked["several"].is_answered(("b",))
    assert not asked["pairs"].is_answered(("a", "", "a"))
    assert asked["steps"].is_answered(("a", "b", "c"))


def test_text_and_lists_are_read_alike(asked):
    assert asked["one"].read(" B ") == ("b",)
    assert asked["several"].read("c, b,c") == ("b", "c")
    assert asked["steps"].read(["c", "a", "b"]) == ("c", "a", "b")
    assert asked["pairs"].read("a,,b") == ("a", "", "b")
    for answer in ("z", "", [], ["b", "z"]):
        with pytest.raises(MlslabError, match="one: answer with a, b, c, d, e, not"):
            asked["one"].read(answer)


def test_it_says_how_to_answer_from_the_key(asked):
    assert asked["one"].instruction == ""
    assert asked["several"].instruction == "Choose two."
    assert asked["steps"].instruction.startswith("Choose the three steps")
    assert "for each line" in asked["pairs"].instruction


def test_the_task_it_counts_for_is_the_first_of_mls_c01(asked):
    assert asked["one"].task == "1.1"
