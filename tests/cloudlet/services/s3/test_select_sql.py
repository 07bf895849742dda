"""Literals, operators, functions and aggregates.

Most cases of functions are the examples of the SQL reference.
"""

import json
import re
from decimal import Decimal

import pytest
from test_select_support import JSON_OUT, code, run, text

from cloudlet.errors import AwsError
from cloudlet.services.s3.select.lexer import RESERVED

ONE = b"a,b\n7,x\n"
NUMBERS = b"k,n,f\na,1,0.1\nb,2,0.2\nc,4,0.3\nd,,\n"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1", "1"),
        ("-1", "-1"),
        ("- -1", "1"),
        ("+1.50", "1.5"),
        ("1e3", "1000.0"),
        (".5", "0.5"),
        ("'it''s'", "it's"),
        ("'a''; DROP TABLE data; --'", "a'; DROP TABLE data; --"),
        ("TRUE", "true"),
        ("NULL", ""),
        ("MISSING", ""),
        ("9223372036854775807", "9223372036854775807"),
        ("12345678901234567890.5", "12345678901234567890.5"),
        # Arithmetic: integers stay integers, decimals are exact.
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("7 / 2", "3"),
        ("-7 / 2", "-3"),
        ("7 % 3", "1"),
        ("7.0 / 2", "3.5"),
        ("0.1 + 0.2", "0.3"),
        ("1.10 * 3", "3.3"),
        ("10 - 2 - 3", "5"),
        ("1.5 - 1e0", "0.5"),
        ("CAST(a AS INT) + 1", "8"),
        ("1 + NULL", ""),
        ("-CAST(a AS INT)", "-7"),
        # CAST
        ("CAST('42' AS INT)", "42"),
        ("CAST(' 42 ' AS INTEGER)", "42"),
        ("CAST(3.9 AS INT)", "3"),
        ("CAST(-3.9 AS INT)", "-3"),
        ("CAST(0.456 AS FLOAT)", "0.456"),
        ("CAST('1.5e2' AS FLOAT)", "150.0"),
        ("CAST('19.990' AS DECIMAL)", "19.99"),
        ("CAST('19.99' AS NUMERIC(10, 2))", "19.99"),
        ("CAST('TRUE' AS BOOL)", "true"),
        ("CAST('false' AS BOOLEAN)", "false"),
        ("CAST(1 AS BOOL)", "true"),
        ("CAST(TRUE AS INT)", "1"),
        ("CAST(1.50 AS STRING)", "1.5"),
        ("CAST(7 AS VARCHAR) = '7'", "true"),
        ("CAST(NULL AS INT)", ""),
        ("CAST('2007-04-05T14:30Z' AS TIMESTAMP)", "2007-04-05T14:30Z"),
        ("CAST(CAST('2007T' AS TIMESTAMP) AS STRING)", "2007T"),
        # Conditional functions
        ("COALESCE(1)", "1"),
        ("COALESCE(null, null)", ""),
        ("COALESCE(missing, 1)", "1"),
        ("COALESCE(null, 'string')", "string"),
        ("COALESCE(NULL, 1, 'x')", "1"),
        ("COALESCE(NULL, 1, 2.5)", "1"),
        ("NULLIF(1, 1)", ""),
        ("NULLIF(1, 2)", "1"),
        ("NULLIF(1.0, 1)", ""),
        ("NULLIF(1, '1')", "1"),
        ("NULLIF(1, NULL)", "1"),
        ("NULLIF(missing, missing)", ""),
        ("CASE a WHEN '7' THEN 'seven' ELSE 'other' END", "seven"),
        ("CASE WHEN a > 7 THEN 1 WHEN a = 7 THEN 2 END", "2"),
        ("CASE WHEN a > 7 THEN 1 END", ""),
        ("CASE WHEN FALSE THEN 1 ELSE 'text' END", "text"),
        ("CASE WHEN a = 'z' THEN CAST(b AS INT) ELSE 0 END", "0"),
        # String functions
        ("CHAR_LENGTH('')", "0"),
        ("CHARACTER_LENGTH('abcdéf')", "6"),
        ("LOWER('AbCdEfG!@#$')", "abcdefg!@#$"),
        ("UPPER('AbCdEfG!@#$')", "ABCDEFG!@#$"),
        ("SUBSTRING('123456789' FROM 0)", "123456789"),
        ("SUBSTRING('123456789', 2)", "23456789"),
        ("SUBSTRING('123456789', -4)", "123456789"),
        ("SUBSTRING('123456789', 0, 999)", "123456789"),
        ("SUBSTRING('123456789' FROM 1 FOR 5)", "12345"),
        ("SUBSTRING('123456789' FROM -1 FOR 5)", "123"),
        ("SUBSTRING('123456789' FROM -9 FOR 5)", ""),
        ("SUBSTRING(b FROM 1 FOR 1)", "x"),
        ("TRIM('       foobar         ')", "foobar"),
        ("TRIM(LEADING FROM '  foobar  ')", "foobar  "),
        ("TRIM(TRAILING FROM '  foobar  ')", "  foobar"),
        ("TRIM(BOTH FROM '  foobar  ')", "foobar"),
        ("TRIM(BOTH '12' FROM '1112211foobar22211122')", "foobar"),
        ("TRIM(LEADING '12' FROM '1112211foobar22211122')", "foobar22211122"),
        ("TRIM('1' FROM '1x1')", "x"),
        # Date functions
        ("DATE_ADD(year, 5, `2010-01-01T`)", "2015-01-01"),
        ("DATE_ADD(month, 1, `2010T`)", "2010-02T"),
        ("DATE_ADD(month, 13, `2010T`)", "2011-02T"),
        ("DATE_ADD(day, -1, `2017-01-10T`)", "2017-01-09"),
        ("DATE_ADD(hour, 1, `2017T`)", "2017-01-01T01:00-00:00"),
        ("DATE_ADD(hour, 1, `2017-01-02T03:04Z`)", "2017-01-02T04:04Z"),
        (
            "DATE_ADD(minute, 1, `2017-01-02T03:04:05.006Z`)",
            "2017-01-02T03:05:05.006Z",
        ),
        (
            "DATE_ADD(second, 1, `2017-01-02T03:04:05.006+07:08`)",
            "2017-01-02T03:04:06.006+07:08",
        ),
        ("DATE_DIFF(year, `2010-01-01T`, `2011-01-01T`)", "1"),
        ("DATE_DIFF(month, `2010T`, `2010-05T`)", "4"),
        ("DATE_DIFF(month, `2010T`, `2011T`)", "12"),
        ("DATE_DIFF(month, `2011T`, `2010T`)", "-12"),
        ("DATE_DIFF(day, `2010-01-01T23:00Z`, `2010-01-02T01:00Z`)", "0"),
        ("EXTRACT(YEAR FROM `2010-01-01T`)", "2010"),
        ("EXTRACT(MONTH FROM `2010T`)", "1"),
        ("EXTRACT(MONTH FROM `2010-10T`)", "10"),
        ("EXTRACT(HOUR FROM `2017-01-02T03:04:05+07:08`)", "3"),
        ("EXTRACT(MINUTE FROM `2017-01-02T03:04:05+07:08`)", "4"),
        ("EXTRACT(SECOND FROM `2017-01-02T03:04:05+07:08`)", "5"),
        ("EXTRACT(TIMEZONE_HOUR FROM `2017-01-02T03:04:05+07:08`)", "7"),
        ("EXTRACT(TIMEZONE_MINUTE FROM `2017-01-02T03:04:05+07:08`)", "8"),
        ("EXTRACT(TIMEZONE_HOUR FROM `2017-01-02T03:04:05-07:08`)", "-7"),
        ("TO_TIMESTAMP('2007T')", "2007T"),
        (
            "TO_TIMESTAMP('2007-02-23T12:14:33.079-08:00')",
            "2007-02-23T12:14:33.079-08:00",
        ),
        ("TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y')", '"July 20, 1969"'),
        ("TO_STRING(`1969-07-20T20:18Z`, 'MMM d, yyyy')", '"Jul 20, 1969"'),
        ("TO_STRING(`1969-07-20T20:18Z`, 'M-d-yy')", "7-20-69"),
        ("TO_STRING(`1969-07-20T20:18Z`, 'MM-d-y')", "07-20-1969"),
        (
            "TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y h:m a')",
            '"July 20, 1969 8:18 PM"',
        ),
        (
            "TO_STRING(`1969-07-20T20:18Z`, 'y-MM-dd''T''H:m:ssX')",
            "1969-07-20T20:18:00Z",
        ),
        (
            "TO_STRING(`1969-07-20T20:18+08:00`, 'y-MM-dd''T''H:m:ssXXXX')",
            "1969-07-20T20:18:00+0800",
        ),
        (
            "TO_STRING(`1969-07-20T20:18+08:00`, 'y-MM-dd''T''H:m:ssXXXXX')",
            "1969-07-20T20:18:00+08:00",
        ),
        ("`2017-01-02T03:04Z` = `2017-01-02T04:04+01:00`", "true"),
        ("`2017-01-02T` < `2017-01-02T00:00:00.5Z`", "true"),
        # Precedence: NOT before AND before OR
        ("TRUE OR TRUE AND FALSE", "true"),
        ("NOT FALSE AND FALSE", "false"),
        ("1 + 1 = 2 AND 3 * 2 > 5", "true"),
        ("2 BETWEEN 1 AND 3 AND TRUE", "true"),
        ("'b' IN ('a', 'b')", "true"),
        ("1 IN (2, NULL)", ""),
        ("'a_c' LIKE 'a!_c' ESCAPE '!'", "true"),
        ("'abc' LIKE 'a!_c' ESCAPE '!'", "false"),
        ("'a!c' LIKE 'a!!c' ESCAPE '!'", "true"),
        ("'a\\c' LIKE 'a\\c'", "true"),
        ("1 = '1'", "false"),
        ("NULL = NULL", ""),
        ("NULL IS NULL", "true"),
        ("MISSING IS NULL", "true"),
        ("MISSING IS MISSING", "true"),
        ("NULL IS MISSING", "false"),
    ],
)
def test_expressions(expression: str, expected: str) -> None:
    assert text(f"SELECT {expression} FROM S3Object", ONE) == expected + "\n"


def test_utcnow() -> None:
    now = text("SELECT UTCNOW() FROM S3Object", ONE).strip()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", now)
    assert text("SELECT UTCNOW() > `2020T` FROM S3Object", ONE) == "true\n"


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("COUNT(*)", "4"),
        ("COUNT(n)", "4"),
        ("COUNT(NULLIF(n, ''))", "3"),
        ("SUM(CAST(NULLIF(n, '') AS INT))", "7"),
        ("SUM(CAST(NULLIF(f, '') AS DECIMAL))", "0.6"),
        ("MIN(CAST(NULLIF(n, '') AS INT)), MAX(CAST(NULLIF(n, '') AS INT))", "1,4"),
        ("MAX(CAST(NULLIF(f, '') AS FLOAT))", "0.3"),
        ("SUM(1)", "4"),
        ("MAX(NULL), SUM(NULL) = 1, COUNT(NULL)", ",,0"),
        ("SUM(1) * 2 + 1", "9"),
        ("CAST(COUNT(*) AS STRING), 'rows'", "4,rows"),
        ("AVG(CAST(NULLIF(n, '') AS DECIMAL))", "2.33333333333333"),
    ],
)
def test_aggregates(select: str, expected: str) -> None:
    assert text(f"SELECT {select} FROM S3Object", NUMBERS) == expected + "\n"


def test_aggregates_of_no_records() -> None:
    query = (
        "SELECT COUNT(*) c, SUM(CAST(n AS INT)) s, AVG(CAST(n AS INT)) a FROM S3Object"
    )
    output = text(query + " WHERE k = 'z'", NUMBERS, output=JSON_OUT)
    assert json.loads(output) == {"c": 0, "s": None, "a": None}


def test_decimals_are_exact() -> None:
    prices = [f"{i}.{i % 100:02d}" for i in range(1, 2000)]
    body = ("p\n" + "\n".join(prices) + "\n").encode()
    output = text("SELECT SUM(CAST(p AS DECIMAL)) FROM S3Object", body)
    assert Decimal(output) == sum(Decimal(price) for price in prices)


@pytest.mark.parametrize(
    ("limit", "count"), [(" LIMIT 0", 0), (" LIMIT 2", 2), (" LIMIT 99", 4), ("", 4)]
)
def test_limit(limit: str, count: int) -> None:
    assert len(text(f"SELECT k FROM S3Object{limit}", NUMBERS).split()) == count


def test_limit_stops_before_a_bad_cast() -> None:
    query = "SELECT CAST(n AS INT) FROM S3Object LIMIT 3"
    assert text(query, NUMBERS) == "1\n2\n4\n"


@pytest.mark.parametrize(
    "query",
    [
        "select k from s3object where k = 'a'",
        "SELECT k FROM S3OBJECT WHERE k='a';",
        "SELECT\n\tk\nFROM S3Object -- all of it\nWHERE k = 'a'",
        "SELECT S3Object.k FROM S3Object WHERE S3Object.k = 'a'",
        "SELECT x.K FROM S3Object AS x WHERE X._1 = 'a'",
        'SELECT "k" FROM S3Object "t" WHERE t."k" = \'a\'',
        "SELECT k FROM S3Object s WHERE (((s.k = ('a'))))",
    ],
)
def test_spellings(query: str) -> None:
    assert text(query, NUMBERS) == "a\n"


def test_reserved_keywords_need_quotes() -> None:
    names = sorted(RESERVED)
    assert len(names) > 200
    body = (",".join(names) + "\n" + ",".join("v" for _ in names)).encode()
    for name in names:
        assert text(f'SELECT s."{name}" FROM S3Object s', body) == "v\n"
    for name in ("cast", "date", "value", "year", "level"):
        for query in (
            f"SELECT s.{name} FROM S3Object s",
            f"SELECT {name}, 1 FROM S3Object",
        ):
            assert code(query, body).startswith("Parse")


def test_error_points_at_the_token() -> None:

    with pytest.raises(AwsError, match="'FORM' at line 2, column 1") as caught:
        run("SELECT *\nFORM S3Object", ONE)
    assert caught.value.code == "ParseSelectMissingFrom"
