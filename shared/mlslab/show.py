"""Showing things in a notebook, with a plain text for everything else."""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlslab.checks import Outcome, Status

_SIGN = {
    Status.PASSED: ("✓", "Passed", "#1a7f37"),
    Status.INCORRECT: ("✗", "Not yet", "#b35900"),
    Status.NOT_ATTEMPTED: ("○", "Not attempted", "#57606a"),
}


@dataclass(frozen=True)
class Card:
    """A heading and lines of text; `code` in backticks is set as code."""

    heading: str
    lines: tuple[str, ...] = ()
    colour: str = "#0969da"

    def __repr__(self) -> str:
        return "\n".join([self.heading, *(f"  {line}" for line in self.lines)])

    def _repr_html_(self) -> str:
        body = "".join(f"<div>{marked(line)}</div>" for line in self.lines)
        return (
            f'<div style="border-left:4px solid {self.colour};padding:4px 12px;'
            'line-height:1.5">'
            f"<strong>{marked(self.heading)}</strong>{body}</div>"
        )


@dataclass(frozen=True)
class Rows:
    """A small table."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __repr__(self) -> str:
        return "\n".join([self.heading, *text_table(self.columns, self.rows)])

    def _repr_html_(self) -> str:
        def row(cells: Iterable[str], tag: str) -> str:
            inner = "".join(
                f'<{tag} style="text-align:left;padding:2px 12px 2px 0">'
                f"{marked(cell)}</{tag}>"
                for cell in cells
            )
            return f"<tr>{inner}</tr>"

        rows = "".join(row(cells, "td") for cells in self.rows)
        return (
            f"<strong>{marked(self.heading)}</strong>"
            f"<table><thead>{row(self.columns, 'th')}</thead>"
            f"<tbody>{rows}</tbody></table>"
        )


def text_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines with the cells under each other."""
    table = [tuple(columns), *map(tuple, rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(columns))]
    return [
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in table
    ]


def outcome_card(outcome: Outcome) -> Card:
    """How a check came out; the next step, if there is one, in the last line."""
    sign, word, colour = _SIGN[outcome.status]
    check = outcome.check
    heading = f"{sign} {word}: {check.title} ({outcome.points} of {check.points})"
    lines = [outcome.message] if outcome.message else []
    if outcome.status is Status.INCORRECT:
        lines.append(f'`lab.hint("{check.name}")` gives a hint.')
    return Card(heading, tuple(lines), colour)


def show(item: object) -> None:
    """Display in IPython, or print."""
    try:
        from IPython.core.getipython import get_ipython
        from IPython.display import display
    except ImportError:
        print(repr(item))
        return
    if get_ipython() is None:
        print(repr(item))
    else:
        display(item)


def marked(text: str) -> str:
    """The text as HTML, with what is in backticks set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
