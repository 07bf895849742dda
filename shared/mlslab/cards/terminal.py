"""Cards in the terminal, full screen, by Textual."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Footer, Static

from mlslab.cards import memory as memories
from mlslab.cards.deck import Flashcard
from mlslab.cards.memory import RATINGS, Memory
from mlslab.exam.terminal.text import spoken


class CardsApp(App[int]):
    """Ask what is due; gives how many cards were answered."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "mlslab cards"
    CSS = """
    #head { background: $primary; color: $text; padding: 0 2; text-style: bold; }
    #page { padding: 2 4; }
    #back { margin-top: 1; border-top: solid $primary; padding-top: 1; }
    #source { color: $text-muted; margin-top: 1; }
    """
    # All of them with priority: handled in the order in which they are typed.
    BINDINGS: ClassVar[list[Any]] = [
        Binding("space,enter", "turn", "Turn", priority=True),
        Binding("1", "rate('1')", "Again", priority=True),
        Binding("2", "rate('2')", "Hard", priority=True),
        Binding("3", "rate('3')", "Good", priority=True),
        Binding("4", "rate('4')", "Easy", priority=True),
        Binding("q,ctrl+c", "leave", "Leave", priority=True),
    ]

    def __init__(
        self,
        cards: Sequence[Flashcard],
        memory: Memory,
        new: int = memories.NEW_A_DAY,
        now: Callable[[], datetime] = memories.now,
    ) -> None:
        super().__init__()
        self._cards, self._memory, self._new, self._now = cards, memory, new, now
        self.card: Flashcard | None = None
        self.turned = False
        self.answered = 0

    def compose(self) -> ComposeResult:
        """A line that stands, the card, the keys."""
        yield Static(id="head")
        with VerticalScroll(id="page"):
            yield Static(id="front")
            yield Static(id="back")
            yield Static(id="source")
        yield Footer()

    def on_mount(self) -> None:
        """Ask the first card."""
        self._ask()

    def action_turn(self) -> None:
        """Show the back."""
        if self.card is not None and not self.turned:
            self.turned = True
            self._show()

    def action_rate(self, key: str) -> None:
        """Note how well it was known, and ask the next one."""
        if self.card is None or not self.turned:
            return
        now = self._now()
        due = self._memory.answer(self.card, RATINGS[key], now)
        self.answered += 1
        self.notify(f"asked again in {said(due - now)}", timeout=2)
        self._ask()

    def action_leave(self) -> None:
        """End; all answers are kept already."""
        self.exit(self.answered)

    def _ask(self) -> None:
        due = self._memory.due(self._cards, self._now(), self._new)
        self.card = due[0] if due else None
        self.turned = False
        new = sum(card.id not in self._memory.states for card in due)
        self.query_one("#head", Static).update(
            f"{len(due) - new} due, {new} new  ·  {self.answered} answered"
        )
        self._show()

    def _show(self) -> None:
        card = self.card
        front, back, source = (
            self.query_one(name, Static) for name in ("#front", "#back", "#source")
        )
        back.display = source.display = self.turned
        if card is None:
            front.update("Nothing is due. q leaves.")
            return
        front.update(spoken(f"{card.deck}\n\n{card.front}"))
        back.update(spoken(card.back))
        source.update(
            f"{card.source.title}\n{card.source.address}\nread {card.checked}"
        )


def said(time: timedelta) -> str:
    """A time until the next question: `10 min`, `3 days`."""
    minutes = max(1, round(time.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{round(minutes / 60)} h"
    days = round(minutes / 60 / 24)
    return "1 day" if days == 1 else f"{days} days"
