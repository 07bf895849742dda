import pytest
from made_questions import CASE, CHOICE, ORDERING, RESPONSE, written

from mlslab.errors import DataError
from mlslab.questions.bank import load_bank, read_bank


def test_it_holds_all_files_and_knows_the_scenario(copy):
    folder = copy.root / "exam_scenarios" / "question_bank"
    written(folder, CHOICE)
    written(folder / "cases", CASE + ORDERING, "orchard.toml")
    bank = load_bank(copy)
    assert list(bank.questions) == ["one", "steps"]
    assert bank.scenario(bank.questions["steps"]) == "An orchard sells fruit."
    assert bank.scenario(bank.questions["one"]) == ""
    assert bank.of_case("orchard") == (bank.questions["steps"],)


def test_an_id_is_used_once_over_all_files(tmp_path):
    paths = [written(tmp_path, CHOICE), written(tmp_path, RESPONSE + CHOICE, "b.toml")]
    with pytest.raises(DataError, match=r"b\.toml: one: id: is used in bank\.toml"):
        read_bank(paths)
