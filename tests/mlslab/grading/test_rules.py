from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from made_results import EXERCISES

from mlslab.errors import DataError
from mlslab.grading import rules
from mlslab.grading.rules import Amount, Item, Late, Level, Limits, Policy, read_policy

WHOLE = """
attempts = "last"
hidden = false
decimals = 1
extra_credit = ["tune", "essay"]
marks = "marks.csv"

[points]
train = 4
load = 2.1

[late]
due = 2026-12-01T23:59:00+01:00
grace_minutes = 15
per_day = "12.5%"
floor = 1.5
max_days = 5
submitted = "times/302.csv"
own_times = false
when_flagged = "10 %"

[[manual]]
id = "essay"
title = "Defend your choice"
points = 5
exercise = "tune"
levels = [{ points = 5, words = "weighs both" }, { points = 0.5, words = "names one" }]

[[manual]]
id = "figure-2"
title = "Your figure"
points = 1.5

[canvas]
assignment = "Lab 302 (1234)"

[limits]
cell_seconds = 30
processes = 8
"""


@pytest.fixture
def read(tmp_path: Path):
    def read_text(text: str) -> Policy:
        file = tmp_path / "policy.toml"
        file.write_text(text, encoding="utf-8")
        return read_policy(file, EXERCISES)

    return read_text


def test_an_empty_policy_is_none(read):
    assert read("") == Policy()
    assert Limits() == Limits(60, 120, 600, 4096, 1024, 10, 64)
    assert Policy().best and Policy().hidden and Policy().decimals == 2


def test_all_members_are_read(read, tmp_path):
    policy = read(WHOLE)
    assert policy == Policy(
        points={"train": Decimal(4), "load": Decimal("2.1")},
        extra_credit=frozenset(("tune", "essay")),
        late=Late(
            due=datetime(2026, 12, 1, 22, 59, tzinfo=UTC),
            grace=timedelta(minutes=15),
            per_day=Amount(Decimal("12.5"), percent=True),
            floor=Amount(Decimal("1.5")),
            max_days=5,
            submitted=tmp_path / "times/302.csv",
            own_times=False,
            when_flagged=Amount(Decimal(10), percent=True),
        ),
        best=False,
        hidden=False,
        manual=(
            Item(
                "essay",
                "Defend your choice",
                Decimal(5),
                "tune",
                (Level(Decimal(5), "weighs both"), Level(Decimal("0.5"), "names one")),
            ),
            Item("figure-2", "Your figure", Decimal("1.5")),
        ),
        marks=tmp_path / "marks.csv",
        decimals=1,
        assignment="Lab 302 (1234)",
        limits=Limits(cell_seconds=30, processes=8),
    )


def test_the_policy_of_the_docs_is_one(read):
    doc = rules.__doc__ or ""
    example = "\n".join(li for li in doc.splitlines() if li.startswith("    "))
    example = "\n".join(line.removeprefix("    ") for line in example.splitlines())
    file = example.replace("deploy", "load").replace('"choose"', '"train"')
    assert read(file).limits == Limits()
    assert read(file).manual[0].levels[0] == Level(Decimal(5), "weighs both sides")


def test_amounts_are_points_or_a_share():
    assert Amount(Decimal("0.5")).of(Decimal(8)) == Decimal("0.5")
    assert Amount(Decimal("12.5"), percent=True).of(Decimal(8)) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("attemps = 1", "attemps: nobody reads this field"),
        ('attempts = "first"', "attempts: best or last is expected, not 'first'"),
        ('hidden = "yes"', "hidden: true or false is expected, not 'yes'"),
        ("decimals = 5", "decimals: is at most 4"),
        ("decimals = -1", "decimals: a whole number"),
        ('extra_credit = ["tuna"]', "extra_credit: is one of load, train, tune, not"),
        ("marks = 3", "marks: a text is expected"),
        ("points = 3", "points: a table is expected"),
        ("[points]\ntrian = 3", "points: trian: an exercise is one of load, train, tu"),
        ("[points]\ntrain = -1", "points: train: a number, 0 or more, is expected"),
        ("[points]\ntrain = true", "points: train: a number"),
        ("[points]\ntrain = nan", "points: train: a number"),
        ("[points]\ntrain = inf", "points: train: a number"),
        ("[late]\nper_day = 1", "late: due: is missing: per_day counts from it"),
        ("[late]\nmax_days = 1", "late: due: is missing: max_days counts"),
        ('[late]\nsubmitted = "t.csv"', "late: due: is missing: submitted counts"),
        ("[late]\ndue = 2026-12-01T12:00:00Z", "late: per_day: is missing"),
        ("[late]\ndue = 2026-12-01T12:00:00", "due: a time with its offset, such as"),
        ('[late]\ndue = "tomorrow"', "late: due: a time with its offset"),
        ('[late]\nwhen_flagged = "10"', 'when_flagged: a share such as "10%"'),
        ('[late]\nwhen_flagged = "101%"', "late: when_flagged: a share"),
        ("[late]\nwhen_flagged = -1", "late: when_flagged: a share"),
        ("[late]\ngrace = 1", "late: grace: nobody reads"),
        ('[[manual]]\nid = "a"\npoints = 1', "manual a: title: is missing"),
        ('[[manual]]\nid = "=a"\ntitle = "A"\npoints = 1', "id: is made of letters"),
        (
            '[[manual]]\nid = "load"\ntitle = "A"\npoints = 1',
            "manual load: is used twic",
        ),
        (
            '[[manual]]\nid = "a"\ntitle = "A"\npoints = 1\nexercise = "b"',
            "manual a: exercise: is one of load, train, tune, not 'b'",
        ),
        (
            '[[manual]]\nid = "a"\ntitle = "A"\npoints = 1\n'
            'levels = [{ points = 2, words = "b" }]',
            "manual a: levels: give at most the item's 1 points",
        ),
        ('[canvas]\ntitle = "a"', "canvas: title: nobody reads"),
        ("[limits]\ncell_seconds = 0", "limits: cell_seconds: is a whole number above"),
        ("[limits]\nmemory = 1", "limits: memory: nobody reads"),
        ("[limits", "is not TOML"),
    ],
)
def test_errors_name_the_member(read, text, says):
    with pytest.raises(DataError, match=r"^policy\.toml: ") as error:
        read(text)
    assert says in str(error.value)


def test_two_items_have_two_ids(read):
    item = '[[manual]]\nid = "a"\ntitle = "A"\npoints = 1\n'
    with pytest.raises(DataError, match="manual a: is used twice"):
        read(item * 2)
