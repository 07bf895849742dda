"""The instructor's page: its figures, and that it holds with one and with thousands."""

import math
from dataclasses import replace
from typing import Any

import pytest
from made_pages import HOSTILE, Page, is_safe_and_sound, result, standing

from mlslab.checks import Check, load_checks
from mlslab.course import Course, LabInfo
from mlslab.grading.overview import Row, ToMark, overview_page
from mlslab.grading.pages import Standing, page_name
from mlslab.grading.pages.chart import bars
from mlslab.grading.pages.messages import commonest
from mlslab.grading.pages.statistics import discrimination, figures
from mlslab.grading.results import (
    Change,
    ExerciseResult,
    ExerciseStatus,
    GradeStatus,
    Result,
)
from mlslab.grading.similar import Pair

PASSED, INCORRECT = ExerciseStatus.PASSED, ExerciseStatus.INCORRECT
NOT_ATTEMPTED = ExerciseStatus.NOT_ATTEMPTED


@pytest.fixture
def checks(course: Course, lab: LabInfo) -> dict[str, Check]:
    return load_checks(course, lab)


@pytest.fixture
def page(lab: LabInfo, checks: dict[str, Check]) -> Any:
    def make(*results: Result, **others: Any) -> Page:
        return Page(overview_page(lab, checks, list(map(_row, results)), **others))

    return make


def _row(one: Result) -> Row:
    return Row(one, standing(one), f"feedback/{page_name(one.learner)}")


def _graded(learner: str = "ada", **statuses: ExerciseStatus) -> Result:
    """A result of `store` (2 points) and `mean` (1), both passed unless told."""
    worth = {"store": 2, "mean": 1}
    exercises = tuple(
        ExerciseResult(name, name, of * (status is PASSED), of, status)
        for name, of in worth.items()
        for status in [statuses.get(name, PASSED)]
    )
    return Result(
        "101", learner, f"{learner}.ipynb", "0", GradeStatus.GRADED, "", exercises
    )


def _told(message: str, *hidden: str, name: str = "store") -> Result:
    failed = ExerciseResult(name, name, 0, 2, INCORRECT, message, hidden)
    return replace(_graded(), exercises=(failed,))


def test_discrimination_is_the_point_biserial_correlation() -> None:
    # By hand: the means are 5 and 2.5, the standard deviation of all (over n) is √2,
    # and of five three passed: (5 - 2.5) / √2 · √(0.6 · 0.4) = √3 / 2.
    # Three times the same attempts have the same correlation.
    found = discrimination([1, 1, 1, 0, 0] * 3, [6, 5, 4, 3, 2] * 3)
    assert found == pytest.approx(math.sqrt(3) / 2)
    # The other way round; and means of 3 and 3, which is no connection at all.
    assert discrimination([0, 0, 0, 1, 1] * 3, [6, 5, 4, 3, 2] * 3) == pytest.approx(
        -found
    )
    assert discrimination([1, 1, 0, 0, 0] * 3, [2, 4, 3, 2, 4] * 3) == pytest.approx(0)


@pytest.mark.parametrize(
    ("passed", "others"),
    [
        ([1] * 26 + [0] * 4, list(range(30))),
        ([0] * 26 + [1] * 4, list(range(30))),
        ([1] * 10, list(range(10))),
        ([1, 0] * 5, [3] * 10),
        ([], []),
    ],
)
def test_discrimination_says_nothing_without_grounds(
    passed: list[int], others: list[int]
) -> None:
    assert discrimination(passed, others) is None


def test_an_exercise_is_compared_with_the_others_alone(
    checks: dict[str, Check],
) -> None:
    both, neither = _graded(), _graded(store=INCORRECT, mean=INCORRECT)
    mixed = [_graded(store=INCORRECT), _graded(mean=INCORRECT)]
    store, mean = figures([both, both, neither, neither, *mixed] * 2, checks)
    # Of six, three passed each, two of them the other as well: means of 2/3 and 1/3 of
    # the other's points, whose standard deviation is half of them: (1/3) / (1/2) · 1/2.
    assert store.discrimination == pytest.approx(1 / 3)
    assert mean.discrimination == pytest.approx(1 / 3)


def test_who_did_not_attempt_an_exercise_is_not_compared(
    checks: dict[str, Check],
) -> None:
    right, wrong = _graded(), _graded(store=INCORRECT, mean=INCORRECT)
    half = _graded(store=INCORRECT)
    idle = [_graded(store=NOT_ATTEMPTED)] * 9
    assert figures([right] * 4 + [wrong] * 6 + idle, checks)[0].discrimination is None
    # Six passed, with 1 each in the other; of nine who did not, six have 0 and three 1.
    # Means of 1 and 1/3, standard deviation √0.24: (2/3) / √0.24 · √(0.4 · 0.6) = 2/3.
    attempts = [right] * 6 + [wrong] * 6 + [half] * 3
    found = figures([*attempts, *idle], checks)[0].discrimination
    assert found == pytest.approx(2 / 3)


def test_shares_are_of_what_could_be_read(checks: dict[str, Check]) -> None:
    unreadable = replace(_graded(store=NOT_ATTEMPTED), status=GradeStatus.UNREADABLE)
    results = [
        _graded(),
        _graded(store=INCORRECT),
        _graded(store=NOT_ATTEMPTED),
        _graded(store=ExerciseStatus.TIMEOUT),
        unreadable,
    ]
    store, mean = figures(results, checks)
    assert (store.passed, store.not_attempted) == (0.25, 0.25)
    assert (mean.passed, mean.not_attempted) == (1, 0)
    assert (store.name, store.title, store.out_of) == ("store", "Store the prices", 2)
    assert [one.passed for one in figures([unreadable], checks)] == [0, 0]


def test_messages_that_differ_in_numbers_and_names_are_one() -> None:
    found = commonest(
        [
            "the job `ada-1` has 3 of 8 rows, and 'x' is \"y\"",
            "the job `bea-2` has 4 of 8 rows, and 'z' is \"y\"",
            "the job `ada-1` has 3 of 8 rows, and 'x' is \"y\"",
            "it's the learner's own; that isn't wrong",
        ]
    )
    assert found == (
        ("the job `…` has … of 8 rows, and '…' is \"y\"", 3),
        ("it's the learner's own; that isn't wrong", 1),
    )


def test_numbers_are_found_in_all_their_forms() -> None:
    one, other = "-3 1.5e-7 10% s3://a-1/b 0.93.", "-4 2.5e-9 12% s3://c-2/d 0.94."
    assert commonest([one, other]) == (("… … … … ….", 2),)


def test_variables_of_an_exercise_tell_messages_apart() -> None:
    messages = ["`mean` is 3", "`mean` is 4", "`low` is 3", "`ada` is 3"]
    assert commonest(messages, keep=("mean", "low")) == (
        ("`mean` is …", 2),
        ("`ada` is 3", 1),
        ("`low` is 3", 1),
    )


def test_the_commonest_messages_are_the_same_in_any_order() -> None:
    messages = ["b", "a", "c", "d", "c"]
    assert commonest(messages) == (("c", 2), ("a", 1), ("b", 1))
    assert commonest(reversed(messages)) == commonest(messages)


def test_hidden_messages_count_and_silence_does_not(checks: dict[str, Check]) -> None:
    told = [_told("`key` is 3", "no ties"), _told("", "no ties"), _told("")]
    idle = replace(
        _graded(),
        exercises=(
            ExerciseResult("store", "", 0, 2, NOT_ATTEMPTED, "`key` is missing"),
        ),
    )
    found = figures([*told, idle], checks)[0].messages
    assert found == (("no ties", 2), ("`key` is 3", 1))


def test_totals_are_spread_over_bars() -> None:
    found = bars([0, 1, 2, 2, 19, 20, 20], 20)
    assert [bar.label for bar in found][:2] == ["0–1", "2–3"]
    assert [bar.label for bar in found][-2:] == ["18–19", "20"]
    assert [bar.count for bar in found] == [2, 2, 0, 0, 0, 0, 0, 0, 0, 1, 2]
    assert max(bar.share for bar in found) == 1
    assert found[9].share == 0.5


def test_bars_hold_half_points_extra_credit_and_nothing() -> None:
    assert [(b.label, b.count) for b in bars([0.5, 2.9, 3], 3)] == [
        ("0 to <1", 1),
        ("1 to <2", 0),
        ("2 to <3", 1),
        ("3", 1),
    ]
    extra = bars([22.5, 20, -1], 20)
    assert sum(bar.count for bar in extra) == 3
    assert (extra[0].count, extra[-1].label) == (1, "21 to 22.5")
    assert [bar.count for bar in bars([0, 0], 0)] == [2, 0]
    assert len(bars([3], 1000)) == 11


def test_the_page_says_how_it_went(page: Any) -> None:
    lazy = replace(_graded("bea", store=INCORRECT), late=True, seconds=75.0)
    made = page(_graded("ada"), lazy, seconds=185.0)
    is_safe_and_sound(made)
    for words in (
        "2 submissions",
        "Median total 2 of 3",
        "Graded without incident 2",
        "Grading took 3 min 5 s",
        "Submissions by total points. 0 points: 0; 1 points: 1; 2 points: 0; 3 points",
        "Store the prices 2 50% 0% –",
        "Nothing: every submission was graded as usual.",
        "Nothing is waiting for a mark.",
        "No two answers are alike",
        "bea 1 min 15 s",
        "bea ✓ graded, late 1 ✗ ✓",
    ):
        assert words in made.words
    assert f"feedback/{page_name('bea')}" in made.values("href")


def test_one_submission_and_none(page: Any) -> None:
    alone, none = page(result()), page()
    for made in (alone, none):
        is_safe_and_sound(made)
    assert "1 submission " in alone.words
    assert "0 submissions" in none.words
    assert "There is no submission." in none.words


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text_wherever_it_stands(page: Any, text: str) -> None:
    def made(text: str) -> Page:
        one, other = result(text, text), result(f"{text}2", text)
        return page(
            one,
            other,
            similar=[Pair("store", (one.learner, "gone"), 0.9, 40, (text, text))],
            manual=[ToMark(one.learner, text), ToMark(text + "3", text)],
            problems=[text],
        )

    found = made(text)
    is_safe_and_sound(found)
    assert found.frame == made("some words").frame
    links = [href for href in found.values("href") if not href.startswith("#")]
    pages = {f"feedback/{page_name(name)}" for name in (text, f"{text}2")}
    assert set(links) == pages | {"data:,"}


def test_a_page_that_is_no_file_name_is_no_scheme(
    lab: LabInfo, checks: dict[str, Check]
) -> None:
    row = Row(result(), Standing(1, 3), 'javascript:alert(1)//"x')
    links = Page(overview_page(lab, checks, [row])).values("href")
    assert "javascript%3Aalert%281%29//%22x" in links
    assert not [href for href in links if href.startswith("javascript:")]


def test_names_are_shown_and_keys_where_they_differ(page: Any) -> None:
    named = replace(_graded("lovelace_7"), accounts=(("full_name", "Ada Lovelace"),))
    made = page(named, manual=[ToMark("lovelace_7", "Essay"), ToMark("gone", "Essay")])
    assert "Ada Lovelace lovelace_7 ✓ graded" in made.words
    assert "Essay 2 to mark Ada Lovelace gone" in made.words


def test_what_broke_and_what_was_changed_is_listed(page: Any) -> None:
    broken = [
        replace(_graded(status.value), status=status, note=f"note on {status.value}")
        for status in GradeStatus
    ]
    changed = replace(broken[0], changes=(Change("101-004", "edited", True, "-a\n"),))
    made = page(changed, *broken[1:], problems=["`x.zip` has no notebook"])
    assert "1 unreadable, 1 crashed, 1 timeout, 1 tampered, 1 nothing attempted." in (
        made.words
    )
    for status in GradeStatus:
        listed = f"note on {status.value}" in made.words
        assert listed == (status is not GradeStatus.GRADED)
    assert "unreadable 1 cell" in made.words
    assert '<span class="gd">-a</span>' in made.source
    assert "What grading could not do x.zip has no notebook" in made.words


def test_a_list_of_similar_answers_is_no_verdict(page: Any) -> None:
    pair = Pair("store", ("ada", "bea"), 0.934, 40, ("x = 1", "y = 1"))
    made = page(_graded("ada"), _graded("bea"), similar=[pair] * 61)
    assert "a list of answers to look at, and never a verdict" in made.words
    assert made.words.count("Store the prices: ada and bea 93% of the smaller") == 50
    assert "11 more pairs, less alike than these, are left out." in made.words
    assert "more pairs" not in page(_graded(), similar=[pair] * 50).words


def test_ten_thousand_learners_make_a_lean_page(page: Any) -> None:
    long = "x" * 50_000
    class_ = [
        replace(_told(f"row {n} of {n * 2}"), learner=f"learner {n}", seconds=float(n))
        for n in range(10_000)
    ]
    broken = [
        replace(
            one,
            status=GradeStatus.TAMPERED,
            changes=(Change("c", "edited", True, long),) * 3,
        )
        for one in class_[:1000]
    ]
    made = page(*broken, *class_[1000:])
    assert len(made.source) < 4_000_000
    links = set(made.values("href"))
    assert {f"feedback/{page_name(f'learner {n}')}" for n in range(10_000)} <= links
    assert "800 more are in the table of all learners." in made.words
    assert "950 more submissions with changed cells are not listed." in made.words
    assert "10000 × row … of" in made.words
    assert "learner 9999 2 h 46 min" in made.words


def test_the_table_has_exercises_up_to_five_hundred_learners(page: Any) -> None:
    few = page(*(_graded(f"l{n}") for n in range(500)))
    many = page(*(_graded(f"l{n}") for n in range(501)))
    assert "l7 ✓ graded 3 ✓ ✓" in few.words
    assert "l7 ✓ graded 3 l8 ✓ graded" in many.words
    for made in (few, many):
        is_safe_and_sound(made)
