"""Each expectation is worked out by hand; the lab is out of 2 + 3 + 1 = 6 points."""

import random
from datetime import timedelta, timezone
from decimal import ROUND_DOWN, Context, Decimal, localcontext

import pytest
from made_results import DUE, after, exercise, result

from mlslab.grading.manual import Mark
from mlslab.grading.policy import apply
from mlslab.grading.results import ExerciseStatus, GradeStatus
from mlslab.grading.rules import Amount, Item, Late, Policy

ESSAY = Item("essay", "Defend your choice", Decimal(4))


def only(policy, *results, marks=(), times=None):
    (grade,) = apply(policy, results, marks, times)
    return grade


def share(percent):
    return Amount(Decimal(percent), percent=True)


def test_without_a_policy_the_checks_count():
    grade = only(Policy(), result("anna", "load", "train"))
    assert (grade.raw, grade.total, grade.out_of) == (5, 5, 6)
    assert (grade.manual, grade.extra, grade.penalty) == (0, 0, 0)
    assert grade.percent == Decimal("83.33")
    assert (grade.status, grade.note, grade.attempts) == (GradeStatus.GRADED, "", 1)
    assert [(e.exercise, e.points, e.out_of, e.extra) for e in grade.exercises] == [
        ("load", 2, 2, False),
        ("train", 3, 3, False),
        ("tune", 0, 1, False),
    ]


def test_learners_are_sorted_and_each_has_one_grade():
    given = [result(name, "load") for name in ("cem", "anna", "Ben", "élodie")]
    assert [g.learner for g in apply(Policy(), given)] == [
        "Ben",
        "anna",
        "cem",
        "élodie",
    ]
    assert apply(Policy(), []) == []


def test_points_are_the_policys():
    policy = Policy(points={"load": Decimal("0.5"), "tune": Decimal(10)})
    grade = only(policy, result("anna", "load", "train"))
    # 0.5 + 3 + 0, of 0.5 + 3 + 10
    assert (grade.raw, grade.out_of) == (Decimal("3.5"), Decimal("13.5"))


def test_extra_credit_counts_on_top():
    policy = Policy(extra_credit=frozenset(("tune", "essay")), manual=(ESSAY,))
    marks = [Mark("anna", "essay", Decimal("2.5"))]
    grade = only(policy, result("anna", "load", "train", "tune"), marks=marks)
    assert (grade.raw, grade.manual, grade.extra) == (5, 0, Decimal("3.5"))
    assert (grade.total, grade.out_of) == (Decimal("8.5"), 5)
    assert grade.percent == 170


def test_a_lab_of_extra_credit_alone_has_no_percentage():
    policy = Policy(extra_credit=frozenset(("load", "train", "tune")))
    grade = only(policy, result("anna", "load"))
    assert (grade.total, grade.out_of, grade.percent) == (2, 0, None)


@pytest.mark.parametrize(
    ("failed", "counted", "if_not"),
    [
        ({"message": "", "hidden": ("too slow",)}, 0, 3),
        ({"message": "wrong", "hidden": ("too slow",)}, 0, 0),
        ({"message": "wrong"}, 0, 0),
        ({"message": "", "hidden": ("x",), "status": ExerciseStatus.TIMEOUT}, 0, 0),
    ],
)
def test_hidden_checks_count_if_the_policy_says_so(failed, counted, if_not):
    given = result("anna", exercises=(exercise("train", False, **failed),))
    assert only(Policy(), given).total == counted
    grade = only(Policy(hidden=False), given)
    assert grade.total == if_not
    assert (grade.exercises[0].status is ExerciseStatus.PASSED) == (if_not > 0)


def test_marks_count_and_what_is_missing_is_noted():
    figure = Item("figure", "Your figure", Decimal(1))
    policy = Policy(manual=(ESSAY, figure))
    marks = [
        Mark("anna", "essay", Decimal("3.5"), "good"),
        Mark("anna", "figure", None, "see me"),
        Mark("ben", "essay", Decimal(1)),
        Mark("anna", "unknown", Decimal(1)),
    ]
    grade = only(policy, result("anna", "load"), marks=marks)
    assert (grade.raw, grade.manual, grade.total) == (2, Decimal("3.5"), Decimal("5.5"))
    assert grade.out_of == 11
    assert grade.marks == ((ESSAY, marks[0]), (figure, marks[1]))
    assert grade.note == "not yet marked: figure"


def test_marks_find_learners_whose_names_had_to_be_changed_for_a_cell():
    policy = Policy(manual=(ESSAY,))
    given = [result("=x"), result("Zo\u00eb"), result("anna")]
    marks = [
        Mark("'=x", "essay", Decimal(1)),
        Mark("Zoe\u0308", "essay", Decimal(2)),
        Mark("", "essay", Decimal(4)),
    ]
    totals = {g.learner: g.total for g in apply(policy, given, marks)}
    assert totals == {"=x": 1, "Zo\u00eb": 2, "anna": 0}


def test_what_is_written_for_a_name_of_two_counts_for_neither():
    policy = Policy(manual=(ESSAY,), late=Late(due=DUE, per_day=Amount(Decimal(1))))
    given = [result("=x", "load"), result("'=x", "load")]
    marks = [Mark("=x", "essay", Decimal(4)), Mark("", "essay", Decimal(4))]
    grades = apply(policy, given, marks, {"'=x": after(days=1)})
    assert [(g.total, g.days_late) for g in grades] == [(2, None), (2, None)]


@pytest.mark.parametrize(
    ("behind", "days"),
    [
        (timedelta(days=-3), 0),
        (timedelta(0), 0),
        (timedelta(minutes=15), 0),
        (timedelta(minutes=15, microseconds=1), 1),
        (timedelta(days=1), 1),
        (timedelta(days=1, seconds=1), 2),
        (timedelta(days=6), 6),
        (timedelta(days=7), 7),
    ],
)
def test_begun_days_cost_a_share_of_what_there_is(behind, days):
    late = Late(due=DUE, grace=timedelta(minutes=15), per_day=share(10))
    grade = only(Policy(late=late), result("anna", "train", submitted=DUE + behind))
    # a tenth of 6 a day, but not more than the 3 that were earned
    assert grade.days_late == days
    assert grade.penalty == min(Decimal("0.6") * days, 3)
    assert grade.total == 3 - grade.penalty


def test_times_are_compared_whatever_their_offset():
    late = Late(due=DUE, per_day=Amount(Decimal(1)))
    tokyo = timezone(timedelta(hours=9))
    on_time = result("anna", "load", submitted=DUE.astimezone(tokyo))
    assert only(Policy(late=late), on_time).days_late == 0


@pytest.mark.parametrize(
    ("passed", "floor", "total"),
    [
        # 4 days of 1 point each
        (("load", "train", "tune"), Amount(Decimal(0)), 2),
        (("load", "train", "tune"), Amount(Decimal("2.5")), Decimal("2.5")),
        # half of 6
        (("load", "train", "tune"), share(50), 3),
        (("load",), share(50), 2),
        (("train",), share(50), 3),
        ((), share(50), 0),
    ],
)
def test_lateness_alone_brings_nobody_below_the_floor(passed, floor, total):
    late = Late(due=DUE, per_day=Amount(Decimal(1)), floor=floor)
    given = result("anna", *passed, submitted=after(days=4))
    grade = only(Policy(late=late), given)
    assert grade.total == total
    assert grade.raw - grade.penalty == total


def test_after_the_last_day_nothing_counts():
    late = Late(due=DUE, max_days=2, floor=share(50))
    passed = ("load", "train", "tune")
    last = only(Policy(late=late), result("anna", *passed, submitted=after(days=2)))
    assert (last.total, last.penalty) == (6, 0)
    over = result("anna", *passed, submitted=after(days=2, seconds=1))
    assert only(Policy(late=late), over).total == 0
    assert only(Policy(late=late), over).penalty == 6


def test_the_penalty_is_of_marks_and_extra_credit_too():
    late = Late(due=DUE, per_day=share(100))
    policy = Policy(late=late, manual=(ESSAY,), extra_credit=frozenset(("tune",)))
    given = result("anna", "train", "tune", submitted=after(hours=1))
    grade = only(policy, given, marks=[Mark("anna", "essay", Decimal(4))])
    # out of 2 + 3 + 4 = 9, earned 3 + 4 + 1 = 8
    assert (grade.out_of, grade.penalty, grade.total) == (9, 8, 0)


def test_a_file_of_times_decides_over_the_submissions_own():
    late = Late(due=DUE, per_day=Amount(Decimal(1)), when_flagged=Amount(Decimal(2)))
    given = result("anna", "train", submitted=after(days=3), late=True)
    grade = only(Policy(late=late), given, times={"anna": after(hours=-1)})
    assert (grade.days_late, grade.penalty) == (0, 0)
    assert grade.note == "flagged late by the platform, though its time is not late"
    grade = only(Policy(late=late), given, times={"ben": after(hours=-1)})
    assert (grade.days_late, grade.penalty, grade.note) == (3, 3, "")


def test_the_platforms_word_counts_once_where_no_time_does():
    late = Late(
        due=DUE,
        per_day=Amount(Decimal(1)),
        when_flagged=share(25),
        own_times=False,
    )
    flagged = result("anna", "train", submitted=after(days=3), late=True)
    grade = only(Policy(late=late), flagged)
    # a quarter of 6
    assert (grade.days_late, grade.penalty) == (None, Decimal("1.5"))
    assert grade.note == (
        "no time of submission is known; flagged late by the platform"
    )
    assert only(Policy(late=late), result("ben", "train")).penalty == 0


def test_a_flag_needs_no_due_date():
    late = Late(when_flagged=Amount(Decimal(2)))
    grade = only(Policy(late=late), result("anna", "train", late=True))
    assert (grade.penalty, grade.total) == (2, 1)
    assert grade.note == "flagged late by the platform"


def test_the_best_attempt_counts_after_its_penalty():
    late = Late(due=DUE, per_day=Amount(Decimal(2)))
    early = result("anna", "train", name="1.ipynb", submitted=after(days=-1))
    full = result("anna", "load", "train", name="2.ipynb", submitted=after(days=2))
    # 3 against 5 − 4
    grade = only(Policy(late=late), full, early)
    assert (grade.result.name, grade.total, grade.attempts) == ("1.ipynb", 3, 2)
    assert grade.note == "one of 2 attempts"
    grade = only(Policy(late=late, best=False), full, early)
    assert (grade.result.name, grade.total) == ("2.ipynb", 1)
    assert only(Policy(), full, early).total == 5


def test_of_equal_attempts_the_later_counts():
    given = [
        result("anna", "load", name=name, submitted=after(hours=hours))
        for name, hours in (("b", 2), ("a", 3), ("c", 1))
    ]
    assert only(Policy(), *given).result.name == "a"


def test_attempts_without_times_go_by_name_as_people_count():
    names = ("302-10.ipynb", "302-9.ipynb", "302-1.ipynb")
    given = [result("anna", name=name) for name in names]
    for policy in (Policy(best=False), Policy()):
        assert only(policy, *given).result.name == "302-10.ipynb"
    timed = result("anna", name="302-0.ipynb", submitted=DUE)
    assert only(Policy(best=False), *given, timed).result.name == "302-0.ipynb"


def test_a_name_of_a_million_digits_is_a_name():
    given = [result("anna", name="1" * 1_000_000), result("anna", name="2")]
    assert only(Policy(best=False), *given).attempts == 2


def test_the_last_attempt_counts_even_if_it_cannot_be_read():
    broken = result("anna", name="2", status=GradeStatus.UNREADABLE, note="is not JSON")
    grade = only(Policy(best=False), broken, result("anna", "load", name="1"))
    assert (grade.status, grade.total) == (GradeStatus.UNREADABLE, 0)
    assert grade.note == "is not JSON; one of 2 attempts"


@pytest.mark.parametrize(
    ("decimals", "penalty", "total"),
    [
        # 12.5 % of 6.05 is 0.75625; 5.05 is earned
        (0, "1", "4"),
        (1, "0.8", "4.3"),
        (2, "0.76", "4.29"),
        (4, "0.7563", "4.2937"),
    ],
)
def test_rounding_is_half_up_and_the_columns_add_up(decimals, penalty, total):
    late = Late(due=DUE, per_day=share("12.5"))
    policy = Policy(late=late, decimals=decimals, points={"load": Decimal("2.05")})
    given = result("anna", "load", "train", submitted=after(hours=1))
    grade = only(policy, given)
    assert str(grade.penalty) == penalty
    assert str(grade.total) == total


def test_half_points_are_rounded_up():
    policy = Policy(decimals=0, points={"load": Decimal("2.5")})
    assert only(policy, result("anna", "load")).total == 3


def test_grades_do_not_depend_on_the_order_or_on_the_context():
    late = Late(due=DUE, per_day=share("33.3333"))
    policy = Policy(late=late, decimals=4)
    given = [
        result(f"l{n % 7}", "load", "train", name=f"{n}", submitted=after(hours=n))
        for n in range(30)
    ]
    expected = apply(policy, given)
    shuffled = random.Random(1).sample(given, len(given))
    with localcontext(Context(prec=2, rounding=ROUND_DOWN)):
        assert apply(policy, shuffled) == expected
