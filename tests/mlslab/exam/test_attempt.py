import json

import pytest

from mlslab.errors import MlslabError
from mlslab.exam import attempt as module
from mlslab.exam.attempt import Attempt, TimeIsUpError, attempts, begin, under_way
from mlslab.exam.drawing import draw
from mlslab.exam.wish import Wish


@pytest.fixture
def timed(bank, clock, tmp_path):
    paper = draw(bank, Wish(full=True))
    made = Attempt(paper, tmp_path / "timed", clock=clock)
    made.resume()
    return made


def test_every_change_is_on_disk_at_once(attempt):
    attempt.answer(0, ("b",))
    attempt.mark(2)
    attempt.go(3)
    kept = json.loads((attempt.folder / "attempt.json").read_text())
    assert kept["answers"] == {"0": ["b"]}
    assert (kept["marked"], kept["place"]) == ([2], 3)


def test_an_exam_that_was_killed_goes_on(paper, home):
    first = begin(paper)
    first.resume()
    first.answer(1, ("b", "c"))
    first.go(2)
    del first  # as if its process had been killed: nothing is written any more
    again = under_way()
    assert again.paper == paper
    assert again.answers == {1: ("b", "c")}
    assert (again.place, again.leaves, again.paused) == (2, 1, True)


def test_what_was_handed_in_is_not_under_way(paper, home):
    begin(paper).submit()
    assert under_way() is None
    assert len(attempts()) == 1


def test_giving_up_forgets_it(paper, home):
    module.give_up(begin(paper))
    assert attempts() == []


def test_the_clock_runs_stands_and_is_not_run_by_absence(attempt, clock):
    clock.now += 30
    attempt.pause()
    clock.now += 1000
    assert attempt.spent == 30
    attempt.resume()
    clock.now += 5
    attempt.save()
    assert json.loads((attempt.folder / "attempt.json").read_text())["seconds"] == 35


def test_a_full_exam_has_no_pause(timed):
    with pytest.raises(MlslabError, match="no pause"):
        timed.pause()


def test_the_end_of_the_time_hands_in(timed, clock):
    timed.answer(0, ("a",))
    clock.now += 180 * 60 + 9
    with pytest.raises(TimeIsUpError):
        timed.answer(1, ("a",))
    timed.tick()
    assert timed.submitted
    assert (timed.left, timed.spent) == (0, 180 * 60)
    assert timed.answers == {0: ("a",)}


def test_a_tick_notes_the_clock_now_and_then(timed, clock):
    timed.tick()
    assert not timed.folder.exists()
    clock.now += module.NOTED_EVERY + 1
    timed.tick()
    assert json.loads((timed.folder / "attempt.json").read_text())["seconds"] == 6


def test_an_answer_can_be_taken_back_until_it_is_handed_in(attempt):
    attempt.answer(0, ("b",))
    attempt.answer(0, ())
    assert attempt.open_places == [0, 1, 2, 3]
    attempt.submit()
    with pytest.raises(TimeIsUpError, match="over"):
        attempt.answer(0, ("b",))


def test_a_damaged_attempt_is_put_aside(paper, home):
    folder = begin(paper).folder
    (folder / "attempt.json").write_text('{"answers": 7}')
    assert attempts() == []
    assert (folder / "attempt.damaged").exists()


def test_going_past_an_end_stays_there(attempt):
    attempt.go(99)
    assert attempt.place == 3
    attempt.go(-1)
    assert attempt.place == 0
