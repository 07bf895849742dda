"""The exam in the terminal, played by Textual's own pilot."""

import asyncio

import pytest

from mlslab.exam.attempt import Attempt, begin, under_way
from mlslab.exam.drawing import draw
from mlslab.exam.result import judge
from mlslab.exam.terminal import ExamApp
from mlslab.exam.terminal.asking import QuestionScreen
from mlslab.exam.terminal.dialogs import OverviewScreen, PauseScreen, RulesScreen
from mlslab.exam.terminal.result import ReasonsScreen, ResultScreen
from mlslab.exam.wish import Wish
from mlslab.questions.model import Kind


def play(app, steps):
    """Run the application and let `steps(pilot)` play it."""

    async def run():
        async with app.run_test(size=(100, 40)) as pilot:
            await pilot.pause()
            await steps(pilot)

    asyncio.run(run())


@pytest.fixture
def app(course, attempt):
    return ExamApp(course, attempt)


def text_of(screen, selector):
    return str(screen.query_one(selector).render())


async def press(pilot, *keys):
    await pilot.press(*keys)
    await pilot.pause()


def letters(question):
    """The keys that give the right answer."""
    return question.correct


def test_all_kinds_are_answered_by_letters_and_handed_in(app, attempt):
    async def steps(pilot):
        assert isinstance(app.screen, RulesScreen)
        await press(pilot, "enter")
        for item in attempt.paper.items:
            await press(pilot, *letters(item.question), "right")
        await press(pilot, "s")
        assert "Nothing is open" in str(app.screen.query_one("Static").render())
        await press(pilot, "y")
        assert isinstance(app.screen, ResultScreen)
        assert "1000 of 1000: passed" in text_of(app.screen, "#score")

    play(app, steps)
    assert attempt.submitted
    assert judge(attempt).scored.right == 4


def test_leaving_and_taking_up_again(course, paper, home):
    async def first(pilot):
        await press(pilot, "enter", "b", "right", "m", "q")

    play(ExamApp(course, begin(paper)), first)
    attempt = under_way()
    assert attempt.answers == {0: ("b",)}
    assert attempt.marked == {1}
    app = ExamApp(course, attempt)

    async def second(pilot):
        assert isinstance(app.screen, RulesScreen)
        await press(pilot, "enter")
        assert "Question 2 of 4" in text_of(app.screen, "#head")
        assert "⚑" in text_of(app.screen, "#head")

    play(app, second)


def test_a_choice_moves_and_is_taken_back(app, attempt):
    async def steps(pilot):
        await press(pilot, "enter", "a", "c")
        assert attempt.answers == {0: ("c",)}
        await press(pilot, "c")
        assert attempt.answers == {}
        await press(pilot, "d", "backspace")
        assert attempt.answers == {}

    play(app, steps)


def test_matching_goes_from_line_to_line(app, attempt):
    place = next(
        n
        for n, item in enumerate(attempt.paper.items)
        if item.question.kind is Kind.MATCHING
    )

    async def steps(pilot):
        await press(pilot, "enter", *["right"] * place)
        await press(pilot, "b", "c")
        assert attempt.answers[place] == ("b", "c", "")
        await press(pilot, "1", "e")
        assert attempt.answers[place] == ("e", "c", "")
        await press(pilot, "up", "up", "a")  # from line 3 to line 1
        assert attempt.answers[place][0] == "a"

    play(app, steps)


def test_typing_fast_loses_nothing(course, bank, type_at_once):
    attempt = Attempt(draw(bank, Wish(count=60)))
    app = ExamApp(course, attempt)
    answers = [
        key for item in attempt.paper.items for key in (*item.question.correct, "right")
    ]
    pause, overview = ("space", "space"), ("o", "escape")

    async def steps(pilot):
        type_at_once(app, "enter", *pause, *answers, *overview, *"snsy")
        while not attempt.submitted:
            await pilot.pause(0.05)

    play(app, steps)
    right = dict(enumerate(item.question.correct for item in attempt.paper.items))
    assert attempt.answers == right


def test_a_click_is_the_letter(app, attempt):
    async def steps(pilot):
        await press(pilot, "enter")
        lines = app.screen.query("#options Line")
        await pilot.click(lines[2])
        await pilot.pause()
        assert attempt.answers == {0: ("c",)}

    play(app, steps)


def test_overview_goes_to_a_question(app):
    async def steps(pilot):
        await press(pilot, "enter", "b", "o")
        assert isinstance(app.screen, OverviewScreen)
        table = app.screen.query_one("DataTable")
        assert [table.get_row_at(n)[1] for n in range(4)] == ["answered", *["open"] * 3]
        await press(pilot, "down", "down", "enter")
        assert "Question 3 of 4" in text_of(app.screen, "#head")

    play(app, steps)


def test_a_short_exam_can_be_paused_and_a_full_one_cannot(app, attempt, bank, course):
    async def short(pilot):
        await press(pilot, "enter", "space")
        assert isinstance(app.screen, PauseScreen)
        assert attempt.paused
        await press(pilot, "space")
        assert not attempt.paused

    play(app, short)
    full = ExamApp(course, Attempt(draw(bank, Wish(full=True))))

    async def refused(pilot):
        await press(pilot, "enter", "space")
        assert isinstance(full.screen, QuestionScreen)
        assert not full.attempt.paused

    play(full, refused)


def test_the_end_of_the_time_shows_the_result(bank, course, clock):
    attempt = Attempt(draw(bank, Wish(count=3, minutes=1)), clock=clock)
    app = ExamApp(course, attempt)

    async def steps(pilot):
        await press(pilot, "enter")
        assert "0:01:00 left" in text_of(app.screen, "#head")
        clock.now += 61
        app.tick()
        await pilot.pause()
        assert isinstance(app.screen, ResultScreen)

    play(app, steps)


def test_an_answer_after_the_time_is_not_taken_and_ends_the_exam(bank, course, clock):
    attempt = Attempt(draw(bank, Wish(count=3, minutes=1)), clock=clock)
    app = ExamApp(course, attempt)

    async def steps(pilot):
        await press(pilot, "enter")
        clock.now += 61  # and the clock has not ticked yet
        await press(pilot, "a")
        assert isinstance(app.screen, ResultScreen)

    play(app, steps)
    assert attempt.submitted
    assert attempt.answers == {}


def test_the_clock_may_tick_before_a_question_is_shown(app, attempt):
    async def steps(pilot):
        app.push_screen(QuestionScreen(attempt))  # which has nothing on it yet
        app.tick()
        await pilot.pause()
        assert "Question 1 of 4" in text_of(app.screen, "#head")

    play(app, steps)


def test_every_reason_is_shown_afterwards(app, attempt):
    attempt.submit()

    async def steps(pilot):
        await press(pilot, "enter")
        assert isinstance(app.screen, ReasonsScreen)
        await press(pilot, "right")
        shown = text_of(app.screen, "#reasons")
        for option in attempt.paper.items[1].question.options:
            assert option.reason in shown
        await press(pilot, "escape")
        assert isinstance(app.screen, ResultScreen)

    play(app, steps)


def test_markup_in_a_question_is_shown_as_it_is(app, attempt):
    question = attempt.paper.items[0].question
    vars(question)["text"] = "A list [bold]x[/bold] and `code`?"

    async def steps(pilot):
        await press(pilot, "enter")
        assert text_of(app.screen, "#text") == "A list [bold]x[/bold] and code?"

    play(app, steps)
