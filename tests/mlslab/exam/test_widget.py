import asyncio

import ipywidgets as widgets
import pytest

from mlslab.exam.attempt import Attempt
from mlslab.exam.drawing import draw
from mlslab.exam.widget import ExamWidget
from mlslab.exam.wish import Wish
from mlslab.questions.model import Kind


def inside(box):
    """All widgets in a box, depth first."""
    for child in box.children:
        yield child
        if hasattr(child, "children"):
            yield from inside(child)


def click(shown, text):
    """Click the button with this description."""
    next(
        w
        for w in inside(shown.box)
        if isinstance(w, widgets.Button) and w.description == text
    ).click()


def page(shown):
    """All HTML that is shown."""
    return "\n".join(w.value for w in inside(shown.box) if isinstance(w, widgets.HTML))


def answer(shown, question):
    """Answer the question that is shown by its controls."""
    controls = list(inside(shown.box))
    if question.kind is Kind.CHOICE:
        buttons = next(w for w in controls if isinstance(w, widgets.ToggleButtons))
        buttons.value = question.correct[0]
    elif question.kind is Kind.RESPONSE:
        for box in controls:
            if isinstance(box, widgets.Checkbox):
                box.value = box.description in question.correct
    else:
        menus = [w for w in controls if isinstance(w, widgets.Dropdown)]
        menus = [menu for menu in menus if menu.description]
        for menu, key in zip(menus, question.correct, strict=True):
            menu.value = key


@pytest.fixture
def shown(course, attempt):
    attempt.pause()
    return ExamWidget(course, attempt)


def test_an_exam_of_all_kinds_by_clicking(shown, attempt):
    assert "4 questions, no time limit" in page(shown)
    click(shown, "Begin")
    for place, item in enumerate(attempt.paper.items):
        assert f"Question {place + 1} of 4" in page(shown)
        assert "An orchard sells fruit." in page(shown)
        answer(shown, item.question)
        assert attempt.answers[place] == item.question.correct
        if place < 3:
            click(shown, "Next")
    click(shown, "Hand in")
    assert "Nothing is open" in page(shown)
    click(shown, "Yes, hand in")
    assert "1000 of 1000: passed" in page(shown)
    for item in attempt.paper.items:
        assert all(option.reason in page(shown) for option in item.question.options)


def test_it_goes_back_and_marks_and_says_what_is_open(shown, attempt):
    click(shown, "Begin")
    click(shown, "Mark")
    assert "⚑ marked" in page(shown)
    click(shown, "Next")
    click(shown, "Back")
    click(shown, "Unmark")
    assert attempt.marked == set()
    click(shown, "Hand in")
    assert "Open: 1, 2, 3, 4." in page(shown)
    click(shown, "No, go on")
    assert "Question 1 of 4" in page(shown)


def test_the_menu_of_questions_says_what_is_answered_and_leads_there(shown, attempt):
    click(shown, "Begin")
    menu = next(
        w
        for w in inside(shown.box)
        if isinstance(w, widgets.Dropdown) and not w.description
    )
    assert [label for label, _ in menu.options] == [f"{n}: open" for n in (1, 2, 3, 4)]
    menu.value = 2
    assert "Question 3 of 4" in page(shown)
    answer(shown, attempt.item.question)
    assert menu.options[2] == ("3: answered", 2)
    assert menu.value == menu.index == attempt.place == 2
    click(shown, "Mark")
    assert menu.options[2] == ("3: answered ⚑", 2)


def test_a_pause_hides_the_question(shown, attempt):
    click(shown, "Begin")
    click(shown, "Pause")
    assert attempt.paused
    assert "fruit" not in page(shown)
    click(shown, "Go on")
    assert not attempt.paused


def test_an_answer_after_the_time_is_not_taken(course, bank, clock):
    attempt = Attempt(draw(bank, Wish(count=2, minutes=1)), clock=clock)
    shown = ExamWidget(course, attempt)
    click(shown, "Begin")
    clock.now += 61
    answer(shown, attempt.item.question)
    assert attempt.answers == {}


def test_the_clock_hands_in(course, bank, clock):
    attempt = Attempt(draw(bank, Wish(count=2, minutes=1)), clock=clock)
    shown = ExamWidget(course, attempt)

    async def run():
        click(shown, "Begin")
        clock.now += 61
        await asyncio.sleep(1.2)

    asyncio.run(run())
    assert attempt.submitted
    assert "100 of 1000: not passed" in page(shown)


def test_labs_that_went_wrong_are_to_be_repeated(course, attempt):
    attempt.submit()
    assert "101 A bucket and a mean: 4 wrong" in page(ExamWidget(course, attempt))
