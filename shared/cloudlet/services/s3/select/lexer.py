"""Text of a query → tokens, each with its line and column for error messages."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from cloudlet.errors import AwsError
from cloudlet.services.s3.select.errors import select_error

# "Reserved keywords" of the SQL reference: as a column name they must be quoted.
_RESERVED = """
absolute action add all allocate alter and any are as asc assertion at
authorization avg bag begin between bit bit_length blob bool boolean both by
cascade cascaded case cast catalog char char_length character character_length
check clob close coalesce collate collation column commit connect connection
constraint constraints continue convert corresponding count create cross current
current_date current_time current_timestamp current_user cursor date day
deallocate dec decimal declare default deferrable deferred delete desc describe
descriptor diagnostics disconnect distinct domain double drop else end end-exec
escape except exception exec execute exists external extract false fetch first
float for foreign found from full get global go goto grant group having hour
identity immediate in indicator initially inner input insensitive insert int
integer intersect interval into is isolation join key language last leading left
level like limit list local lower match max min minute missing module month
names national natural nchar next no not null nullif numeric octet_length of on
only open option or order outer output overlaps pad partial pivot position
precision prepare preserve primary prior privileges procedure public read real
references relative restrict revoke right rollback rows schema scroll second
section select session session_user set sexp size smallint some space sql
sqlcode sqlerror sqlstate string struct substring sum symbol system_user table
temporary then time timestamp timezone_hour timezone_minute to trailing
transaction translate translation trim true tuple union unique unknown unpivot
update upper usage user using value values varchar varying view when whenever
where with work write year zone
"""
RESERVED = frozenset(_RESERVED.split())


class Kind(Enum):
    """What a token is."""

    KEYWORD = auto()
    NAME = auto()
    QUOTED_NAME = auto()
    STRING = auto()
    NUMBER = auto()
    ION = auto()
    OPERATOR = auto()
    END = auto()


@dataclass(frozen=True)
class Token:
    """A token; `text` is lower case for keywords, unquoted for strings and names."""

    kind: Kind
    text: str
    line: int
    column: int

    def error(self, code: str) -> AwsError:
        """The error `code`, pointing at this token."""
        found = "the end of the expression" if self.kind is Kind.END else self.text
        where = f"line {self.line}, column {self.column}"
        return select_error(code, f"Found {found[:80]!r} at {where}.")


_PATTERN = re.compile(
    r"""(?P<space>\s+|--[^\n]*)
    |(?P<string>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<ion>`[^`]*`)
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d][\w$]*)
    |(?P<operator><>|!=|<=|>=|[-+*/%=<>(),.;\[\]])""",
    re.VERBOSE,
)
_KINDS = {
    "string": Kind.STRING,
    "quoted": Kind.QUOTED_NAME,
    "ion": Kind.ION,
    "number": Kind.NUMBER,
    "operator": Kind.OPERATOR,
}


def tokenize(expression: str) -> list[Token]:
    """The tokens of `expression`, with an END token last.

    Raises:
        AwsError: LexerInvalidChar, LexerInvalidLiteral for an unclosed string.
    """
    tokens: list[Token] = []
    position, line, line_start = 0, 1, 0
    while position < len(expression):
        column = position - line_start + 1
        match = _PATTERN.match(expression, position)
        if match is None:
            raise _bad_character(expression[position], line, column)
        if match.lastgroup != "space":
            tokens.append(_token(match, line, column))
        newlines = match.group().count("\n")
        if newlines:
            line += newlines
            line_start = match.start() + match.group().rindex("\n") + 1
        position = match.end()
    return [*tokens, Token(Kind.END, "", line, position - line_start + 1)]


def _token(match: re.Match[str], line: int, column: int) -> Token:
    group, text = str(match.lastgroup), match.group()
    if group == "word":
        keyword = text.lower() in RESERVED
        kind = Kind.KEYWORD if keyword else Kind.NAME
        return Token(kind, text.lower() if keyword else text, line, column)
    if group in ("string", "quoted", "ion"):
        quote = text[0]
        text = text[1:-1].replace(quote * 2, quote)
    return Token(_KINDS[group], "<>" if text == "!=" else text, line, column)


def _bad_character(character: str, line: int, column: int) -> AwsError:
    unclosed = character in "'\"`"
    code = "LexerInvalidLiteral" if unclosed else "LexerInvalidChar"
    return Token(Kind.OPERATOR, character, line, column).error(code)
