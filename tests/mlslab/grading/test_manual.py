from datetime import UTC, datetime
from decimal import Decimal

import pytest

from mlslab.errors import DataError
from mlslab.grading.manual import Mark, astray, manual_template, read_marks, read_times
from mlslab.grading.rules import Item, Late, Policy

ESSAY = Item("essay", "Defend your choice", Decimal(5))
FIGURE = Item("figure", "Your figure", Decimal(2))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "marks.csv"


@pytest.fixture
def policy(file):
    return Policy(manual=(ESSAY, FIGURE), marks=file)


def test_marks_are_read(file):
    file.write_text(
        "learner,item,points,comment\n"
        'anna,essay,4.5,"good, but long"\n'
        "ben,essay,,\n"
        "ben,figure,,see me\n"
        'cem,essay,"3,5",\n'
    )
    assert read_marks(file) == [
        Mark("anna", "essay", Decimal("4.5"), "good, but long", 2),
        Mark("ben", "figure", None, "see me", 4),
        Mark("cem", "essay", Decimal("3.5"), "", 5),
    ]


def test_comments_may_be_left_out(file):
    file.write_text("points,learner,item\n2,anna,essay\n")
    assert read_marks(file) == [Mark("anna", "essay", Decimal(2), "", 2)]


@pytest.mark.parametrize("points", ["-1", "x", "1e3", "nan", "Infinity", "1.2.3", "٣"])
def test_points_are_numbers(file, points):
    file.write_text(f"learner,item,points\nanna,essay,{points}\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 2: points: a number, 0 or more"):
        read_marks(file)


def test_a_mark_stands_there_once(file):
    file.write_text(
        "learner,item,points\n=anna,essay,1\nanna,essay,1\n'=anna,essay,2\n"
    )
    with pytest.raises(DataError, match=r"line 4: item: .* stands already in line 2"):
        read_marks(file)


def test_times_are_read_with_their_offset(file):
    file.write_text(
        "learner,submitted\nanna,2026-12-01T12:00:00+01:00\nben,2026-12-01 12:00Z\n"
    )
    assert read_times(file) == {
        "anna": datetime(2026, 12, 1, 11, tzinfo=UTC),
        "ben": datetime(2026, 12, 1, 12, tzinfo=UTC),
    }


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("anna,yesterday", "line 2: submitted: a time such as 2026-12-01T23:10:00"),
        ("anna,", "line 2: submitted: a time such as"),
        ("anna,2026-12-01T12:00", "line 2: submitted: the offset from UTC is missing"),
        ("a,2026-12-01T12:00Z\na,2026-12-02T12:00Z", "line 3: learner: 'a' stands the"),
    ],
)
def test_errors_name_the_line(file, rows, says):
    file.write_text(f"learner,submitted\n{rows}\n")
    with pytest.raises(DataError) as error:
        read_times(file)
    assert says in str(error.value)


def test_nothing_that_was_written_is_lost_in_silence(policy, tmp_path):
    marks = [
        Mark("anna", "essay", Decimal(5), line=2),
        Mark("bea", "essay", Decimal(5), line=3),
        Mark("anna", "esay", Decimal(5), line=4),
        Mark("anna", "figure", Decimal("2.5"), line=5),
        Mark("=x", "essay", Decimal(1), line=6),
    ]
    late = Late(submitted=tmp_path / "times.csv")
    policy = Policy(manual=policy.manual, marks=policy.marks, late=late)
    now = datetime.now(UTC)
    assert astray(policy, ["anna", "=x", "'=x"], marks, {"anna": now, "cy": now}) == [
        "marks.csv: line 3: there is no submission of 'bea'",
        "marks.csv: line 4: the policy has no manual item 'esay'",
        "marks.csv: line 5: 2.5 of 2 points are counted",
        "marks.csv: line 6: '=x' is the name of several learners:"
        " it counts for none of them",
        "times.csv: there is no submission of 'cy'",
    ]
    assert astray(policy, ["anna"], marks[:1], {"anna": now}) == []


def test_a_template_has_what_is_not_yet_marked(policy, tmp_path):
    template = tmp_path / "todo.csv"
    marks = [Mark("anna", "essay", Decimal(5)), Mark("anna", "figure", None, "blurred")]
    assert manual_template(template, policy, ["ben", "anna", "=x"], marks) == 5
    assert template.read_bytes().decode() == (
        '"learner","item","points","comment"\n'
        '"\'=x","essay","",""\n'
        '"\'=x","figure","",""\n'
        '"anna","figure","",""\n'
        '"ben","essay","",""\n'
        '"ben","figure","",""\n'
    )
    assert read_marks(template) == []


@pytest.mark.parametrize(
    "written",
    [
        b"learner,item,points,comment\nben,essay,3,fine\n",
        b"\xef\xbb\xbflearner;item;points;comment\r\nben;essay;3;fine",
        b"grader,points,item,learner\nme,3,essay,ben\n",
    ],
)
def test_a_template_that_somebody_fills_in_is_only_added_to(policy, tmp_path, written):
    template = tmp_path / "todo.csv"
    template.write_bytes(written)
    assert manual_template(template, policy, ["ben"], []) == 1
    assert template.read_bytes().startswith(written)
    (mark,) = read_marks(template)
    assert (mark.learner, mark.item, mark.points) == ("ben", "essay", 3)
    once = template.read_bytes()
    assert manual_template(template, policy, ["ben"], []) == 0
    assert template.read_bytes() == once


def test_the_marks_themselves_are_only_read(policy, file):
    written = b"learner,item,points\nben,essay,3\n"
    file.write_bytes(written)
    same_file = file.parent / "." / file.name
    assert manual_template(same_file, policy, ["anna"], read_marks(file)) == 0
    assert file.read_bytes() == written


def test_a_template_that_cannot_be_read_is_left_alone(policy, tmp_path):
    template = tmp_path / "todo.csv"
    template.write_bytes(b"my notes\n")
    with pytest.raises(DataError, match=r"todo\.csv: line 1"):
        manual_template(template, policy, ["anna"], [])
    assert template.read_bytes() == b"my notes\n"
