import random

import pytest

from mlslab.exam.attempt import Attempt
from mlslab.exam.drawing import draw
from mlslab.exam.result import Count, judge, scale
from mlslab.exam.wish import Wish
from mlslab.exam.words import by_domain, summary, to_repeat


@pytest.fixture
def full(bank):
    return Attempt(draw(bank, Wish(full=True, seed=7)))


def by_key(attempt):
    for place, item in enumerate(attempt.paper.items):
        attempt.answers[place] = item.question.correct


def test_all_right_is_1000_and_nothing_is_100(full):
    assert judge(full).scaled == 100
    by_key(full)
    result = judge(full)
    assert (result.scaled, result.passed) == (1000, True)
    assert result.scored == Count(50, 50)
    assert result.unscored == Count(15, 15)
    assert result.labs == ()


def test_unscored_questions_do_not_count(full):
    by_key(full)
    for place, item in enumerate(full.paper.items):
        if not item.scored:
            full.answers[place] = ()
    assert judge(full).scaled == 1000


def test_the_pass_mark_is_where_the_scale_says(full):
    assert scale(36 / 50) == 748
    assert scale(37 / 50) == 766
    by_key(full)
    scored = [place for place, item in enumerate(full.paper.items) if item.scored]
    for place in scored[:13]:
        full.answers.pop(place)
    assert judge(full).passed
    full.answers.pop(scored[13])
    assert not judge(full).passed


def test_guessing_earns_what_chance_gives(bank):
    chance = random.Random(1)
    paper = draw(bank, Wish(full=True))
    scores = []
    for _ in range(40):
        attempt = Attempt(paper)
        for place, item in enumerate(paper.items):
            attempt.answers[place] = (chance.choice(item.question.keys),)
        scores.append(judge(attempt).scored.share)
    assert 0.14 < sum(scores) / len(scores) < 0.26  # five options: a fifth


def test_half_an_answer_earns_nothing(attempt):
    right = [item.question.correct for item in attempt.paper.items]
    attempt.answers = {place: keys[:-1] for place, keys in enumerate(right)}
    assert judge(attempt).scored == Count(0, 4)
    attempt.answers = dict(enumerate(right))
    assert judge(attempt).scored == Count(4, 4)


def test_domains_and_tasks_add_up(full):
    by_key(full)
    full.answers.pop(next(n for n, i in enumerate(full.paper.items) if i.scored))
    result = judge(full)
    assert sum(count.of for count in result.domains.values()) == 50
    assert sum(count.right for count in result.tasks.values()) == 49
    assert result.labs == (("101", 1),)


def test_the_words_say_score_scale_and_labs(full, course):
    by_key(full)
    full.answers.pop(0)
    full.leaves = 2
    result = judge(full)
    text = "\n".join(summary(full, result))
    assert f"{result.scaled} of 1000: passed (pass mark 750)" in text
    assert "taken up again: 2 ×" in text
    assert "does not publish" in text
    assert to_repeat(course, result) == ["101 A bucket and a mean: 1 wrong"]
    assert by_domain(full.paper, result)[2][::2] == ("3", "Modeling")
