"""Every error code, and attempts to break out or to exhaust."""

import bz2
import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
import pytest
from test_select_support import DOCUMENT, JSON_OUT, LINES, NONE, USE, code, run, text

from cloudlet.errors import AwsError
from cloudlet.services.s3.select import compression, select_object_content
from cloudlet.services.s3.select.engine import _database
from cloudlet.services.s3.select.errors import MESSAGES, select_error

BODY = b"name,age,x\nAnn,31,1\nBob,abc,2\n"
ALL = "SELECT * FROM S3Object"
WRONG_ARGUMENT = "IncorrectSqlFunctionArgumentType"
CONFLICT = "ObjectSerializationConflict"
GZIP = {**USE, "CompressionType": "GZIP"}
BZIP2 = {**USE, "CompressionType": "BZIP2"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT nope FROM S3Object", "MissingHeaders"),
        ('SELECT "NAME" FROM S3Object', "MissingHeaders"),
        ("SELECT _4 FROM S3Object", "InvalidColumnIndex"),
        ("SELECT _0 FROM S3Object", "InvalidColumnIndex"),
        ("SELECT t.name FROM S3Object s", "InvalidTableAlias"),
        ("SELECT t.* FROM S3Object s", "InvalidTableAlias"),
        ("SELECT S3Object.name FROM S3Object s", "InvalidTableAlias"),
        ("SELECT s.name[0] FROM S3Object s", "InvalidKeyPath"),
        ("SELECT * FROM S3Object[*].name", "InvalidKeyPath"),
        ("SELECT * FROM S3Object.name", "InvalidKeyPath"),
        ("SELECT * FROM people", "EvaluatorBindingDoesNotExist"),
        ("SELECT CAST(age AS INT) FROM S3Object", "CastFailed"),
        ("SELECT CAST(age AS FLOAT) FROM S3Object", "CastFailed"),
        ("SELECT CAST(age AS DECIMAL) FROM S3Object", "CastFailed"),
        ("SELECT CAST(name AS BOOL) FROM S3Object", "CastFailed"),
        ("SELECT CAST(name AS TIMESTAMP) FROM S3Object", "CastFailed"),
        ("SELECT CAST('3.7' AS INT) FROM S3Object", "CastFailed"),
        ("SELECT CAST('1_000' AS INT) FROM S3Object", "CastFailed"),
        ("SELECT CAST('0x1f' AS INT) FROM S3Object", "CastFailed"),
        ("SELECT CAST('99999999999999999999' AS INT) FROM S3Object", "CastFailed"),
        ("SELECT CAST('nan' AS FLOAT) FROM S3Object", "CastFailed"),
        ("SELECT CAST(`2020T` AS INT) FROM S3Object", "CastFailed"),
        ("SELECT CAST('2020-13-01' AS TIMESTAMP) FROM S3Object", "CastFailed"),
        ("SELECT TO_TIMESTAMP('yesterday') FROM S3Object", "ValueParseFailure"),
        ("SELECT SUM(age) FROM S3Object", "ExternalEvalException"),
        ("SELECT MAX(name) FROM S3Object", "ExternalEvalException"),
        ("SELECT x + 1 FROM S3Object", "ExternalEvalException"),
        ("SELECT 1 / 0 FROM S3Object", "ExternalEvalException"),
        ("SELECT 1.5 / CAST(0 AS FLOAT) FROM S3Object", "ExternalEvalException"),
        ("SELECT * FROM S3Object WHERE 1", "ExternalEvalException"),
        ("SELECT 9223372036854775807 + 1 FROM S3Object", "IntegerOverflow"),
        ("SELECT SUM(9223372036854775807) FROM S3Object", "IntegerOverflow"),
        ("SELECT UPPER(1) FROM S3Object", WRONG_ARGUMENT),
        ("SELECT SUBSTRING(name, 1.5) FROM S3Object", WRONG_ARGUMENT),
        ("SELECT EXTRACT(YEAR FROM name) FROM S3Object", WRONG_ARGUMENT),
        ("SELECT LOWER(TRUE) FROM S3Object", WRONG_ARGUMENT),
        ("SELECT SUBSTRING(name, 1, -1) FROM S3Object", "IllegalSqlFunctionArgument"),
        ("SELECT LOWER(name, age) FROM S3Object", "EvaluatorInvalidArguments"),
        ("SELECT UTCNOW(1) FROM S3Object", "EvaluatorInvalidArguments"),
        ("SELECT DATE_ADD(year, 1) FROM S3Object", "EvaluatorInvalidArguments"),
        (
            "SELECT TO_STRING(`2020T`, 'Q') FROM S3Object",
            "EvaluatorInvalidTimestampFormatPatternSymbol",
        ),
        (
            "SELECT TO_STRING(`2020T`, 'y ''open') FROM S3Object",
            "EvaluatorUnterminatedTimestampFormatPatternToken",
        ),
        (
            "SELECT TO_STRING(`2020T`, name) FROM S3Object",
            "EvaluatorInvalidTimestampFormatPattern",
        ),
        (
            "SELECT * FROM S3Object WHERE name LIKE 'a' ESCAPE 'xy'",
            "EvaluatorLikePatternInvalidEscapeSequence",
        ),
        ("SELECT * FROM S3Object WHERE 1 LIKE 'a'", "LikeInvalidInputs"),
        ("SELECT * FROM S3Object LIMIT -1", "EvaluatorNegativeLimit"),
        ("SELECT * FROM S3Object LIMIT x", "ParseExpectedNumber"),
        ("SELECT * FROM S3Object LIMIT 1.5", "ParseExpectedNumber"),
        ("SELECT name, COUNT(*) FROM S3Object", "UnsupportedSqlStructure"),
        ("SELECT * FROM S3Object WHERE COUNT(*) > 1", "UnsupportedSqlStructure"),
        ("SELECT SUM(MAX(1)) FROM S3Object", "UnsupportedSqlStructure"),
        ("SELECT s.*, COUNT(*) FROM S3Object s", "UnsupportedSqlStructure"),
        ("SELECT FOO(name) FROM S3Object", "UnsupportedFunction"),
        ("SELECT read_text('/etc/passwd') FROM S3Object", "UnsupportedFunction"),
        ("SELECT getenv('HOME') FROM S3Object", "UnsupportedFunction"),
        ("DELETE FROM S3Object", "UnsupportedSqlOperation"),
        ("DROP TABLE data", "UnsupportedSqlOperation"),
        ("ATTACH '/tmp/x'", "ParseExpectedKeyword"),
        ("SELECT FROM S3Object", "ParseEmptySelect"),
        ("SELECT *", "ParseSelectMissingFrom"),
        ("SELECT *, name FROM S3Object", "ParseAsteriskIsNotAloneInSelectList"),
        ("SELECT DISTINCT name FROM S3Object", "ParseUnsupportedSyntax"),
        ("SELECT COUNT(DISTINCT name) FROM S3Object", "ParseUnsupportedSyntax"),
        ("SELECT * FROM S3Object ORDER BY name", "ParseUnsupportedSyntax"),
        ("SELECT * FROM S3Object UNION SELECT 1", "ParseUnsupportedSyntax"),
        ("SELECT * FROM S3Object GROUP BY name", "ParseExpectedIdentForGroupName"),
        ("SELECT * FROM S3Object s JOIN S3Object t", "ParseMalformedJoin"),
        ("SELECT * FROM S3Object, S3Object", "MultipleDataSourcesUnsupported"),
        ("SELECT * FROM (SELECT 1 FROM S3Object)", "ParseUnsupportedSelect"),
        ("SELECT (SELECT 1) FROM S3Object", "ParseUnsupportedSelect"),
        ("SELECT SUM(*) FROM S3Object", "ParseUnsupportedCallWithStar"),
        ("SELECT SUM(1, 2) FROM S3Object", "ParseNonUnaryAgregateFunctionCall"),
        ("SELECT SUM() FROM S3Object", "ParseNonUnaryAgregateFunctionCall"),
        ("SELECT CAST(name) FROM S3Object", "ParseCastArity"),
        ("SELECT CAST name FROM S3Object", "ParseExpectedLeftParenAfterCast"),
        ("SELECT CAST(name AS blob) FROM S3Object", "InvalidDataType"),
        ("SELECT CAST(name AS foo) FROM S3Object", "ParseExpectedTypeName"),
        ("SELECT CAST(x AS DECIMAL(a)) FROM S3Object", "ParseInvalidTypeParam"),
        ("SELECT CASE ELSE 1 END FROM S3Object", "ParseUnExpectedKeyword"),
        ("SELECT CASE name ELSE 1 END FROM S3Object", "ParseExpectedWhenClause"),
        ("SELECT CASE WHEN TRUE 1 END FROM S3Object", "ParseExpectedKeyword"),
        ("SELECT EXTRACT(week FROM `2020T`) FROM S3Object", "ParseExpectedDatePart"),
        ("SELECT SUBSTRING(name) FROM S3Object", "ParseExpectedArgumentDelimiter"),
        ("SELECT name AS FROM S3Object", "ParseExpectedIdentForAlias"),
        ("SELECT name AS date FROM S3Object", "ParseExpectedIdentForAlias"),
        ("SELECT date FROM S3Object", "ParseUnExpectedKeyword"),
        ("SELECT s.date FROM S3Object s", "ParseInvalidPathComponent"),
        ("SELECT s.name[x] FROM S3Object s", "ParseInvalidPathComponent"),
        (
            "SELECT * FROM S3Object s WHERE s.name.* = 1",
            "ParseInvalidContextForWildcardInSelectList",
        ),
        ("SELECT name FROM S3Object WHERE", "ParseExpectedExpression"),
        ("SELECT name FROM S3Object WHERE name = ", "ParseExpectedExpression"),
        ("SELECT name FROM S3Object WHERE = 1", "ParseUnexpectedOperator"),
        ("SELECT 100+ FROM S3Object", "ParseUnExpectedKeyword"),
        (
            "SELECT LOWER(name FROM S3Object",
            "ParseExpectedRightParenBuiltinFunctionCall",
        ),
        ("SELECT name FROM S3Object s s2", "ParseUnexpectedToken"),
        ("SELECT name FROM S3Object; DROP TABLE x", "ParseUnExpectedKeyword"),
        ("SELECT (name FROM S3Object", "ParseExpectedTokenType"),
        ("SELECT na?me FROM S3Object", "LexerInvalidChar"),
        ("SELECT 'open FROM S3Object", "LexerInvalidLiteral"),
        ('SELECT "open FROM S3Object', "LexerInvalidLiteral"),
        ("SELECT `open` FROM S3Object", "LexerInvalidIONLiteral"),
    ],
)
def test_query_errors(query: str, expected: str) -> None:
    assert code(query, BODY) == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"Expression": None}, "MissingRequiredParameter"),
        ({"Expression": ""}, "MissingRequiredParameter"),
        ({"ExpressionType": None}, "MissingRequiredParameter"),
        ({"InputSerialization": None}, "MissingRequiredParameter"),
        ({"OutputSerialization": None}, "MissingRequiredParameter"),
        ({"ExpressionType": "XPATH"}, "InvalidExpressionType"),
        ({"Expression": f"SELECT '{'x' * 262144}' FROM S3Object"}, "ExpressionTooLong"),
        ({"InputSerialization": {"CompressionType": "NONE"}}, "InvalidDataSource"),
        ({"InputSerialization": {"CSV": {}, "JSON": {}}}, CONFLICT),
        ({"OutputSerialization": {"CSV": {}, "JSON": {}}}, CONFLICT),
        ({"InputSerialization": {"JSON": {}}}, "MissingRequiredParameter"),
        ({"InputSerialization": {"JSON": {"Type": "ARRAY"}}}, "InvalidJsonType"),
        (
            {"InputSerialization": {"CSV": {"FileHeaderInfo": "YES"}}},
            "InvalidFileHeaderInfo",
        ),
        (
            {"InputSerialization": {"CSV": {}, "CompressionType": "ZSTD"}},
            "InvalidCompressionFormat",
        ),
        (
            {"InputSerialization": {"CSV": {"FieldDelimiter": "::"}}},
            "InvalidRequestParameter",
        ),
        (
            {"InputSerialization": {"CSV": {"FieldDelimiter": ""}}},
            "InvalidRequestParameter",
        ),
        (
            {"InputSerialization": {"CSV": {"FieldDelimiter": "\n"}}},
            "InvalidRequestParameter",
        ),
        (
            {"InputSerialization": {"CSV": {"RecordDelimiter": "abc"}}},
            "InvalidRequestParameter",
        ),
        ({"OutputSerialization": {"CSV": {"QuoteFields": "NO"}}}, "InvalidQuoteFields"),
        ({"ScanRange": {}}, "InvalidScanRange"),
        ({"ScanRange": {"Start": 5, "End": 2}}, "InvalidScanRange"),
        ({"ScanRange": {"Start": -1}}, "InvalidScanRange"),
        ({"ScanRange": {"Start": 10_000}}, "InvalidScanRange"),
        (
            {
                "InputSerialization": {"CSV": {}, "CompressionType": "GZIP"},
                "ScanRange": {"Start": 0},
            },
            "UnsupportedScanRangeInput",
        ),
        (
            {"InputSerialization": DOCUMENT, "ScanRange": {"Start": 0}},
            "UnsupportedScanRangeInput",
        ),
        (
            {
                "InputSerialization": {"CSV": {"AllowQuotedRecordDelimiter": True}},
                "ScanRange": {"Start": 0},
            },
            "UnsupportedScanRangeInput",
        ),
    ],
)
def test_request_errors(members: dict[str, Any], expected: str) -> None:
    expression = members.pop("Expression", ALL)
    source = members.pop("InputSerialization", USE)
    output = members.pop("OutputSerialization", JSON_OUT)
    request = {
        "Expression": expression,
        "ExpressionType": "SQL",
        "InputSerialization": source,
        "OutputSerialization": output,
        **members,
    }
    with pytest.raises(AwsError) as caught:
        select_object_content(BODY, request)
    assert caught.value.code == expected


@pytest.mark.parametrize(
    ("body", "source", "expected"),
    [
        (b"a,A\n1,2\n", USE, "AmbiguousFieldName"),
        (b"a,b\n\xff,1\n", USE, "InvalidTextEncoding"),
        (gzip.compress(BODY, mtime=0), USE, "InvalidTextEncoding"),
        (b'a,b\n"x\ny",1\n', USE, "CSVEscapingRecordDelimiter"),
        (b'a,b\n"x,1\n2,3\n', USE, "CSVUnescapedQuote"),
        (b"a\n" + b"x" * 1_100_000 + b"\n", USE, "OverMaxRecordSize"),
        (b'{"a": 1}\n{"a": \n', LINES, "JSONParsingError"),
        (b'{"a": 1} {', DOCUMENT, "JSONParsingError"),
        (b'{"a": NaN}', LINES, "JSONParsingError"),
        (b"[" * 100_000, DOCUMENT, "JSONParsingError"),
        (b'{"a": ' + b"9" * 400 + b"}", LINES, "JSONParsingError"),
        (b'{"a":"' + b"x" * 1_100_000 + b'"}', LINES, "OverMaxRecordSize"),
        (b'{"a":"' + b"x" * 1_100_000 + b'"}', DOCUMENT, "OverMaxRecordSize"),
        (BODY, GZIP, "TruncatedInput"),
        (BODY, BZIP2, "TruncatedInput"),
        (gzip.compress(BODY, mtime=0)[:-9], GZIP, "TruncatedInput"),
        (bz2.compress(BODY)[:-9], BZIP2, "TruncatedInput"),
        (gzip.compress(BODY, mtime=0) + b"junk", GZIP, "TruncatedInput"),
    ],
)
def test_data_errors(body: bytes, source: dict[str, Any], expected: str) -> None:
    assert code("SELECT a FROM S3Object", body, source) == expected


def test_a_result_over_the_record_limit() -> None:
    body = b"a\n" + b"x" * 600_000 + b"\n"
    assert text("SELECT a FROM S3Object", body).strip() == "x" * 600_000
    assert code("SELECT a, a FROM S3Object", body) == "OverMaxRecordSize"


def test_text_encoding_error_names_the_byte() -> None:
    with pytest.raises(
        AwsError, match=r"UTF-8 encoding is required\..*near byte 32,768\."
    ):
        run(ALL, b"x" * 32_768 + b"\xff")


@pytest.mark.parametrize("kind", ["GZIP", "BZIP2"])
def test_bombs_are_stopped(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "MAX_DECOMPRESSED_BYTES", 10_000_000)
    pack = {"GZIP": gzip.compress, "BZIP2": bz2.compress}[kind]
    bomb = pack(b"a,b\n" * 5_000_000)
    assert len(bomb) < 100_000
    options = {**NONE, "CompressionType": kind}
    count = "SELECT COUNT(*) FROM S3Object"
    assert code(count, bomb, options) == "ExternalEvalException"
    small = pack(b"a,b\n" * 1_000_000)
    assert text(count, small, options) == "1000000\n"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT " + "(" * 500 + "1" + ")" * 500 + " FROM S3Object",
        "SELECT " + "- " * 500 + "age FROM S3Object",
        "SELECT 1" + " + 1" * 5_000 + " FROM S3Object",
        "SELECT 1" + ", 1" * 30_000 + " FROM S3Object",
        f"SELECT {'CASE WHEN ' * 200}TRUE{' THEN 1 END' * 200} FROM S3Object",
    ],
)
def test_too_complex_queries(query: str) -> None:
    assert code(query, BODY) == "MaxOperatorsExceeded"


def test_long_queries_that_are_not_deep() -> None:
    start = time.monotonic()
    names = ", ".join(f"'n{i}'" for i in range(5_000))
    query = f"SELECT age FROM S3Object WHERE name IN ({names}, 'Ann')"
    assert text(query, BODY) == "31\n"
    ors = " OR ".join(f"x = {i}" for i in range(1_000))
    assert text(f"SELECT COUNT(*) FROM S3Object WHERE {ors}", BODY) == "2\n"
    assert time.monotonic() - start < 30


def test_deep_queries_within_the_bound() -> None:
    query = "SELECT " + "(" * 38 + "1" + ")" * 38 + " FROM S3Object LIMIT 1"
    assert text(query, BODY) == "1\n"
    query = "SELECT 1" + " + 1" * 99 + " FROM S3Object LIMIT 1"
    assert text(query, BODY) == "100\n"
    nested = "name = 'Ann'"
    for _ in range(17):
        nested = f"NOT (age = 'q' OR ({nested} AND x = 1))"
    assert text(f"SELECT COUNT(*) FROM S3Object WHERE {nested}", BODY) == "1\n"


@pytest.mark.parametrize(
    "name",
    [
        'x"; DROP TABLE data; --',
        "x'); SELECT read_text('/etc/passwd'); --",
        "$v0",
        "{}",
        "c0",
        "data",
        "*",
        "S3SELECT:CastFailed",
    ],
)
def test_names_and_values_are_never_sql(name: str) -> None:
    quoted = name.replace('"', '""')
    literal = name.replace("'", "''")
    header = '"' + quoted + '"'
    body = f"{header},other\n{header},2\n".encode()
    query = (
        f'SELECT "{quoted}" AS "{quoted}" FROM S3Object '
        f"WHERE \"{quoted}\" = '{literal}' AND \"{quoted}\" LIKE '%{literal}'"
    )
    assert text(query, body) == text("SELECT _1 FROM S3Object", body)
    assert json.loads(text(query, body, USE, JSON_OUT)) == {name: name}
    record = json.dumps({name: {name: name}}).encode()
    query = f"SELECT s['{literal}'].\"{quoted}\" AS v FROM S3Object s"
    assert json.loads(text(query, record, LINES, JSON_OUT)) == {"v": name}


def test_the_database_reaches_nothing_outside() -> None:
    text(ALL, BODY)
    for statement in (
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/select_test.csv'",
        "ATTACH '/tmp/select_test.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
    ):
        with pytest.raises(duckdb.Error), _database().cursor() as cursor:
            cursor.execute(statement)


def test_queries_do_not_see_each_other() -> None:
    def one(i: int) -> str:
        body = b"v\n" + f"{i}\n".encode() * 200
        return text(f"SELECT COUNT(*) FROM S3Object WHERE v = {i}", body)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(one, range(40))) == {"200\n"}


def test_every_message_is_a_sentence() -> None:
    for name in MESSAGES:
        error = select_error(name)
        assert error.code == name
        assert error.message.endswith(".")
