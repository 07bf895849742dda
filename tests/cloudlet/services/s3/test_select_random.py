"""Random conditions on random CSV, against an evaluation in plain Python."""

import operator
import random
from collections.abc import Callable

import pytest
from test_select_support import text

Row = dict[str, str]
Truth = bool | None
Condition = tuple[str, Callable[[Row], Truth]]

COMPARE = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
WORDS = ["", "a", "B", "10", "9", "-3", "2.5", "abc", "é", "1e1", "x,y", 'q"q', "nan"]


def number(field: str) -> float | None:
    try:
        value = float(field)
    except ValueError:
        return None
    return value if value - value == 0 else None


def numeric(random_: random.Random) -> Condition:
    column = random_.choice("abc")
    sign = random_.choice(list(COMPARE))
    bound = random_.choice([0, 2, 2.5, 9, 10, -3])

    def holds(row: Row) -> Truth:
        value = number(row[column])
        if value is None:
            return {"=": False, "<>": True}.get(sign)
        return COMPARE[sign](value, bound)

    return f"{column} {sign} {bound}", holds


def textual(random_: random.Random) -> Condition:
    column = random_.choice("abc")
    sign = random_.choice(list(COMPARE))
    bound = random_.choice(WORDS)
    return (
        f"s.{column.upper()} {sign} '{bound}'",
        lambda row: COMPARE[sign](row[column].encode(), bound.encode()),
    )


def like(random_: random.Random) -> Condition:
    column = random_.choice("abc")
    part = random_.choice(["a", "1", "é", ","])
    return f"{column} LIKE '%{part}%'", lambda row: part in row[column]


def membership(random_: random.Random) -> Condition:
    column = random_.choice("abc")
    words = random_.sample(WORDS, 3)
    listed = ", ".join(f"'{word}'" for word in words)
    return f'"{column}" IN ({listed})', lambda row: row[column] in words


def length(random_: random.Random) -> Condition:
    column, most = random_.choice("abc"), random_.randrange(4)
    sql = f"CHAR_LENGTH({column}) <= {most}"
    return sql, lambda row: len(row[column]) <= most


def unknown(_: random.Random) -> Condition:
    return "NULL", lambda row: None


def opposite(truth: Truth) -> Truth:
    return None if truth is None else not truth


def condition(random_: random.Random, depth: int) -> Condition:
    if depth == 0:
        leaves = [numeric, textual, like, membership, length, unknown]
        return random_.choices(leaves, [4, 4, 2, 2, 1, 1])[0](random_)
    kind = random_.choice(["and", "or", "not"])
    left_sql, left = condition(random_, depth - 1)
    if kind == "not":
        return f"NOT ({left_sql})", lambda row: opposite(left(row))
    right_sql, right = condition(random_, random_.randrange(depth))
    decisive = kind == "or"

    def holds(row: Row) -> Truth:
        truths = {left(row), right(row)}
        if decisive in truths:
            return decisive
        return None if None in truths else not decisive

    return f"({left_sql}) {kind.upper()} ({right_sql})", holds


@pytest.mark.parametrize("seed", range(60))
def test_random_conditions(seed: int) -> None:
    random_ = random.Random(seed)
    rows = [{c: random_.choice(WORDS) for c in "abc"} for _ in range(80)]
    quoted = [
        ",".join('"' + row[c].replace('"', '""') + '"' for c in "abc") for row in rows
    ]
    body = "\n".join(
        ["id,a,b,c", *(f"{i},{line}" for i, line in enumerate(quoted))]
    ).encode()
    for _ in range(5):
        sql, holds = condition(random_, random_.randrange(4))
        expected = [str(i) for i, row in enumerate(rows) if holds(row) is True]
        found = text(f"SELECT id FROM S3Object s WHERE {sql}", body).split()
        assert found == expected, sql
        # The same truth as a value, NULL shown as nothing.
        shown = {True: "true", False: "false", None: ""}
        values = text(f"SELECT {sql} FROM S3Object s", body).split("\n")[:-1]
        assert values == [shown[holds(row)] for row in rows], sql
