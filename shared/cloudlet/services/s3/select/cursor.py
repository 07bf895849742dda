"""A cursor over the tokens of a query, for the parsers."""

from cloudlet.services.s3.select import syntax
from cloudlet.services.s3.select.lexer import Kind, Token


class TokenCursor:
    """Looks at tokens and takes them, one by one."""

    def __init__(self, tokens: list[Token]) -> None:
        """Start before the first of `tokens`, of which the last is END."""
        self._tokens = tokens
        self._position = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._position]

    def _peek(self, ahead: int = 1) -> Token:
        return self._tokens[min(self._position + ahead, len(self._tokens) - 1)]

    def _advance(self) -> Token:
        token = self._token
        self._position = min(self._position + 1, len(self._tokens) - 1)
        return token

    def _at(self, text: str) -> bool:
        token = self._token
        return token.text == text and token.kind in (Kind.KEYWORD, Kind.OPERATOR)

    def _take(self, *texts: str) -> str | None:
        if any(self._at(text) for text in texts):
            return self._advance().text
        return None

    def _expect(self, text: str, code: str) -> None:
        if not self._take(text):
            raise self._token.error(code)

    def _name(self, code: str) -> syntax.Name:
        token = self._token
        if token.kind not in (Kind.NAME, Kind.QUOTED_NAME):
            raise token.error(code)
        self._advance()
        return syntax.Name(token.text, token.kind is Kind.QUOTED_NAME)
