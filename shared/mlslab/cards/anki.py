"""The cards as an Anki package, by genanki."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import genanki

from mlslab.cards.deck import Flashcard
from mlslab.show import marked

#: Ids of Anki's are numbers; a later export has to have the same ones.
_MODEL = 1_607_392_319
_CSS = ".card { font: 20px sans-serif; text-align: center; } small { color: #666; }"


def write_package(cards: Sequence[Flashcard], path: Path) -> None:
    """Write `path`, an `.apkg`: a deck of `mlslab::…` for each of ours.

    A note's id is made from its card's, so that an import of a later export updates the
    notes that are there, and keeps what Anki knows of them.
    """
    model = genanki.Model(
        _MODEL,
        "mlslab",
        fields=[{"name": "Front"}, {"name": "Back"}, {"name": "Source"}],
        templates=[
            {
                "name": "Card",
                "qfmt": "{{Front}}",
                "afmt": "{{FrontSide}}<hr id=answer>{{Back}}"
                "<br><small>{{Source}}</small>",
            }
        ],
        css=_CSS,
    )
    decks = {
        name: genanki.Deck(_number(name), f"mlslab::{name}") for name in _names(cards)
    }
    for card in cards:
        decks[card.deck].add_note(
            genanki.Note(
                model=model,
                fields=[marked(card.front), marked(card.back), _source(card)],
                tags=[f"MLS-C01-{task}" for task in card.tasks],
                guid=genanki.guid_for("mlslab", card.id),
            )
        )
    genanki.Package(list(decks.values())).write_to_file(str(path))


def _names(cards: Sequence[Flashcard]) -> list[str]:
    return list(dict.fromkeys(card.deck for card in cards))


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big")


def _source(card: Flashcard) -> str:
    title, address = marked(card.source.title), marked(card.source.address)
    return f'<a href="{address}">{title}</a> (read {card.checked})'
