"""Comparison between values of any two types.

Numbers compare with numbers, strings with strings; a CSV field that is not CAST
compares as a number with a number (`age > 25`), as text with text (`age > '9'`).
Values of different types are not equal, and neither is greater.
"""

from cloudlet.services.s3.select.macros import ANY, DECIMAL
from cloudlet.services.s3.select.relation import Type, Value

_NUMERIC = (Type.INT, Type.DECIMAL, Type.FLOAT)


def equal(left: Value, right: Value) -> str:
    """SQL of `left = right`, with unknown where either is NULL or MISSING."""
    return compare("=", left, right).sql


def compare(operator: str, left: Value, right: Value) -> Value:
    """`left operator right`; the operator is one of `= <> < <= > >=`."""
    return Value(f"({_compare(operator, left, right)})", Type.BOOL)


def _compare(operator: str, left: Value, right: Value) -> str:
    if Type.NULL in (left.type, right.type):
        return "CAST(NULL AS BOOLEAN)"
    if Type.ANY in (left.type, right.type):
        return _compare_any(operator, any_value(left), any_value(right))
    if left.type is right.type and left.type is Type.TIMESTAMP:
        return f"({left.sql}).t {operator} ({right.sql}).t"
    if left.type is right.type:
        return f"{left.sql} {operator} {right.sql}"
    if left.type in _NUMERIC and right.type in _NUMERIC:
        a, b = _numbers(left, right)
        return f"{a} {operator} {b}"
    if left.untyped or right.untyped:
        return _compare_untyped(operator, left, right)
    return _mismatch(operator, left, right)


def _numbers(left: Value, right: Value) -> tuple[str, str]:
    kind = "DOUBLE" if Type.FLOAT in (left.type, right.type) else DECIMAL
    return f"CAST({left.sql} AS {kind})", f"CAST({right.sql} AS {kind})"


def _compare_any(operator: str, a: str, b: str) -> str:
    if operator == "=":
        return f"any_eq({a}, {b})"
    if operator == "<>":
        return f"NOT any_eq({a}, {b})"
    return f"any_cmp({a}, {b}) {operator} 0"


def _compare_untyped(operator: str, left: Value, right: Value) -> str:
    typed = right if left.untyped else left
    if typed.type in (Type.TIMESTAMP, Type.STRING):
        return _mismatch(operator, left, right)
    macro, kind = {
        Type.BOOL: ("as_bool", "BOOLEAN"),
        Type.DECIMAL: ("as_dec", DECIMAL),
        Type.INT: ("as_float", "DOUBLE"),
        Type.FLOAT: ("as_float", "DOUBLE"),
    }[typed.type]
    a, b = (
        f"{macro}({side.sql})" if side.untyped else f"CAST({side.sql} AS {kind})"
        for side in (left, right)
    )
    comparison = f"{a} {operator} {b}"
    if operator not in ("=", "<>"):
        return comparison
    # A field that is no number is not equal to one.
    return (
        f"CASE WHEN {left.sql} IS NOT NULL AND {right.sql} IS NOT NULL "
        f"THEN coalesce({comparison}, {'TRUE' if operator == '<>' else 'FALSE'}) END"
    )


def _mismatch(operator: str, left: Value, right: Value) -> str:
    if operator not in ("=", "<>"):
        return "CAST(NULL AS BOOLEAN)"
    answer = "TRUE" if operator == "<>" else "FALSE"
    return (
        f"CASE WHEN ({left.sql}) IS NOT NULL AND ({right.sql}) IS NOT NULL "
        f"THEN {answer} END"
    )


def any_value(value: Value) -> str:
    """SQL of `value` as the struct for values whose type only the record knows."""
    sql = value.sql
    if value.type is Type.ANY:
        return sql
    if value.type is Type.NULL:
        return f"CAST(NULL AS {ANY})"
    k, i, d, s = {
        Type.BOOL: ("2", f"CAST({sql} AS BIGINT)", "NULL", "NULL"),
        Type.INT: ("3", sql, f"CAST({sql} AS DOUBLE)", "NULL"),
        Type.DECIMAL: ("4", "NULL", f"CAST({sql} AS DOUBLE)", "NULL"),
        Type.FLOAT: ("4", "NULL", sql, "NULL"),
        Type.STRING: ("5", "NULL", "NULL", sql),
        Type.TIMESTAMP: ("7", f"epoch_us(({sql}).t)", "NULL", f"ts_text({sql})"),
    }[value.type]
    packed = f"struct_pack(k := {k}, i := {i}, d := {d}, s := {s})"
    return f"(CASE WHEN ({sql}) IS NOT NULL THEN CAST({packed} AS {ANY}) END)"
