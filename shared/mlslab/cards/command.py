"""`mlslab cards`: what its options ask for."""

import argparse
from collections import Counter
from pathlib import Path

from mlslab.cards import memory as memories
from mlslab.cards.deck import Flashcard, load_cards
from mlslab.course import Course
from mlslab.errors import MlslabError
from mlslab.show import text_table


def add_options(cards: argparse.ArgumentParser) -> None:
    """The options of `mlslab cards`."""
    cards.add_argument(
        "--deck", action="append", default=[], metavar="NAME", help="these decks alone"
    )
    cards.add_argument(
        "--task", action="append", default=[], metavar="N.N", help="these tasks alone"
    )
    cards.add_argument(
        "--new",
        type=int,
        default=memories.NEW_A_DAY,
        metavar="N",
        help=f"so many new cards a day ({memories.NEW_A_DAY})",
    )
    cards.add_argument(
        "--status", action="store_true", help="show the decks, and what is due"
    )
    cards.add_argument(
        "--export", type=Path, metavar="FILE", help="write an Anki package, .apkg"
    )


def cards(course: Course, options: argparse.Namespace) -> int:
    """Ask what is due, or what else the options ask for; gives the exit code."""
    chosen = _chosen(load_cards(course), options)
    if options.export:
        return _export(chosen, options.export)
    memory = memories.load_memory()
    if options.status:
        print("\n".join(status(chosen, memory)))
        return 0
    from mlslab.cards.terminal import CardsApp

    answered = CardsApp(chosen, memory, options.new).run()
    print(f"{answered or 0} answered. `mlslab cards --status` shows what is due.")
    return 0


def status(cards: tuple[Flashcard, ...], memory: memories.Memory) -> list[str]:
    """One line for each deck: cards, seen, due."""
    due = {c.id for c in memory.due(cards, memories.now(), new=0)}
    seen = Counter(card.deck for card in cards if card.id in memory.states)
    ready = Counter(card.deck for card in cards if card.id in due)
    rows = [
        (deck, str(count), str(seen[deck]), str(ready[deck]))
        for deck, count in Counter(card.deck for card in cards).items()
    ]
    total = ("all", str(len(cards)), str(seen.total()), str(ready.total()))
    return text_table(("deck", "cards", "seen", "due"), [*rows, total])


def _chosen(
    cards: tuple[Flashcard, ...], options: argparse.Namespace
) -> tuple[Flashcard, ...]:
    decks = {card.deck for card in cards}
    for name in options.deck:
        if name not in decks:
            raise MlslabError(
                f"there is no deck {name!r}; there are {', '.join(sorted(decks))}"
            )
    chosen = tuple(
        card
        for card in cards
        if (not options.deck or card.deck in options.deck)
        and (not options.task or set(options.task) & set(card.tasks))
    )
    if not chosen:
        raise MlslabError("no card fits all that was asked for")
    return chosen


def _export(cards: tuple[Flashcard, ...], path: Path) -> int:
    from mlslab.cards.anki import write_package

    if path.suffix != ".apkg":
        raise MlslabError(f"{path.name}: an Anki package ends in .apkg")
    write_package(cards, path)
    print(f"written: {path}, {len(cards)} cards")
    return 0
