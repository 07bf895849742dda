"""Text that comes from submissions, made fit to be read.

Markup is not dealt with here but by Jinja's escaping. What is: characters that nobody
sees and that change what others see, terminal colours, and texts without end.
"""

import re
import unicodedata

from markupsafe import Markup, escape
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters.html import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]

from mlslab.show import marked

TEXT = 4_000
"""Characters of a message that are shown."""
CODE = 20_000
"""Characters of an answer or a diff that are shown."""
#: Lines up to which code is coloured: blank ones cost Pygments the square of their
#: number, and nobody writes so many for an exercise.
_COLOURED = 1_000

#: Escape sequences of ECMA-48: colours and cursor movements, and titles or links, the
#: latter only if they are ended, so that nothing behind an open one is lost.
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
#: Line ends, and the joiners without which emoji and Persian are not written.
_NEEDED = "\n\t\u200c\u200d"


def visible(text: str) -> str:
    """The text with a name in place of each character that does not show itself.

    These are controls, NUL among them, what turns the direction of writing, zero-width
    characters and lone surrogates: U+202E becomes `⟨U+202E⟩`.
    """
    if text.isprintable():
        return text
    return "".join(map(_visible, text.replace("\r\n", "\n")))


def plain(text: str, limit: int = TEXT) -> str:
    """A message or name: cut with a note, without terminal colours, `visible`."""
    shown = visible(_ANSI.sub("", text[:limit]))
    if len(text) > limit:
        shown += f" … (cut: the first {limit:,} of {len(text):,} characters are shown)"
    return shown


def message(text: str, limit: int = TEXT) -> Markup:
    """A message as HTML: what is in backticks as code, all else as text."""
    return Markup(marked(plain(text, limit)))


def code(text: str, language: str = "python", limit: int = CODE) -> Markup:
    """Code as HTML in Pygments's classes; no character of it is dropped.

    Args:
        text: the code; what is over `limit` characters is left out without a word.
        language: Pygments's name of it, `python` or `diff`.
        limit: in characters.
    """
    shown = visible(text[:limit])
    if shown.count("\n") > _COLOURED:
        return escape(shown)
    lexer = get_lexer_by_name(language, stripnl=False)
    return Markup(highlight(shown, lexer, HtmlFormatter(nowrap=True)))


def _visible(character: str) -> str:
    if character.isprintable() or character in _NEEDED:
        return character
    if unicodedata.category(character) == "Zs":
        return character
    return f"⟨U+{ord(character):04X}⟩"
