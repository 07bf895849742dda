from pathlib import Path

import pytest

from mlslab.cards.deck import folder, from_reference, load_cards
from mlslab.course import load_course
from mlslab.errors import DataError
from mlslab.reference.rows import load_reference

COURSE = load_course(Path(__file__).parents[3])

CARD = """\
deck = "Fruit"

[[card]]
id = "apple"
front = "What is an apple?"
back = "A fruit."
tasks = ["1.1"]
checked = "2026-11-23"
source = { title = "A page", address = "https://docs.aws.amazon.com/page.html" }
"""


def written(course, text, name="fruit.toml"):
    path = folder(course) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_card_is_read(copy):
    written(copy, CARD)
    (card,) = load_cards(copy)
    assert (card.id, card.deck, card.back) == ("apple", "Fruit", "A fruit.")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('back = "A fruit."', "", "card apple: back: is missing"),
        ("https://docs", "http://docs", "card apple source: address: begins"),
        ("back =", "bak = 1\nback =", "card apple: bak: nobody reads"),
    ],
)
def test_errors_name_the_card_and_the_field(copy, old, new, says):
    written(copy, CARD.replace(old, new))
    with pytest.raises(DataError) as error:
        load_cards(copy)
    assert says in str(error.value)


def test_an_id_is_used_once_over_all_decks(copy):
    written(copy, CARD)
    written(copy, CARD, "more.toml")
    with pytest.raises(DataError, match="is used by two cards"):
        load_cards(copy)


def test_the_course_has_its_cards_and_each_its_source():
    cards = load_cards(COURSE)
    assert len(cards) >= 200
    assert len({card.id for card in cards}) == len(cards)
    assert all(card.source.address.startswith("https://") for card in cards)


def test_the_references_ask_for_cards_of_their_own():
    reference = load_reference(COURSE)
    cards = list(from_reference(reference))
    backs = {card.id: card.back for card in cards}
    for row in reference.algorithms:
        assert backs[f"algorithm-{row.id}-choose"] == row.choose_when
        assert all(
            f"`{t}`" in backs[f"algorithm-{row.id}-data"] for t in row.content_types
        )
    for service in reference.closed:
        name = f"closed-{'-'.join(service.name.lower().split())}"
        assert service.state in backs[name] and service.instead[:-1] in backs[name]
