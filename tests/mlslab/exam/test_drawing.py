from collections import Counter

import pytest

from mlslab.errors import MlslabError
from mlslab.exam.drawing import apportion, draw
from mlslab.exam.paper import as_data, from_data
from mlslab.exam.wish import Wish


def test_a_full_exam_is_by_the_blueprint(bank):
    paper = draw(bank, Wish(full=True, seed=7))
    assert (paper.minutes, paper.pausing) == (180, False)
    for scored, shares in ((True, (10, 12, 18, 10)), (False, (3, 4, 5, 3))):
        domains = Counter(paper.domain(i) for i in paper.items if i.scored is scored)
        assert tuple(domains[n] for n in "1234") == shares
    assert len({item.question.id for item in paper.items}) == 65
    kinds = {item.question.kind.value for item in paper.items}
    assert kinds <= {"multiple-choice", "multiple-response"}


def test_the_seed_decides_questions_order_and_letters(bank):
    first, again = (draw(bank, Wish(full=True, seed=7)) for _ in range(2))
    other = draw(bank, Wish(full=True, seed=8))
    assert as_data(first) == as_data(again)
    assert [i.question.id for i in first.items] != [i.question.id for i in other.items]


def test_without_a_seed_another_paper_comes_each_time(bank):
    papers = [draw(bank, Wish(count=8)) for _ in range(4)]
    assert len({tuple(i.question.id for i in paper.items) for paper in papers}) > 1
    again = draw(bank, Wish(count=8, seed=papers[0].seed))
    assert again == papers[0]


def test_options_change_places_and_keep_their_meaning(bank):
    for item in draw(bank, Wish(case="orchard", seed=3)).items:
        original = bank.questions[item.question.id]
        before = [original.option(key).text for key in original.correct]
        after = [item.question.option(key).text for key in item.question.correct]
        assert sorted(before) == sorted(after)
        if original.kind.value in ("ordering", "matching"):
            assert before == after
        assert item.question.keys == tuple("abcde")
    drawn = [draw(bank, Wish(count=4, seed=seed)).items[0] for seed in range(8)]
    assert len({item.question.options[0].text for item in drawn}) > 1


@pytest.mark.parametrize(
    ("wish", "holds"),
    [
        ({"domains": frozenset("3")}, lambda q: q.task == "3.1"),
        ({"tasks": frozenset(["2.1"])}, lambda q: q.task == "2.1"),
        ({"kinds": frozenset(["ordering"])}, lambda q: q.id == "steps"),
        ({"among": frozenset(["q3", "q5"])}, lambda q: q.id in ("q3", "q5")),
    ],
)
def test_a_short_exam_is_of_what_was_asked_for(bank, wish, holds):
    paper = draw(bank, Wish(count=8, **wish))
    assert paper.items
    assert all(holds(item.question) and item.scored for item in paper.items)


def test_a_case_is_asked_whole_and_in_its_order(bank):
    paper = draw(bank, Wish(case="orchard"))
    ids = [item.question.id for item in paper.items]
    assert ids == ["one", "several", "steps", "pairs"]
    assert {item.scenario for item in paper.items} == {"An orchard sells fruit."}


def test_questions_of_one_case_follow_each_other(bank):
    for seed in range(5):
        items = draw(bank, Wish(count=104, seed=seed)).items
        places = [n for n, item in enumerate(items) if item.question.case]
        assert places == list(range(places[0], places[0] + 4))


def test_what_cannot_be_drawn_is_said(bank):
    with pytest.raises(MlslabError, match="no question of the bank fits"):
        draw(bank, Wish(labs=frozenset(["999"])))
    with pytest.raises(MlslabError, match="no case study 'garden'; there are orchard"):
        draw(bank, Wish(case="garden"))
    small = type(bank)({k: bank.questions[k] for k in list(bank.questions)[:64]})
    with pytest.raises(MlslabError, match="a full MLS-C01 has 65 questions"):
        draw(small, Wish(full=True))


def test_shares_are_whole_and_add_up():
    assert apportion(50, {"1": 20, "2": 24, "3": 36, "4": 20}) == {
        "1": 10,
        "2": 12,
        "3": 18,
        "4": 10,
    }
    assert sum(apportion(7, {"a": 1, "b": 1, "c": 1}).values()) == 7


def test_a_paper_survives_being_written(bank, tmp_path):
    paper = draw(bank, Wish(count=20, minutes=30, seed=1))
    case = draw(bank, Wish(case="orchard", seed=1))
    for each in (paper, case):
        assert from_data(tmp_path / "paper.json", as_data(each)) == each
