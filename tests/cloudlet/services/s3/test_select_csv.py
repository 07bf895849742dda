"""CSV objects: headers, delimiters, quotes, comments, compression, scan ranges.

Expected rows are written down, or computed by Python's csv module.
"""

import bz2
import csv
import gzip
import io
import json
from typing import Any

import pytest
from test_select_support import JSON_OUT, NONE, USE, code, run, text

PEOPLE = (
    b"name,age,City Name\n"
    b"Ann,31,Oslo\n"
    b'Bob,25,"New, York"\n'
    b'Cy,9,"the ""Hague"""\n'
    b"Di,,Rome\n"
    b"Eve,n/a,Lima\n"
)


def source(**options: Any) -> dict[str, Any]:
    return {"CSV": {"FileHeaderInfo": "USE", **options}}


@pytest.mark.parametrize(
    ("where", "names"),
    [
        # Against a number a field compares as a number; text never does.
        ("age > 25", "Ann"),
        ("age >= 25", "Ann Bob"),
        ("age < 10", "Cy"),
        ("25 < age", "Ann"),
        ("age = 25", "Bob"),
        ("age = 25.0", "Bob"),
        ("age <> 25", "Ann Cy Di Eve"),
        ("age != 25", "Ann Cy Di Eve"),
        ("NOT age > 25", "Bob Cy"),
        ("age BETWEEN 9 AND 25", "Bob Cy"),
        ("age NOT BETWEEN 9 AND 25", "Ann"),
        ("age IN (9, 31)", "Ann Cy"),
        ("age NOT IN (9, 31)", "Bob Di Eve"),
        # Against a string it compares as text.
        ("age > '25'", "Ann Cy Eve"),
        ("age > '9'", "Eve"),
        ("age = ''", "Di"),
        ("age BETWEEN '2' AND '4'", "Ann Bob"),
        ("age IN ('9', '31')", "Ann Cy"),
        ("age <> '' AND age <> 'n/a' AND CAST(age AS INT) > 10", "Ann Bob"),
        ("age = '' OR age = 'n/a' OR CAST(age AS INT) > 30", "Ann Di Eve"),
        ("NOT (age = '' OR age = 'n/a' OR CAST(age AS INT) > 30)", "Bob Cy"),
        # Names: unquoted in any case, quoted as they are, by position.
        ("NAME = 'Ann'", "Ann"),
        ("s.\"City Name\" = 'Rome'", "Di"),
        ("s._3 LIKE '%, %'", "Bob"),
        ("_2 = '9'", "Cy"),
        ("S._1 = 'Eve'", "Eve"),
        # LIKE
        ("name LIKE '_y'", "Cy"),
        ("name LIKE 'E%'", "Eve"),
        ("name NOT LIKE '%e%'", "Ann Bob Cy Di"),
        ("age LIKE 'n^/a' ESCAPE '^'", None),
        ("age LIKE '%^%%' ESCAPE '^'", ""),
        ("name LIKE 'ann'", ""),
        # Nothing is NULL here: an empty field is an empty string.
        ("age IS NULL", ""),
        ("age IS NOT NULL AND age = ''", "Di"),
        ("age IS MISSING", ""),
        ("TRUE", "Ann Bob Cy Di Eve"),
        ("NULL", ""),
        ("name = 'Ann' OR NULL", "Ann"),
        ("NOT (name = NULL)", ""),
        ("CASE WHEN age > 20 THEN TRUE ELSE FALSE END", "Ann Bob"),
        ("CHAR_LENGTH(name) = 3 AND LOWER(name) < 'bz'", "Ann Bob"),
        ("COALESCE(NULLIF(age, ''), '0') = '0'", "Di"),
    ],
)
def test_where(where: str, names: str | None) -> None:
    query = f"SELECT s.name FROM S3Object s WHERE {where}"
    if names is None:
        assert code(query, PEOPLE) == "EvaluatorLikePatternInvalidEscapeSequence"
    else:
        assert text(query, PEOPLE).split() == names.split()


@pytest.mark.parametrize(
    ("header", "query", "expected"),
    [
        ("USE", "SELECT b FROM S3Object", "2\n4\n"),
        ("USE", "SELECT _2 FROM S3Object", "2\n4\n"),
        ("IGNORE", "SELECT _2 FROM S3Object", "2\n4\n"),
        ("NONE", "SELECT _2 FROM S3Object", "b\n2\n4\n"),
        (None, "SELECT s._1 FROM S3Object AS s", "a\n1\n3\n"),
        ("USE", "SELECT * FROM S3Object", "1,2\n3,4\n"),
        ("IGNORE", "SELECT * FROM S3Object", "1,2\n3,4\n"),
        ("NONE", "SELECT * FROM S3Object LIMIT 1", "a,b\n"),
        ("USE", "SELECT COUNT(*) FROM S3Object", "2\n"),
        ("NONE", "SELECT COUNT(*) FROM S3Object", "3\n"),
    ],
)
def test_file_header_info(header: str | None, query: str, expected: str) -> None:
    options = {} if header is None else {"FileHeaderInfo": header}
    assert text(query, b"a,b\n1,2\n3,4\n", {"CSV": options}) == expected


@pytest.mark.parametrize(
    ("header", "keys"),
    [("USE", ["a", "b"]), ("IGNORE", ["_1", "_2"]), ("NONE", ["_1", "_2"])],
)
def test_json_output_names_columns(header: str, keys: list[str]) -> None:
    options = {"CSV": {"FileHeaderInfo": header}}
    output = text("SELECT * FROM S3Object", b"a,b\n1,2\n", options, JSON_OUT)
    assert list(json.loads(output.splitlines()[-1])) == keys


def test_json_output_names_expressions() -> None:
    query = 'SELECT s.name, _2, CHAR_LENGTH(name), age AS "x y", name n'
    query += " FROM S3Object s LIMIT 1"
    output = text(query, PEOPLE, output=JSON_OUT)
    expected = '{"name":"Ann","_2":"31","_3":3,"x y":"31","n":"Ann"}\n'
    assert output == expected


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ({"FieldDelimiter": ";"}, b'a;b\n1;"x;y"\n'),
        ({"FieldDelimiter": "\t"}, b"a\tb\n1\tx;y\n"),
        ({"FieldDelimiter": "é"}, "aéb\n1éx;y\n".encode()),
        ({"RecordDelimiter": "|"}, b"a,b|1,x;y|"),
        ({"RecordDelimiter": "\r\n"}, b"a,b\r\n1,x;y\r\n"),
        ({"QuoteCharacter": "'"}, b"a,b\n1,'x;y'\n"),
        ({}, b"a,b\r\n1,x;y\r\n"),
        ({}, b"a,b\n1,x;y"),
        ({}, b"\xef\xbb\xbfa,b\n1,x;y\n"),
        ({}, b"# note\na,b\n#1,no\n1,x;y\n"),
        ({"Comments": "%"}, b"%note\na,b\n%1,no\n1,x;y\n"),
        ({"AllowQuotedRecordDelimiter": True}, b"#c\na,b\n#d\n1,x;y\n"),
        ({}, b'"a","b"\n"1","x;y"\n'),
    ],
)
def test_delimiters_quotes_and_comments(options: dict[str, str], body: bytes) -> None:
    assert text("SELECT a, b FROM S3Object", body, source(**options)) == "1,x;y\n"


@pytest.mark.parametrize(
    ("options", "body", "value"),
    [
        ({}, b'a\n"x ""y"" z"\n', 'x "y" z'),
        ({"QuoteEscapeCharacter": "\\"}, b'a\n"x \\"y\\" z"\n', 'x "y" z'),
        ({"QuoteCharacter": "'"}, b"a\n'it''s'\n", "it's"),
        ({"QuoteCharacter": ""}, b'a\n"x"\n', '"x"'),
        ({"RecordDelimiter": ";"}, b"a;line\nbreak;", "line\nbreak"),
        ({"RecordDelimiter": ";"}, b"a;line\r\nbreak;", "line\r\nbreak"),
        ({"AllowQuotedRecordDelimiter": True}, b'a\n"p\nq"\n', "p\nq"),
        ({"AllowQuotedRecordDelimiter": True}, b'a\n"p\n#q"\n', "p\n#q"),
        ({}, "a\nsnø ☃\n".encode(), "snø ☃"),
        ({}, b"a\n NULL \n", " NULL "),
    ],
)
def test_field_values(options: dict[str, Any], body: bytes, value: str) -> None:
    output = text("SELECT a FROM S3Object", body, source(**options), JSON_OUT)
    assert json.loads(output) == {"a": value}


def test_short_and_long_records() -> None:
    body = b"a,b,c\n1,2,3\n4\n5,6,7,8\n"
    assert text("SELECT * FROM S3Object", body) == "1,2,3\n4\n5,6,7,8\n"
    assert text("SELECT b FROM S3Object", body) == "2\n\n6\n"
    assert text("SELECT _4 FROM S3Object WHERE _4 IS NOT MISSING", body) == "8\n"
    assert text("SELECT a FROM S3Object WHERE b IS MISSING", body) == "4\n"
    assert text("SELECT COUNT(b) FROM S3Object", body) == "2\n"
    first, second, third = text("SELECT * FROM S3Object", body, USE, JSON_OUT).split()
    assert json.loads(first) == {"a": "1", "b": "2", "c": "3"}
    assert json.loads(second) == {"a": "4"}
    assert json.loads(third) == {"a": "5", "b": "6", "c": "7", "_4": "8"}


@pytest.mark.parametrize("kind", ["NONE", "GZIP", "BZIP2"])
def test_compression(kind: str) -> None:
    pack = {"NONE": bytes, "GZIP": gzip.compress, "BZIP2": bz2.compress}[kind]
    body = pack(PEOPLE)
    options = {**USE, "CompressionType": kind}
    result = run("SELECT name FROM S3Object WHERE age > 25", body, options)
    assert b"".join(result.records) == b"Ann\n"
    assert result.bytes_scanned == len(body)
    assert result.bytes_processed == len(PEOPLE)
    assert result.bytes_returned == 4


def test_compression_of_several_members() -> None:
    halves = PEOPLE[:30], PEOPLE[30:]
    for kind, pack in (("GZIP", gzip.compress), ("BZIP2", bz2.compress)):
        body = b"".join(pack(half) for half in halves)
        options = {**USE, "CompressionType": kind}
        assert text("SELECT COUNT(*) FROM S3Object", body, options) == "5\n"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 'x,"a,b","q""q"\n'),
        ({"QuoteFields": "ASNEEDED"}, 'x,"a,b","q""q"\n'),
        ({"QuoteFields": "ALWAYS"}, '"x","a,b","q""q"\n'),
        ({"FieldDelimiter": "|"}, 'x|a,b|"q""q"\n'),
        ({"RecordDelimiter": ";"}, 'x,"a,b","q""q";'),
        ({"QuoteCharacter": "'"}, "x,'a,b',q\"q\n"),
        ({"QuoteEscapeCharacter": "\\"}, 'x,"a,b","q\\"q"\n'),
    ],
)
def test_csv_output(options: dict[str, str], expected: str) -> None:
    body = b'1,2,3\nx,"a,b","q""q"\n'
    assert text("SELECT * FROM S3Object", body, USE, {"CSV": options}) == expected


def test_json_output_record_delimiter() -> None:
    output = {"JSON": {"RecordDelimiter": ";;"}}
    assert text("SELECT a FROM S3Object", b"a\n1\n2\n", USE, output) == (
        '{"a":"1"};;{"a":"2"};;'
    )


@pytest.mark.parametrize(
    ("scan_range", "expected"),
    [
        # The example of "Requests using scan ranges".
        ({"Start": 1, "End": 4}, "C,D\n"),
        ({"Start": 0, "End": 0}, "A,B\n"),
        ({"Start": 0, "End": 3}, "A,B\n"),
        ({"Start": 4}, "C,D\nD,E\nE,F\nG,H\nI,J\n"),
        ({"End": 4}, "I,J\n"),
        ({"End": 5}, "I,J\n"),
        ({"Start": 21}, ""),
    ],
)
def test_scan_range(scan_range: dict[str, int], expected: str) -> None:
    body = b"A,B\nC,D\nD,E\nE,F\nG,H\nI,J\n"
    assert text("SELECT * FROM S3Object", body, NONE, ScanRange=scan_range) == expected


def test_scan_ranges_cover_every_record_once() -> None:
    lines = [f"{i},{'v' * (i * 7 % 11)}" for i in range(200)]
    body = ("id,v\n" + "\n".join(lines) + "\n").encode()
    step = 97
    found = ""
    for start in range(0, len(body), step):
        part = {"Start": start, "End": start + step - 1}
        found += text("SELECT * FROM S3Object", body, USE, ScanRange=part)
    assert found.splitlines() == lines


def test_empty_object() -> None:
    assert text("SELECT * FROM S3Object", b"", NONE) == ""
    assert text("SELECT COUNT(*) FROM S3Object", b"", NONE) == "0\n"
    assert text("SELECT _1 FROM S3Object", b"", NONE) == ""


def test_against_pythons_csv_module() -> None:
    rows = [[f"{i}", 'say "hi"' if i % 3 else "", f"a,b;{i}\tc"] for i in range(500)]
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    output = text("SELECT * FROM S3Object", stream.getvalue().encode(), NONE)
    assert list(csv.reader(io.StringIO(output))) == rows
