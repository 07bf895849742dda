from datetime import UTC, datetime, timedelta

import fsrs
import pytest

from mlslab.cards.memory import RATINGS, Memory, load_memory

START = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
AGAIN, GOOD, EASY = RATINGS["1"], RATINGS["3"], RATINGS["4"]


@pytest.fixture
def memory(tmp_path):
    return Memory(
        tmp_path / "cards.json", scheduler=fsrs.Scheduler(enable_fuzzing=False)
    )


def test_new_cards_come_in_order_and_only_so_many_a_day(cards, memory):
    assert memory.due(cards, START, new=2) == list(cards[:2])
    memory.answer(cards[0], EASY, START)
    memory.answer(cards[1], EASY, START)
    assert memory.due(cards, START, new=2) == []
    tomorrow = START + timedelta(hours=16)
    assert memory.due(cards, tomorrow, new=2) == list(cards[2:])


def test_what_is_due_comes_before_what_is_new(cards, memory):
    due = memory.answer(cards[3], AGAIN, START)
    assert due - START == timedelta(minutes=1)
    assert memory.due(cards, START) == list(cards[:3])
    assert memory.due(cards, due)[0] == cards[3]


def test_what_is_known_is_asked_later_and_later(cards, memory):
    now, waits = START, []
    for _ in range(5):
        due = memory.answer(cards[0], GOOD, now)
        waits.append(due - now)
        now = due
    assert waits == sorted(waits)
    assert waits[-1] > timedelta(days=20)


def test_forgetting_brings_it_back_soon(cards, memory):
    now = START
    for _ in range(4):
        now = memory.answer(cards[0], GOOD, now)
    assert memory.answer(cards[0], AGAIN, now) - now < timedelta(hours=1)


def test_it_is_kept_after_each_answer(cards, memory):
    due = memory.answer(cards[0], GOOD, START)
    again = load_memory(memory.path)
    assert again.states["c0"].due == due
    assert (again.first_seen, again.reviews) == ({"c0": "2026-11-27"}, 1)


def test_a_damaged_file_is_put_aside(cards, memory):
    memory.path.write_text('{"states": 1}')
    assert load_memory(memory.path).states == {}
    assert memory.path.with_suffix(".damaged").exists()
