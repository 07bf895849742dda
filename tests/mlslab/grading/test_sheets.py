import csv
import io
from decimal import Decimal

import pytest

from mlslab.errors import DataError
from mlslab.grading.sheets import cell, lines, plain, read_sheet, rounded, same


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Anna O'Neil-Smith", "Anna O'Neil-Smith"),
        ("anna@example.org", "anna@example.org"),
        ("'t Hooft, Gerard", "'t Hooft, Gerard"),
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1", "'＝1"),
        ("  =1", "'  =1"),
        ("a;=1", "a;'=1"),
        ("a, -1|=2", "a,' -1|'=2"),
        ('a"=1', "a\"'=1"),
        ("\t=1", "\\t=1"),
        ("a\r\nb\x00", "a\\r\\nb\\x00"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\u202etxt.exe", "a\\u202etxt.exe"),
        ("caf\udce9", "caf\\udce9"),
        ("žluťoučký 学生 🙂", "žluťoučký 学生 🙂"),
    ],
)
def test_text_begins_no_formula_and_hides_nothing(text, written):
    assert cell(text) == written
    assert cell(written) == written


def test_names_are_the_same_in_any_writing():
    assert same("Zoe\u0308 ") == same("Zo\u00eb")
    assert same("=x") == same("'=x")
    assert same("anna") != same("Anna")


def test_numbers_are_rounded_half_up_and_written_short():
    assert rounded(Decimal("0.125"), 2) == Decimal("0.13")
    assert rounded(Decimal("2.5"), 0) == 3
    assert [str(plain(Decimal(n))) for n in ("7.50", "10.00", "0.00", "100")] == [
        "7.5",
        "10",
        "0",
        "100",
    ]


def test_lines_are_read_as_they_were_written():
    rows = [["a", "b"], ['x "y", z', Decimal("1.50")], ["", None], ["é;", 3]]
    text = lines(rows)
    assert text == '"a","b"\n"x ""y"", z",1.5\n"",""\n"é;",3\n'
    read = list(csv.reader(io.StringIO(text)))
    assert read == [["a", "b"], ['x "y", z', "1.5"], ["", ""], ["é;", "3"]]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "marks.csv"


@pytest.mark.parametrize(
    "content",
    [
        b"Learner,Points\nanna,2\n\n , \nben\n",
        b"\xef\xbb\xbflearner,points\r\nanna,2\r\n\r\n,\r\nben,\r\n",
        b"learner;points\nanna;2\n;\n\nben;",
        b'"learner","points"\n"anna","2"\n\n\n"ben",""\n',
    ],
)
def test_what_spreadsheets_write_is_read(file, content):
    file.write_bytes(content)
    sheet = read_sheet(file, ("learner", "points"))
    assert [(row.line, row.cells) for row in sheet.rows] == [
        (2, {"learner": "anna", "points": "2"}),
        (5, {"learner": "ben", "points": ""}),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"learner,mark\n", "line 1: points: names the columns once: learner,points"),
        (b"learner,points,points\n", "line 1: points: names the columns once"),
        (b"", "line 1: learner"),
        (b"learner,points\nanna,2,3\n", "line 2: more than 2 cells"),
        (b'learner,points\n"an"na,2\n', "line 2: "),
        ("learner,points\nZoë,2\n".encode("cp1252"), "is not UTF-8: save it as CSV U"),
    ],
)
def test_errors_name_the_line(file, content, says):
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"^marks\.csv: ") as error:
        read_sheet(file, ("learner", "points"))
    assert says in str(error.value)


def test_a_missing_file_is_named(file):
    with pytest.raises(DataError, match=r"marks\.csv: cannot be read: No such file"):
        read_sheet(file, ())
