"""Syntax tree → DuckDB SQL.

Nothing of the request's text becomes SQL: literals are bound parameters, columns have
names of our own (`relation.py`), functions come from a fixed list. Conditions keep
S3 Select's order of evaluation: `a <> '' AND CAST(a AS INT) > 5` never casts ''.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cloudlet.services.s3.select import syntax
from cloudlet.services.s3.select.comparison import compare, equal
from cloudlet.services.s3.select.conversions import (
    NULL,
    NUMERIC,
    aggregate,
    as_type,
    cast,
    common_number,
    date_add,
    extract,
    instant,
    integer,
    string,
    unify,
)
from cloudlet.services.s3.select.errors import select_error
from cloudlet.services.s3.select.macros import DECIMAL, is_timestamp
from cloudlet.services.s3.select.relation import Relation, Type, Value
from cloudlet.services.s3.select.timestamps import to_string

# A bound of ours on the SQL that one query may become.
_MAX_SQL = 8 * 1024**2


class Compiler:
    """Compiles the expressions of one query; `parameters` are to be bound."""

    def __init__(self, relation: Relation, *, aggregates: bool = False) -> None:
        """Compile against `relation`; with `aggregates`, columns are inside of them."""
        self.parameters: dict[str, Any] = {}
        self._relation = relation
        self._aggregates = aggregates
        self._inside_aggregate = False
        self._handlers: dict[type, Callable[[Any], Value]] = {
            syntax.Path: self._path,
            syntax.Literal: lambda node: self._literal(node.value),
            syntax.MissingLiteral: lambda _: replace(NULL, missing="TRUE"),
            syntax.TimestampLiteral: self._timestamp,
            syntax.Unary: self._unary,
            syntax.Binary: self._binary,
            syntax.Logical: self._logical,
            syntax.Between: self._between,
            syntax.In: self._in,
            syntax.Like: self._like,
            syntax.IsTest: self._is_test,
            syntax.Case: self._case,
            syntax.Cast: self._cast,
            syntax.Call: self._call,
            syntax.Aggregate: self._aggregate,
        }

    def value(self, node: syntax.Expression) -> Value:
        """The SQL of an expression.

        Raises:
            AwsError: what the query's names and types make impossible.
        """
        value = self._handlers[type(node)](node)
        if len(value.sql) > _MAX_SQL:
            raise select_error("MaxOperatorsExceeded")
        return value

    def condition(self, node: syntax.Expression, *, negated: bool = False) -> str:
        """SQL that is TRUE exactly where `node` is (or, negated, is FALSE).

        NOT moves down to the comparisons; so unknown may count as false, and each
        operand is guarded by those before it.
        """
        if isinstance(node, syntax.Unary) and node.operator == "not":
            return self.condition(node.operand, negated=not negated)
        if isinstance(node, syntax.Logical):
            parts = [self.condition(part, negated=negated) for part in node.operands]
            if (node.operator == "and") is not negated:
                guards = "".join(f"WHEN NOT ({part}) THEN FALSE " for part in parts)
                return f"CASE {guards}ELSE TRUE END"
            guards = "".join(f"WHEN ({part}) THEN TRUE " for part in parts)
            return f"CASE {guards}ELSE FALSE END"
        sql = self._boolean(node)
        return f"coalesce(NOT ({sql}), FALSE)" if negated else f"coalesce({sql}, FALSE)"

    # Leaves

    def bind(self, value: Any) -> str:
        """The placeholder of a new parameter."""
        name = f"v{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def _literal(self, value: str | int | Decimal | float | bool | None) -> Value:
        if value is None:
            return NULL
        if isinstance(value, bool):
            return Value("TRUE" if value else "FALSE", Type.BOOL)
        if isinstance(value, str):
            return Value(f"CAST({self.bind(value)} AS VARCHAR)", Type.STRING)
        if isinstance(value, int) and abs(value) < 2**63:
            return Value(f"CAST({self.bind(value)} AS BIGINT)", Type.INT)
        if isinstance(value, Decimal) and abs(value) < 10**20:
            return Value(f"CAST({self.bind(str(value))} AS {DECIMAL})", Type.DECIMAL)
        return Value(f"CAST({self.bind(float(value))} AS DOUBLE)", Type.FLOAT)

    def _timestamp(self, node: syntax.TimestampLiteral) -> Value:
        if not is_timestamp(node.text):
            raise select_error("LexerInvalidIONLiteral", f"({node.text[:80]})")
        return self._timestamp_of(self._literal(node.text), "ValueParseFailure")

    def _timestamp_of(self, text: Value, code: str) -> Value:
        return Value(f"ts_parse({text.sql}, '{code}')", Type.TIMESTAMP)

    def _path(self, node: syntax.Path) -> Value:
        if self._aggregates and not self._inside_aggregate:
            raise select_error("UnsupportedSqlStructure")
        return self._relation.resolve(node)

    # Operators

    def _boolean(self, node: syntax.Expression) -> str:
        value = self.value(node)
        if value.type is Type.NULL:
            return "CAST(NULL AS BOOLEAN)"
        if value.type is Type.ANY:
            return f"(CASE WHEN ({value.sql}).k = 2 THEN ({value.sql}).i = 1 END)"
        if value.untyped:
            return f"as_bool({value.sql})"
        if value.type is not Type.BOOL:
            raise select_error("ExternalEvalException")
        return value.sql

    def _unary(self, node: syntax.Unary) -> Value:
        if node.operator == "not":
            return Value(f"(NOT {self._boolean(node.operand)})", Type.BOOL)
        operand = self._number(self.value(node.operand))
        if operand.type is Type.NULL or node.operator == "+":
            return operand
        return Value(f"(-{operand.sql})", operand.type)

    def _binary(self, node: syntax.Binary) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if node.operator in "+-*/%":
            return self._arithmetic(node.operator, left, right)
        return compare(node.operator, left, right)

    def _number(self, value: Value) -> Value:
        if value.type is Type.ANY:
            return Value(f"any_number({value.sql})", Type.FLOAT)
        if value.type is Type.NULL or value.type in NUMERIC:
            return Value(value.sql, value.type)
        # "You must cast your input data into the relevant data types."
        raise select_error("ExternalEvalException")

    def _arithmetic(self, operator: str, left: Value, right: Value) -> Value:
        left, right = self._number(left), self._number(right)
        if Type.NULL in (left.type, right.type):
            return NULL
        kind = common_number(left.type, right.type)
        a, b = as_type(left, kind), as_type(right, kind)
        if operator in "/%":
            divide = {"%": "%", "/": "//" if kind is Type.INT else "/"}[operator]
            if operator == "/" and kind is Type.DECIMAL:
                return Value(f"dec_div({a}, {b})", kind)
            return Value(f"({a} {divide} nonzero({b}))", kind)
        if operator == "*" and kind is Type.DECIMAL:
            return Value(f"dec_mul({a}, {b})", kind)
        return Value(f"({a} {operator} {b})", kind)

    def _logical(self, node: syntax.Logical) -> Value:
        operands = [f"({self._boolean(operand)})" for operand in node.operands]
        return Value(f"({f' {node.operator.upper()} '.join(operands)})", Type.BOOL)

    def _between(self, node: syntax.Between) -> Value:
        operand = self.value(node.operand)
        low = compare(">=", operand, self.value(node.low))
        high = compare("<=", operand, self.value(node.high))
        return Value(f"({low.sql} AND {high.sql})", Type.BOOL)

    def _in(self, node: syntax.In) -> Value:
        operand = self.value(node.operand)
        choices = [self.value(choice) for choice in node.choices]
        kinds = {choice.type for choice in choices} | {operand.type}
        if kinds == {Type.STRING} or kinds == {Type.INT}:
            listed = ", ".join(choice.sql for choice in choices)
            return Value(f"({operand.sql} IN ({listed}))", Type.BOOL)
        tests = [f"({equal(operand, choice)})" for choice in choices]
        return Value(f"({' OR '.join(tests)})", Type.BOOL)

    def _like(self, node: syntax.Like) -> Value:
        operand, pattern = self.value(node.operand), self.value(node.pattern)
        escape = ""
        if node.escape is not None:
            escape = self._escape(node.escape, node.pattern)
        sides = [self._like_side(side) for side in (operand, pattern)]
        return Value(f"({sides[0]} LIKE {sides[1]}{escape})", Type.BOOL)

    def _like_side(self, side: Value) -> str:
        if side.type is Type.ANY:
            return f"(CASE WHEN ({side.sql}).k = 5 THEN ({side.sql}).s END)"
        if side.type is Type.NULL:
            return "CAST(NULL AS VARCHAR)"
        if side.type is not Type.STRING:
            raise select_error("LikeInvalidInputs")
        return side.sql

    def _escape(self, escape: syntax.Expression, pattern: syntax.Expression) -> str:
        mark = escape.value if isinstance(escape, syntax.Literal) else None
        if not isinstance(mark, str) or len(mark) != 1:
            raise select_error("EvaluatorLikePatternInvalidEscapeSequence")
        if isinstance(pattern, syntax.Literal) and isinstance(pattern.value, str):
            escaped = f"{re.escape(mark)}[%_{re.escape(mark)}]"
            if mark in re.sub(escaped, "", pattern.value):
                raise select_error("EvaluatorLikePatternInvalidEscapeSequence")
        return f" ESCAPE {self.bind(mark)}"

    def _is_test(self, node: syntax.IsTest) -> Value:
        operand = self.value(node.operand)
        if node.state == "missing":
            return Value(f"({operand.missing or 'FALSE'})", Type.BOOL)
        return Value(f"(({operand.sql}) IS NULL)", Type.BOOL)

    # CASE, COALESCE, NULLIF

    def _case(self, node: syntax.Case) -> Value:
        subject = None if node.operand is None else self.value(node.operand)
        conditions = [self._when(subject, when) for when, _ in node.branches]
        results = [self.value(then) for _, then in node.branches]
        results.append(NULL if node.otherwise is None else self.value(node.otherwise))
        texts, kind = unify(results)
        whens = zip(conditions, texts[:-1], strict=True)
        branches = " ".join(f"WHEN {when} THEN {then}" for when, then in whens)
        untyped = any(result.untyped for result in results)
        return Value(f"(CASE {branches} ELSE {texts[-1]} END)", kind, untyped)

    def _when(self, subject: Value | None, when: syntax.Expression) -> str:
        if subject is None:
            return self.condition(when)
        return equal(subject, self.value(when))

    def _coalesce(self, *arguments: Value) -> Value:
        texts, kind = unify(arguments)
        untyped = any(argument.untyped for argument in arguments)
        return Value(f"coalesce({', '.join(texts)})", kind, untyped)

    def _nullif(self, first: Value, second: Value) -> Value:
        same = f"coalesce({equal(first, second)}, FALSE)"
        sql = f"(CASE WHEN {same} THEN NULL ELSE {first.sql} END)"
        return Value(sql, first.type, first.untyped)

    # Functions

    def _cast(self, node: syntax.Cast) -> Value:
        return cast(self.value(node.operand), node.type_name)

    def _call(self, node: syntax.Call) -> Value:
        arguments = [self.value(argument) for argument in node.arguments]
        match node.function:
            case "coalesce":
                return self._coalesce(*arguments)
            case "nullif":
                return self._nullif(*arguments)
            case "char_length" | "character_length":
                return Value(f"length({string(arguments[0])})", Type.INT)
            case "lower" | "upper":
                sql = f"{node.function}({string(arguments[0])})"
                return Value(sql, Type.STRING, arguments[0].untyped)
            case "substring":
                return self._substring(*arguments)
            case "trim":
                return self._trim(node.option, *arguments)
            case "utcnow":
                now = datetime.now(UTC).isoformat(timespec="milliseconds")
                text = self._literal(now.replace("+00:00", "Z"))
                return self._timestamp_of(text, "ValueParseFailure")
            case "to_timestamp":
                text = Value(string(arguments[0]), Type.STRING)
                return self._timestamp_of(text, "ValueParseFailure")
        return self._date_call(node, arguments)

    def _date_call(self, node: syntax.Call, arguments: list[Value]) -> Value:
        match node.function:
            case "extract":
                return extract(node.option, instant(arguments[0]))
            case "date_add":
                return date_add(node.option, *arguments)
            case "date_diff":
                first, second = (f"({instant(a)}).t" for a in arguments)
                sql = f"datesub('{node.option}', {first}, {second})"
                return Value(sql, Type.INT)
        last = node.arguments[1]
        pattern = last.value if isinstance(last, syntax.Literal) else None
        if not isinstance(pattern, str):
            raise select_error("EvaluatorInvalidTimestampFormatPattern")
        sql = to_string(instant(arguments[0]), pattern, self.bind)
        return Value(sql, Type.STRING)

    def _substring(
        self, text: Value, start: Value, length: Value | None = None
    ) -> Value:
        first = integer(start)
        if length is None:
            sql = f"substring({string(text)}, greatest({first}, 1))"
        else:
            sql = f"substring_to({string(text)}, {first}, {integer(length)})"
        return Value(sql, Type.STRING, text.untyped)

    def _trim(self, side: str, text: Value, removed: Value | None = None) -> Value:
        function = {"leading": "ltrim", "trailing": "rtrim", "both": "trim"}[side]
        characters = "' '" if removed is None else string(removed)
        sql = f"{function}({string(text)}, {characters})"
        return Value(sql, Type.STRING, text.untyped)

    def _aggregate(self, node: syntax.Aggregate) -> Value:
        if not self._aggregates or self._inside_aggregate:
            raise select_error("UnsupportedSqlStructure")
        if node.argument is None:
            return Value("count(*)", Type.INT)
        self._inside_aggregate = True
        argument = self.value(node.argument)
        self._inside_aggregate = False
        if node.function == "count":
            return Value(f"count({argument.sql})", Type.INT)
        return aggregate(node.function, argument)
