"""The package, read by Anki's own library."""

import pytest
from anki.collection import Collection, ImportAnkiPackageRequest

from mlslab.cards.anki import write_package


@pytest.fixture
def collection(tmp_path):
    opened = Collection(str(tmp_path / "collection.anki2"))
    yield opened
    opened.close()


def imported(collection, path):
    return collection.import_anki_package(
        ImportAnkiPackageRequest(package_path=str(path))
    )


def test_anki_reads_it(cards, collection, tmp_path):
    write_package(cards, tmp_path / "cards.apkg")
    imported(collection, tmp_path / "cards.apkg")
    assert collection.card_count() == 4
    decks = {deck.name for deck in collection.decks.all_names_and_ids()}
    assert {"mlslab::Deck 0", "mlslab::Deck 1"} <= decks
    note = collection.get_note(collection.find_notes("tag:MLS-C01-1.1")[0])
    assert note["Front"] == "Front 0 <code>x</code>?"
    assert note["Back"] == "Back 0."
    assert "A &lt;page&gt;</a> (read 2026-11-23)" in note["Source"]


def test_a_second_import_doubles_nothing(cards, collection, tmp_path):
    for number in range(2):
        path = tmp_path / f"{number}.apkg"
        write_package(cards, path)
        imported(collection, path)
    assert collection.card_count() == 4
