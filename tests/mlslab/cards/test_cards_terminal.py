import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from mlslab.cards.memory import Memory
from mlslab.cards.terminal import CardsApp, said

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture
def app(cards):
    return CardsApp(cards, Memory(), new=2, now=lambda: NOW)


def play(app, steps):
    async def run():
        async with app.run_test(size=(80, 30)) as pilot:
            await pilot.pause()
            await steps(pilot)

    asyncio.run(run())


def shown(app, name):
    return str(app.screen.query_one(name).render())


def test_a_card_is_turned_and_rated(app):
    async def steps(pilot):
        assert "Front 0 x?" in shown(app, "#front")
        assert not app.screen.query_one("#back").display
        await pilot.press("3")  # not turned yet: nothing is rated
        assert app.answered == 0
        await pilot.press("space")
        assert shown(app, "#back") == "Back 0."
        assert "https://docs.aws.amazon.com/page.html" in shown(app, "#source")
        await pilot.press("4")
        assert "Front 1 x?" in shown(app, "#front")
        await pilot.press("space", "4")
        assert "Nothing is due" in shown(app, "#front")
        assert "0 due, 0 new" in shown(app, "#head")
        await pilot.press("q")

    play(app, steps)
    assert app.return_value == 2


def test_typing_fast_loses_nothing(app, type_at_once):
    async def steps(pilot):
        type_at_once(app, "space", "4", "enter", "4", "q")
        while app.return_value is None:
            await pilot.pause(0.05)

    play(app, steps)
    assert app.return_value == 2


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(seconds=5), "1 min"),
        (timedelta(minutes=10), "10 min"),
        (timedelta(hours=5), "5 h"),
        (timedelta(hours=25), "1 day"),
        (timedelta(days=12), "12 days"),
    ],
)
def test_times_are_said_as_people_say_them(time, words):
    assert said(time) == words
