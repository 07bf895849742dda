"""What the learner knows: FSRS's state of each card, kept in `cards.json`.

FSRS (https://github.com/open-spaced-repetition) models for each card how long it is
remembered, and asks again when the chance of recall has sunk to 90 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsrs

from mlslab.cards.deck import Flashcard
from mlslab.progress import home, put_aside, read_json, write_json

RATINGS = {
    "1": fsrs.Rating.Again,
    "2": fsrs.Rating.Hard,
    "3": fsrs.Rating.Good,
    "4": fsrs.Rating.Easy,
}
NEW_A_DAY = 20


@dataclass
class Memory:
    """The state of all cards that were seen; `path=None` keeps it in memory only.

    Attributes:
        path: its file.
        states: card id → FSRS's state.
        first_seen: card id → the day, in UTC.
        reviews: how often anything was answered.
    """

    path: Path | None = None
    states: dict[str, fsrs.Card] = field(default_factory=dict)
    first_seen: dict[str, str] = field(default_factory=dict)
    reviews: int = 0
    scheduler: fsrs.Scheduler = field(default_factory=fsrs.Scheduler)

    def due(
        self, cards: Sequence[Flashcard], now: datetime, new: int = NEW_A_DAY
    ) -> list[Flashcard]:
        """What to ask now: what is due, longest due first, then new cards.

        Args:
            cards: those to choose from.
            now: in UTC.
            new: how many cards may be new on one day.
        """
        seen = [card for card in cards if card.id in self.states]
        ready = [card for card in seen if self.states[card.id].due <= now]
        ready.sort(key=lambda card: self.states[card.id].due)
        today = sum(day == _day(now) for day in self.first_seen.values())
        fresh = [card for card in cards if card.id not in self.states]
        return [*ready, *fresh[: max(0, new - today)]]

    def answer(self, card: Flashcard, rating: fsrs.Rating, now: datetime) -> datetime:
        """Note how well it was known; gives the time of the next question, in UTC."""
        state = self.states.get(card.id) or fsrs.Card(card_id=len(self.states) + 1)
        self.states[card.id], _ = self.scheduler.review_card(state, rating, now)
        self.first_seen.setdefault(card.id, _day(now))
        self.reviews += 1
        self.save()
        return self.states[card.id].due

    def save(self) -> None:
        """Write the file, if there is one."""
        if self.path is not None:
            kept: dict[str, Any] = {
                "states": {name: s.to_dict() for name, s in self.states.items()},
                "first_seen": self.first_seen,
                "reviews": self.reviews,
            }
            write_json(self.path, kept)


def load_memory(path: Path | None = None) -> Memory:
    """What was kept, by default below `home()`; a damaged file is put aside."""
    path = path or home() / "cards.json"
    kept = read_json(path)
    if kept is None:
        return Memory(path)
    try:
        states = {name: fsrs.Card.from_dict(s) for name, s in kept["states"].items()}
        return Memory(path, states, dict(kept["first_seen"]), kept["reviews"])
    except (KeyError, TypeError, ValueError, AttributeError):
        put_aside(path)
        return Memory(path)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()
