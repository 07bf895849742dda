"""Conversions and functions on typed SQL values, apart from any query."""

from cloudlet.services.s3.select.comparison import any_value
from cloudlet.services.s3.select.errors import select_error
from cloudlet.services.s3.select.macros import DECIMAL
from cloudlet.services.s3.select.output import plain_text
from cloudlet.services.s3.select.relation import Type, Value

NUMERIC = (Type.INT, Type.DECIMAL, Type.FLOAT)
NULL = Value("NULL", Type.NULL)


def common_number(left: Type, right: Type) -> Type:
    """The type of arithmetic between two numbers."""
    if Type.FLOAT in (left, right):
        return Type.FLOAT
    return Type.DECIMAL if Type.DECIMAL in (left, right) else Type.INT


def as_type(value: Value, kind: Type) -> str:
    """SQL of the number `value` as the wider type `kind`."""
    if value.type is kind:
        return value.sql
    return f"CAST({value.sql} AS {DECIMAL if kind is Type.DECIMAL else 'DOUBLE'})"


def unify(values: tuple[Value, ...] | list[Value]) -> tuple[list[str], Type]:
    """The values' SQL in one type: their own, a wider number, or `Type.ANY`."""
    kinds = {value.type for value in values} - {Type.NULL}
    if len(kinds) <= 1:
        return [value.sql for value in values], kinds.pop() if kinds else Type.NULL
    if kinds <= set(NUMERIC):
        kind = Type.FLOAT if Type.FLOAT in kinds else Type.DECIMAL
        return [
            "NULL" if value.type is Type.NULL else as_type(value, kind)
            for value in values
        ], kind
    return [any_value(value) for value in values], Type.ANY


def string(value: Value) -> str:
    """SQL of a string argument.

    Raises:
        AwsError: IncorrectSqlFunctionArgumentType for another type.
    """
    if value.type is Type.ANY:
        return f"any_string({value.sql})"
    if value.type not in (Type.STRING, Type.NULL):
        raise select_error("IncorrectSqlFunctionArgumentType")
    return f"CAST({value.sql} AS VARCHAR)"


def integer(value: Value) -> str:
    """SQL of an integer argument.

    Raises:
        AwsError: IncorrectSqlFunctionArgumentType for another type.
    """
    if value.type not in (Type.INT, Type.NULL):
        raise select_error("IncorrectSqlFunctionArgumentType")
    return f"CAST({value.sql} AS BIGINT)"


def instant(value: Value) -> str:
    """SQL of a timestamp argument.

    Raises:
        AwsError: IncorrectSqlFunctionArgumentType for another type.
    """
    if value.type is not Type.TIMESTAMP:
        raise select_error("IncorrectSqlFunctionArgumentType")
    return value.sql


def cast(value: Value, target: str) -> Value:
    """CAST of `value` to the type named `target`.

    Raises:
        AwsError: CastFailed between types that have no conversion.
    """
    kind = Type[target.upper()]
    if value.type is Type.NULL:
        return NULL
    if value.type is kind:
        return Value(value.sql, kind)
    if kind is Type.STRING:
        return Value(plain_text(value), Type.STRING)
    if value.type is Type.ANY:
        return cast(Value(f"any_text({value.sql})", Type.STRING), target)
    if value.type is Type.STRING:
        return _cast_string(value.sql, kind)
    numbers = (*NUMERIC, Type.BOOL)
    if kind not in numbers or value.type not in numbers:
        raise select_error("CastFailed")
    if kind is Type.BOOL:
        return Value(f"({value.sql} <> 0)", kind)
    if kind is Type.INT:
        return Value(f"CAST(trunc({_from_bool(value)}) AS BIGINT)", kind)
    return Value(as_type(Value(_from_bool(value), Type.INT), kind), kind)


def _from_bool(value: Value) -> str:
    return f"CAST({value.sql} AS BIGINT)" if value.type is Type.BOOL else value.sql


def _cast_string(sql: str, kind: Type) -> Value:
    if kind is Type.TIMESTAMP:
        return Value(f"ts_parse({sql}, 'CastFailed')", kind)
    macro = {
        Type.INT: "to_int",
        Type.DECIMAL: "to_dec",
        Type.FLOAT: "to_float",
        Type.BOOL: "to_bool",
    }[kind]
    return Value(f"{macro}({sql})", kind)


def aggregate(function: str, argument: Value) -> Value:
    """SUM, AVG, MIN or MAX.

    Raises:
        AwsError: ExternalEvalException for strings, as the service answers for a
            CSV column that is not CAST.
    """
    if argument.type is Type.ANY:
        argument = Value(f"any_number({argument.sql})", Type.FLOAT)
    kind, sql = argument.type, argument.sql
    if kind is Type.NULL:
        return NULL
    if kind is Type.TIMESTAMP and function in ("min", "max"):
        return Value(f"arg_{function}({sql}, ({sql}).t)", kind)
    if kind not in NUMERIC:
        raise select_error("ExternalEvalException")
    if function == "avg" and kind is not Type.FLOAT:
        total = f"CAST(sum({sql}) AS {DECIMAL})"
        mean = f"dec_div({total}, count({sql}))"
        return Value(f"(CASE WHEN count({sql}) > 0 THEN {mean} END)", Type.DECIMAL)
    if function == "sum" and kind is Type.INT:
        return Value(f"to_bigint(sum({sql}))", kind)
    return Value(f"{function}({sql})", kind)


def extract(part: str, sql: str) -> Value:
    """EXTRACT of a date part, in the timestamp's own offset."""
    if part == "timezone_hour":
        return Value(f"(coalesce(({sql}).o, 0) // 60)", Type.INT)
    if part == "timezone_minute":
        return Value(f"(coalesce(({sql}).o, 0) % 60)", Type.INT)
    return Value(f"CAST(date_part('{part}', ts_here({sql})) AS BIGINT)", Type.INT)


def date_add(part: str, quantity: Value, timestamp: Value) -> Value:
    """DATE_ADD; the result is as precise as the part that was changed."""
    order = ("year", "month", "day", "hour", "minute", "second")
    precision = {"hour": 4, "minute": 4, "second": 5}.get(part, order.index(part) + 1)
    interval = f"to_{part}s(CAST({integer(quantity)} AS INTEGER))"
    sql = f"ts_add({instant(timestamp)}, {interval}, {precision})"
    return Value(sql, Type.TIMESTAMP)
