"""A few cards."""

import pytest

from mlslab.cards.deck import Flashcard
from mlslab.questions.model import Source


@pytest.fixture
def cards() -> tuple[Flashcard, ...]:
    source = Source("A <page>", "https://docs.aws.amazon.com/page.html")
    return tuple(
        Flashcard(
            f"c{n}",
            f"Deck {n % 2}",
            f"Front {n} `x`?",
            f"Back {n}.",
            ("1.1",),
            source,
            "2026-11-23",
        )
        for n in range(4)
    )
