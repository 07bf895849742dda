"""Expressions: recursive descent over the tokens.

Operators bind as the table "Operator precedence" of the SQL reference has it: unary
minus, `* / %`, `+ -`, IN, BETWEEN, LIKE, comparison, NOT, AND, OR.
"""

from collections.abc import Callable
from decimal import Decimal

from cloudlet.services.s3.select import syntax
from cloudlet.services.s3.select.cursor import TokenCursor
from cloudlet.services.s3.select.lexer import Kind, Token

# Bounds of ours: they keep the tree within Python's and DuckDB's recursion.
_MAX_DEPTH = 40
_MAX_CHAINED = 100
_AGGREGATES = frozenset({"count", "sum", "avg", "min", "max"})
_DATE_PARTS = frozenset({"year", "month", "day", "hour", "minute", "second"})
_ZONE_PARTS = frozenset({"timezone_hour", "timezone_minute"})
_COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
_TYPES = {
    "bool": "bool",
    "boolean": "bool",
    "int": "int",
    "integer": "int",
    "smallint": "int",
    "string": "string",
    "varchar": "string",
    "char": "string",
    "character": "string",
    "float": "float",
    "real": "float",
    "double": "float",
    "decimal": "decimal",
    "dec": "decimal",
    "numeric": "decimal",
    "timestamp": "timestamp",
}
# Least and greatest number of arguments of the functions with an ordinary call.
_FUNCTIONS = {
    "char_length": (1, 1),
    "character_length": (1, 1),
    "lower": (1, 1),
    "upper": (1, 1),
    "coalesce": (1, 1000),
    "nullif": (2, 2),
    "to_timestamp": (1, 1),
    "to_string": (2, 2),
    "utcnow": (0, 0),
}


class ExpressionParser(TokenCursor):
    """Parses scalar expressions, paths and function calls."""

    def __init__(self, tokens: list[Token]) -> None:
        """Start before the first of `tokens`."""
        super().__init__(tokens)
        self._depth = 0
        self._chained = 0
        self._special: dict[str, Callable[[], syntax.Expression]] = {
            "cast": self._cast,
            "case": self._case,
            "substring": self._substring,
            "trim": self._trim,
            "extract": self._extract,
            "date_add": self._date_function,
            "date_diff": self._date_function,
        }

    # Expressions, weakest binding first

    def _expression(self) -> syntax.Expression:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._token.error("MaxOperatorsExceeded")
        expression = self._chain("or", lambda: self._chain("and", self._not))
        self._depth -= 1
        return expression

    def _chain(
        self, operator: str, operand: Callable[[], syntax.Expression]
    ) -> syntax.Expression:
        operands = [operand()]
        while self._take(operator):
            operands.append(operand())
        if len(operands) == 1:
            return operands[0]
        return syntax.Logical(operator, tuple(operands))

    def _not(self) -> syntax.Expression:
        negated = False
        while self._take("not"):
            negated = not negated
        comparison = self._comparison()
        return syntax.Unary("not", comparison) if negated else comparison

    def _comparison(self) -> syntax.Expression:
        left = self._predicate()
        if self._token.kind is Kind.OPERATOR and self._token.text in _COMPARISONS:
            operator = self._advance().text
            return syntax.Binary(operator, left, self._predicate())
        return left

    def _chain_left(
        self, operator: str, left: syntax.Expression, right: syntax.Expression
    ) -> syntax.Expression:
        self._chained += 1
        if self._chained > _MAX_CHAINED:
            raise self._token.error("MaxOperatorsExceeded")
        return syntax.Binary(operator, left, right)

    def _predicate(self) -> syntax.Expression:
        operand = self._sum()
        while True:
            if self._take("is"):
                operand = self._is_test(operand)
                continue
            negated = self._at("not") and self._peek().text in ("in", "like", "between")
            if negated:
                self._advance()
            keyword = self._take("in", "between", "like")
            if keyword is None:
                return operand
            predicate = self._predicate_tail(keyword, operand)
            operand = syntax.Unary("not", predicate) if negated else predicate

    def _predicate_tail(
        self, keyword: str, operand: syntax.Expression
    ) -> syntax.Expression:
        if keyword == "in":
            self._expect("(", "ParseExpectedLeftParenBuiltinFunctionCall")
            return syntax.In(operand, self._arguments_until_paren())
        low = self._sum()
        if keyword == "like":
            escape = self._sum() if self._take("escape") else None
            return syntax.Like(operand, low, escape)
        self._expect("and", "ParseExpectedKeyword")
        return syntax.Between(operand, low, self._sum())

    def _is_test(self, operand: syntax.Expression) -> syntax.Expression:
        negated = self._take("not") is not None
        state = self._take("null", "missing")
        if state is None:
            raise self._token.error("ParseExpectedKeyword")
        test = syntax.IsTest(operand, state)
        return syntax.Unary("not", test) if negated else test

    def _sum(self) -> syntax.Expression:
        left = self._product()
        while operator := self._take("+", "-"):
            left = self._chain_left(operator, left, self._product())
        return left

    def _product(self) -> syntax.Expression:
        left = self._unary()
        while operator := self._take("*", "/", "%"):
            left = self._chain_left(operator, left, self._unary())
        return left

    def _unary(self) -> syntax.Expression:
        operator = self._take("-", "+")
        if operator is None:
            return self._primary()
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._token.error("MaxOperatorsExceeded")
        operand = self._unary()
        self._depth -= 1
        number = operand.value if isinstance(operand, syntax.Literal) else None
        if isinstance(number, int | float | Decimal) and not isinstance(number, bool):
            return syntax.Literal(-number if operator == "-" else number)
        return syntax.Unary(operator, operand)

    def _primary(self) -> syntax.Expression:
        token = self._token
        if token.kind is Kind.STRING:
            return syntax.Literal(self._advance().text)
        if token.kind is Kind.NUMBER:
            return syntax.Literal(_number(self._advance().text))
        if token.kind is Kind.ION:
            return syntax.TimestampLiteral(self._advance().text)
        if self._take("("):
            return self._parenthesised()
        if token.kind in (Kind.NAME, Kind.KEYWORD) and self._is_call():
            return self._call()
        if token.kind in (Kind.NAME, Kind.QUOTED_NAME):
            return self._path()
        if token.kind is Kind.KEYWORD:
            return self._keyword_value()
        operator = token.kind is Kind.OPERATOR and token.text in "<>=<=>=*/%"
        raise token.error(
            "ParseUnexpectedOperator" if operator else "ParseExpectedExpression"
        )

    def _parenthesised(self) -> syntax.Expression:
        if self._at("select"):
            raise self._token.error("ParseUnsupportedSelect")
        expression = self._expression()
        self._expect(")", "ParseExpectedTokenType")
        return expression

    def _keyword_value(self) -> syntax.Expression:
        values: dict[str, syntax.Expression] = {
            "true": syntax.Literal(True),
            "false": syntax.Literal(False),
            "null": syntax.Literal(None),
            "missing": syntax.MissingLiteral(),
        }
        if self._token.text not in values:
            raise self._token.error("ParseUnExpectedKeyword")
        return values[self._advance().text]

    def _path(self) -> syntax.Path:
        first = self._name("ParseInvalidPathComponent")
        return syntax.Path((first, *self._steps(wildcards=False)))

    def _steps(self, *, wildcards: bool) -> tuple[syntax.Step, ...]:
        steps: list[syntax.Step] = []
        while True:
            if self._take("."):
                steps.append(self._dot_step(wildcards=wildcards))
            elif self._take("["):
                steps.append(self._bracket_step(wildcards=wildcards))
            else:
                return tuple(steps)

    def _dot_step(self, *, wildcards: bool) -> syntax.Step:
        if self._at("*"):
            if not wildcards:
                raise self._token.error("ParseInvalidContextForWildcardInSelectList")
            self._advance()
            return syntax.Wildcard(of_list=False)
        return self._name("ParseInvalidPathComponent")

    def _bracket_step(self, *, wildcards: bool) -> syntax.Step:
        token = self._advance()
        step: syntax.Step
        if token.kind is Kind.STRING:
            step = syntax.Name(token.text, quoted=True)
        elif token.kind is Kind.NUMBER and token.text.isdecimal():
            step = syntax.Index(int(token.text))
        elif token.text == "*" and wildcards:
            step = syntax.Wildcard(of_list=True)
        else:
            raise token.error("ParseInvalidPathComponent")
        self._expect("]", "ParseExpectedTokenType")
        return step

    # Functions

    def _is_call(self) -> bool:
        name = self._token.text.lower()
        return self._peek().text == "(" or name in ("case", "cast")

    def _call(self) -> syntax.Expression:
        token = self._token
        name = token.text.lower()
        if special := self._special.get(name):
            return special()
        if name not in _FUNCTIONS and name not in _AGGREGATES:
            raise token.error("UnsupportedFunction")
        self._advance()
        self._advance()
        if name in _AGGREGATES:
            return self._aggregate(name)
        arguments = () if self._take(")") else self._arguments_until_paren()
        least, most = _FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            raise token.error("EvaluatorInvalidArguments")
        return syntax.Call(name, arguments)

    def _arguments_until_paren(self) -> tuple[syntax.Expression, ...]:
        arguments = [self._expression()]
        while self._take(","):
            arguments.append(self._expression())
        self._close()
        return tuple(arguments)

    def _close(self) -> None:
        self._expect(")", "ParseExpectedRightParenBuiltinFunctionCall")

    def _open(self) -> str:
        name = self._advance().text.lower()
        self._expect("(", "ParseExpectedLeftParenBuiltinFunctionCall")
        return name

    def _aggregate(self, name: str) -> syntax.Expression:
        if self._at("*"):
            if name != "count":
                raise self._token.error("ParseUnsupportedCallWithStar")
            self._advance()
            self._close()
            return syntax.Aggregate(name, None)
        if self._at("distinct"):
            raise self._token.error("ParseUnsupportedSyntax")
        if self._at(")"):
            raise self._token.error("ParseNonUnaryAgregateFunctionCall")
        argument = self._expression()
        if self._at(","):
            raise self._token.error("ParseNonUnaryAgregateFunctionCall")
        self._close()
        return syntax.Aggregate(name, argument)

    def _cast(self) -> syntax.Expression:
        self._advance()
        self._expect("(", "ParseExpectedLeftParenAfterCast")
        operand = self._expression()
        self._expect("as", "ParseCastArity")
        type_name = self._type_name()
        self._close()
        return syntax.Cast(operand, type_name)

    def _type_name(self) -> str:
        token = self._advance()
        if token.kind is not Kind.KEYWORD:
            raise token.error("ParseExpectedTypeName")
        if token.text not in _TYPES:
            raise token.error("InvalidDataType")
        if token.text == "double":
            self._take("precision")
        if self._take("("):
            self._type_parameters()
        return _TYPES[token.text]

    def _type_parameters(self) -> None:
        # "Amazon S3 Select ignores scale and precision when you provide both."
        while not self._take(")"):
            token = self._advance()
            if not (token.text.isdecimal() or token.text == ","):
                raise token.error("ParseInvalidTypeParam")

    def _case(self) -> syntax.Expression:
        self._advance()
        operand = None if self._at("when") else self._expression()
        branches: list[tuple[syntax.Expression, syntax.Expression]] = []
        while self._take("when"):
            condition = self._expression()
            self._expect("then", "ParseExpectedKeyword")
            branches.append((condition, self._expression()))
        if not branches:
            raise self._token.error("ParseExpectedWhenClause")
        otherwise = self._expression() if self._take("else") else None
        self._expect("end", "ParseExpectedKeyword")
        return syntax.Case(operand, tuple(branches), otherwise)

    def _substring(self) -> syntax.Expression:
        self._open()
        arguments = [self._expression()]
        if not self._take("from", ","):
            raise self._token.error("ParseExpectedArgumentDelimiter")
        arguments.append(self._expression())
        if self._take("for", ","):
            arguments.append(self._expression())
        self._close()
        return syntax.Call("substring", tuple(arguments))

    def _trim(self) -> syntax.Expression:
        self._open()
        side = self._take("leading", "trailing", "both")
        if side and self._take("from"):
            text = self._expression()
            self._close()
            return syntax.Call("trim", (text,), side)
        first = self._expression()
        if self._take("from"):
            text = self._expression()
            self._close()
            return syntax.Call("trim", (text, first), side or "both")
        if side:
            raise self._token.error("ParseExpectedKeyword")
        self._close()
        return syntax.Call("trim", (first,), "both")

    def _date_part(self, parts: frozenset[str]) -> str:
        token = self._advance()
        if token.text.lower() not in parts:
            raise token.error("ParseExpectedDatePart")
        return token.text.lower()

    def _extract(self) -> syntax.Expression:
        self._open()
        part = self._date_part(_DATE_PARTS | _ZONE_PARTS)
        self._expect("from", "ParseExpectedKeyword")
        operand = self._expression()
        self._close()
        return syntax.Call("extract", (operand,), part)

    def _date_function(self) -> syntax.Expression:
        name = self._open()
        part = self._date_part(_DATE_PARTS)
        self._expect(",", "ParseExpectedArgumentDelimiter")
        arguments = self._arguments_until_paren()
        if len(arguments) != 2:
            raise self._token.error("EvaluatorInvalidArguments")
        return syntax.Call(name, arguments, part)


def _number(text: str) -> int | Decimal | float:
    if text.isdecimal() and len(text) <= 19:
        return int(text)
    return float(text) if "e" in text.lower() else Decimal(text)
