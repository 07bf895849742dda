"""The cards: written ones, and those that the quick references ask for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlslab.course import Course
from mlslab.errors import DataError
from mlslab.questions.model import Source
from mlslab.questions.reading import read_source
from mlslab.reference.rows import Reference, load_reference
from mlslab.tables import Table, read_table


@dataclass(frozen=True)
class Flashcard:
    """One question with one short answer.

    Attributes:
        id: stable; what the learner knows is kept under it.
        deck: what it is about.
        front, back: the question and the answer.
        tasks: of MLS-C01.
        source: where the answer stands.
        checked: the day on which somebody last read it there.
    """

    id: str
    deck: str
    front: str
    back: str
    tasks: tuple[str, ...]
    source: Source
    checked: str


def folder(course: Course) -> Path:
    """Where the written cards are."""
    return course.root / "exam_scenarios" / "cards"


def load_cards(course: Course) -> tuple[Flashcard, ...]:
    """All cards, deck by deck; raises `DataError`, also for an id used twice."""
    cards: list[Flashcard] = []
    for path in sorted(folder(course).glob("*.toml")):
        cards += _read(path)
    cards += from_reference(load_reference(course))
    seen: set[str] = set()
    for card in cards:
        if card.id in seen:
            raise DataError(folder(course), card.id, "id", "is used by two cards")
        seen.add(card.id)
    return tuple(cards)


def from_reference(reference: Reference) -> Iterator[Flashcard]:
    """What a row of a quick reference can be asked."""
    days = reference.checked
    for row in reference.algorithms:
        about = ("Algorithms", ("3.2",), row.source, days[0])
        yield _card(
            f"algorithm-{row.id}-choose",
            f"When do you choose the built-in algorithm {row.name} ({row.task})?",
            row.choose_when,
            about,
        )
        yield _card(
            f"algorithm-{row.id}-not",
            f"When is {row.name} the wrong choice?",
            row.not_when,
            about,
        )
        yield _card(
            f"algorithm-{row.id}-data",
            f"What training data does {row.name} read?",
            _spoken([f"`{name}`" for name in row.content_types]),
            about,
        )
        if row.required:
            yield _card(
                f"algorithm-{row.id}-required",
                f"Which hyperparameters must a job with {row.name} be given?",
                _spoken([n if "`" in n else f"`{n}`" for n in row.required]),
                ("Algorithms", ("3.3",), row.source, days[0]),
            )
    for instance in reference.instances:
        yield _card(
            f"instance-{instance.family.removeprefix('ml.')}",
            f"What is `{instance.family}`, and what is it good for?",
            f"{instance.kind}; accelerator: {instance.accelerator}."
            f" {_sentence(instance.good_for)}",
            ("Instances", ("4.1",), instance.source, days[1]),
        )
    for lever in reference.levers:
        yield _card(
            f"cost-{lever.id}",
            f"{lever.name}: what does it save, and what is the catch?",
            f"{_sentence(lever.saves)} {_sentence(lever.catch)}",
            ("Cost", ("4.2",), lever.source, days[2]),
        )
    for service in reference.closed:
        yield _card(
            f"closed-{'-'.join(service.name.lower().split())}",
            f"Can a new account use {service.name}? If not, what instead?",
            f"No: {service.state}. Instead: {_sentence(service.instead)}",
            ("Closed services", ("4.2",), service.source, days[3]),
        )


def _read(path: Path) -> Iterator[Flashcard]:
    top = read_table(path)
    deck = top.text("deck")
    for row in top.tables("card"):
        yield _written(row, deck)
    top.done()


def _written(row: Table, deck: str) -> Flashcard:
    card = Flashcard(
        id=row.text("id"),
        deck=deck,
        front=row.text("front"),
        back=row.text("back"),
        tasks=row.texts("tasks"),
        source=read_source(row.table("source")),
        checked=row.text("checked"),
    )
    row.done()
    return card


def _card(
    name: str, front: str, back: str, about: tuple[str, tuple[str, ...], Source, str]
) -> Flashcard:
    deck, tasks, source, checked = about
    return Flashcard(name, deck, front, back, tasks, source, checked)


def _spoken(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names) + "."
    return f"{', '.join(names[:-1])} and {names[-1]}."


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
