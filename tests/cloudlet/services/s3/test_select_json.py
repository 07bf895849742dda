"""JSON objects: lines and documents, nested paths, MISSING, mixed types.

The cases with `Rules`, `files` and `projects` are the examples of the SQL reference.
"""

import gzip
import json
from typing import Any

import pytest
from test_select_support import CSV_OUT, DOCUMENT, JSON_OUT, LINES, code, run, text

RULES = b"""{ "Rules": [ {"id": "1"}, {"expr": "y > x"}, {"id": "2", "expr": "z"} ]}
{ "created": "June 27", "modified": "July 6" }
"""
FILES = b"""
{ "created": "936864000", "dir_name": "important_docs",
  "files": [ { "name": "." }, { "name": ".." } ], "owner": "AWS S3" }
{ "created": "936864000", "dir_name": "other_docs",
  "files": [ { "name": "." }, { "name": "my stuff" } ], "owner": "User" }
"""
SUSAN = b"""{"name": "Susan Smith", "org": "engineering", "projects":
    [{"project_name":"project1", "completed":false},
     {"project_name":"project2", "completed":true}]}"""
MIXED = [
    {"k": "int", "v": 30},
    {"k": "big", "v": 9007199254740993},
    {"k": "float", "v": 2.5},
    {"k": "string", "v": "30"},
    {"k": "true", "v": True},
    {"k": "null", "v": None},
    {"k": "none"},
    {"k": "list", "v": [1, {"a": 2}]},
    {"k": "object", "v": {"a": {"b": "deep"}}},
]


def lines(records: list[Any]) -> bytes:
    return "\n".join(json.dumps(record) for record in records).encode()


@pytest.mark.parametrize(
    ("body", "query", "expected"),
    [
        (
            RULES,
            "SELECT id FROM S3Object[*].Rules[*].id",
            [{"id": "1"}, {}, {"id": "2"}, {}],
        ),
        (
            RULES,
            "SELECT id FROM S3Object[*].Rules[*].id WHERE id IS NOT MISSING",
            [{"id": "1"}, {"id": "2"}],
        ),
        (
            RULES,
            "SELECT r.id AS n FROM S3Object[*].Rules[*] r WHERE r.expr LIKE '%>%'",
            [{}],
        ),
        (RULES, "SELECT _1.expr FROM S3Object[*].Rules[2]", [{"expr": "z"}, {}]),
        (
            RULES,
            "SELECT s.Rules[0]['id'] FROM S3Object s LIMIT 1",
            [{"id": "1"}],
        ),
        (RULES, "SELECT COUNT(id) FROM S3Object[*].Rules[*].id", [{"_1": 2}]),
        (RULES, "SELECT COUNT(*) FROM S3Object", [{"_1": 2}]),
        (RULES, "SELECT * FROM S3Object[*].Rules[0].id", [{"_1": "1"}, {}]),
        (
            FILES,
            "SELECT d.dir_name, d.files FROM S3Object[*] d LIMIT 1",
            [{"dir_name": "important_docs", "files": [{"name": "."}, {"name": ".."}]}],
        ),
        (
            FILES,
            "SELECT _1.dir_name, _1.owner FROM S3Object[*]",
            [
                {"dir_name": "important_docs", "owner": "AWS S3"},
                {"dir_name": "other_docs", "owner": "User"},
            ],
        ),
        (
            FILES,
            "SELECT name FROM S3Object[*].files[*].name WHERE name LIKE 'my%'",
            [{"name": "my stuff"}],
        ),
        (SUSAN, "Select s.name from S3Object s", [{"name": "Susan Smith"}]),
        (
            SUSAN,
            "Select s.projects[0].project_name from S3Object s",
            [{"project_name": "project1"}],
        ),
        (
            SUSAN,
            "SELECT s.projects[1].completed c, s.projects[7] d FROM S3Object s "
            "WHERE s.projects[1].completed",
            [{"c": True}],
        ),
        (SUSAN, "SELECT S3Object.ORG FROM S3Object", [{"ORG": "engineering"}]),
        (b'{"a":{"x":1}}{}', "SELECT * FROM S3Object[*].a.*", [{"_1": 1}, {}]),
        (b'[{"a":1},{"a":2}]', "SELECT _1.a FROM S3Object[*][*]", [{"a": 1}, {"a": 2}]),
        (b'[{"a":1}]', "SELECT * FROM S3Object", [{"_1": [{"a": 1}]}]),
        (b'"x" null', "SELECT * FROM S3Object", [{"_1": "x"}, {"_1": None}]),
        (b"", "SELECT * FROM S3Object", []),
    ],
)
def test_documents(body: bytes, query: str, expected: list[Any]) -> None:
    output = text(query, body, DOCUMENT, JSON_OUT)
    assert [json.loads(line) for line in output.splitlines()] == expected


@pytest.mark.parametrize(
    ("where", "kinds"),
    [
        ("s.v = 30", "int"),
        ("s.v > 2", "int big float"),
        ("s.v <= 2.5", "float"),
        ("s.v = 9007199254740993", "big"),
        ("s.v = 9007199254740992", ""),
        # Strings are no numbers here, and different types are not equal.
        ("s.v = '30'", "string"),
        ("s.v <> 30", "big float string true list object"),
        ("s.v > '2'", "string"),
        ("s.v = TRUE", "true"),
        ("s.v", "true"),
        ("s.v IS NULL", "null none"),
        ("s.v IS MISSING", "none"),
        ("s.v IS NOT MISSING AND s.v IS NULL", "null"),
        ("s.v BETWEEN 2 AND 30", "int float"),
        ("s.v IN (30, '30', TRUE)", "int string true"),
        ("s.v LIKE '3%'", "string"),
        ("s.v.a.b = 'deep'", "object"),
        ('s."v".A.b IS NOT MISSING', "object"),
        ('s."V" IS NOT MISSING', ""),
        ("s.v[1].a = 2", "list"),
        ("CAST(s.v AS STRING) = '30'", "int string"),
        ("COALESCE(s.v, 'x') = 'x'", "null none"),
        ("COALESCE(s.v, 1) = 1", "null none"),
        ("NULLIF(s.v, 30) IS NULL", "int null none"),
        ("CASE s.v WHEN 30 THEN 1 WHEN '30' THEN 2 END IN (1, 2)", "int string"),
        ("k = 'int' AND s.v + 1 = 31", "int"),
    ],
)
def test_where_on_mixed_types(where: str, kinds: str) -> None:
    query = f"SELECT s.k FROM S3Object s WHERE {where}"
    assert text(query, lines(MIXED), LINES).split() == kinds.split()


def test_values_come_out_as_they_went_in() -> None:
    output = text("SELECT s.k, s.v FROM S3Object s", lines(MIXED), LINES, JSON_OUT)
    assert [json.loads(line) for line in output.splitlines()] == MIXED
    output = text("SELECT * FROM S3Object", lines(MIXED), LINES, JSON_OUT)
    assert [json.loads(line) for line in output.splitlines()] == MIXED


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, None],
        [1.5, 2, 3.0, 1e22, -1e-7],
        ["a", 'b\n"c"', "é☃", None],
        [True, False, None],
        [None, None],
        [[], {}, [None]],
        [2**63, 1],
        [2**53 + 1, 0.5],
    ],
)
def test_columns_of_one_type(values: list[Any]) -> None:
    body = lines([{"v": value} for value in values])
    output = text("SELECT v FROM S3Object s", body, LINES, JSON_OUT)
    found = [json.loads(line)["v"] for line in output.splitlines()]
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


def test_csv_output() -> None:
    body = lines([{"a": "x,y", "b": 1.5, "c": None, "d": False}, {"b": 2}])
    assert text("SELECT * FROM S3Object", body, LINES) == '"x,y",1.5,,false\n2\n'
    query = "SELECT a, b, c, d FROM S3Object"
    assert text(query, body, LINES) == '"x,y",1.5,,false\n,2,,\n'
    quoted = {"CSV": {"QuoteFields": "ALWAYS"}}
    assert text(query, body, LINES, quoted).splitlines()[1] == '"","2","",""'


@pytest.mark.parametrize("query", ["SELECT * FROM S3Object", "SELECT a FROM S3Object"])
def test_nested_data_needs_json_output(query: str) -> None:
    body = lines([{"a": 1}, {"a": [1]}])
    assert code(query, body, LINES, CSV_OUT) == "UnsupportedSqlStructure"
    # A record that the query leaves out may be nested.
    assert text(query + " WHERE a = 1", body, LINES, CSV_OUT) == "1\n"


def test_star_beside_columns() -> None:
    body = lines([{"a": 1, "b": 2}, {}])
    output = text("SELECT s.*, s.a AS again FROM S3Object s", body, LINES, JSON_OUT)
    assert output == '{"a":1,"b":2,"again":1}\n{}\n'


def test_names_without_and_with_case() -> None:
    body = b'{"NAME": 1, "name": 2}\n'
    assert code("SELECT s.name FROM S3Object s", body, LINES) == "AmbiguousFieldName"
    assert text('SELECT s."NAME" FROM S3Object s', body, LINES) == "1\n"
    assert text("SELECT s.name FROM S3Object s", b'{"NAME": 3}', LINES) == "3\n"
    missing = text('SELECT s."Name" FROM S3Object s', body, LINES, JSON_OUT)
    assert missing == "{}\n"
    nested = b'{"o": {"A": 1, "a": 2}}'
    assert code("SELECT s.o.a FROM S3Object s", nested, LINES) == "AmbiguousFieldName"


def test_aggregates_skip_missing() -> None:
    body = lines([{"v": 1}, {}, {"v": 4}, {"v": None}])
    query = "SELECT COUNT(*), COUNT(v), SUM(v), AVG(v), MIN(v), MAX(v) FROM S3Object"
    assert text(query, body, LINES) == "4,2,5,2.5,1,4\n"


def test_compressed_lines_and_scan_range() -> None:
    records = [{"i": i} for i in range(100)]
    body = lines(records)
    options = {**LINES, "CompressionType": "GZIP"}
    packed = gzip.compress(body, mtime=0)
    assert text("SELECT COUNT(*) FROM S3Object", packed, options) == "100\n"
    found = ""
    for start in range(0, len(body), 50):
        part = {"Start": start, "End": start + 49}
        found += text("SELECT i FROM S3Object", body, LINES, ScanRange=part)
    assert found.split() == [str(i) for i in range(100)]


def test_bytes() -> None:
    body = lines(MIXED)
    result = run("SELECT s.k FROM S3Object s LIMIT 1", body, LINES)
    assert (result.bytes_scanned, result.bytes_processed) == (len(body), len(body))
    assert result.bytes_returned == 4
