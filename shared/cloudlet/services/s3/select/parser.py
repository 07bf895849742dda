"""The clauses of a query: SELECT … FROM … WHERE … LIMIT …."""

from cloudlet.errors import AwsError
from cloudlet.services.s3.select import syntax
from cloudlet.services.s3.select.errors import select_error
from cloudlet.services.s3.select.expressions import ExpressionParser
from cloudlet.services.s3.select.lexer import Kind, tokenize

MAX_EXPRESSION_BYTES = 256 * 1024
# A bound of ours.
_MAX_TOKENS = 20_000
_OTHER_STATEMENTS = frozenset({"insert", "update", "delete", "create", "drop", "alter"})


def parse(expression: str) -> syntax.Query:
    """The syntax tree of one SELECT.

    Raises:
        AwsError: ExpressionTooLong, MaxOperatorsExceeded, or one of S3 Select's
            Lexer… and Parse… codes.
    """
    if len(expression.encode()) > MAX_EXPRESSION_BYTES:
        raise select_error("ExpressionTooLong")
    tokens = tokenize(expression)
    if len(tokens) > _MAX_TOKENS:
        raise select_error("MaxOperatorsExceeded")
    return _Parser(tokens).query()


class _Parser(ExpressionParser):
    def query(self) -> syntax.Query:
        """SELECT … FROM … [WHERE …] [LIMIT …], and nothing after it."""
        self._select_keyword()
        items = self._select_list()
        self._expect("from", "ParseSelectMissingFrom")
        source = self._source()
        alias = self._source_alias()
        where = self._expression() if self._take("where") else None
        limit = self._limit() if self._take("limit") else None
        self._take(";")
        if self._token.kind is not Kind.END:
            raise self._trailing_error()
        return syntax.Query(items, source, alias, where, limit)

    def _select_keyword(self) -> None:
        if self._token.text.lower() in _OTHER_STATEMENTS:
            raise self._token.error("UnsupportedSqlOperation")
        self._expect("select", "ParseExpectedKeyword")
        if self._at("distinct") or self._at("all"):
            raise self._token.error("ParseUnsupportedSyntax")
        if self._at("from") or self._token.kind is Kind.END:
            raise self._token.error("ParseEmptySelect")

    def _trailing_error(self) -> AwsError:
        codes = {
            "group": "ParseExpectedIdentForGroupName",
            "join": "ParseMalformedJoin",
            "inner": "ParseMalformedJoin",
            "left": "ParseMalformedJoin",
            "right": "ParseMalformedJoin",
            "cross": "ParseMalformedJoin",
            ",": "MultipleDataSourcesUnsupported",
        }
        unsupported = ("order", "having", "union", "intersect", "except")
        default = "ParseUnexpectedToken"
        if self._token.kind is Kind.KEYWORD:
            known = self._token.text in unsupported
            default = "ParseUnsupportedSyntax" if known else "ParseUnExpectedKeyword"
        return self._token.error(codes.get(self._token.text, default))

    def _select_list(self) -> tuple[syntax.Item | syntax.Star, ...]:
        items = [self._item()]
        while self._take(","):
            items.append(self._item())
        if len(items) > 1 and any(item == syntax.Star() for item in items):
            raise self._token.error("ParseAsteriskIsNotAloneInSelectList")
        return tuple(items)

    def _item(self) -> syntax.Item | syntax.Star:
        if self._take("*"):
            return syntax.Star()
        qualified = self._peek().text == "." and self._peek(2).text == "*"
        if self._token.kind in (Kind.NAME, Kind.QUOTED_NAME) and qualified:
            alias = self._name("ParseInvalidPathComponent")
            self._advance()
            self._advance()
            return syntax.Star(alias)
        expression = self._expression()
        return syntax.Item(expression, self._item_alias())

    def _item_alias(self) -> str | None:
        if self._take("as"):
            return self._name("ParseExpectedIdentForAlias").text
        if self._token.kind in (Kind.NAME, Kind.QUOTED_NAME):
            return self._advance().text
        return None

    def _source(self) -> tuple[syntax.Step, ...]:
        if self._at("("):
            raise self._token.error("ParseUnsupportedSelect")
        table = self._token
        if self._name("ParseExpectedTokenType").text.lower() != "s3object":
            raise table.error("EvaluatorBindingDoesNotExist")
        steps = self._steps(wildcards=True)
        if not steps:
            return ()
        # "If you include a path, you must also use the wildcard."
        if steps[0] != syntax.Wildcard(of_list=True):
            raise table.error("InvalidKeyPath")
        return steps[1:]

    def _source_alias(self) -> syntax.Name | None:
        if self._take("as"):
            return self._name("ParseExpectedIdentForAlias")
        if self._token.kind in (Kind.NAME, Kind.QUOTED_NAME):
            return self._name("ParseExpectedIdentForAlias")
        return None

    def _limit(self) -> int:
        if self._take("-"):
            raise self._token.error("EvaluatorNegativeLimit")
        token = self._advance()
        if token.kind is not Kind.NUMBER or not token.text.isdecimal():
            raise token.error("ParseExpectedNumber")
        return min(int(token.text), 2**62)
