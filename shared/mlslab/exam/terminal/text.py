"""Text of questions for the terminal: no markup of its own, code in backticks bold."""

import re

from rich.text import Text


def spoken(text: str) -> Text:
    """The text, with what is in backticks in bold and without them."""
    shown = Text()
    for place, part in enumerate(re.split(r"`([^`]+)`", text)):
        shown.append(part, style="bold" if place % 2 else "")
    return shown
