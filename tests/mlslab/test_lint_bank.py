"""The linter of the question bank: each rule meets what it forbids."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "questions"))

from made_questions import CASE, CHOICE, MATCHING, ORDERING, many, toml, written

from mlslab.course import load_course
from mlslab.lint import lint_bank
from mlslab.lint.bank_balance import domain_shares
from mlslab.questions.bank import load_bank

COURSE = load_course(Path(__file__).parents[2])


def findings(course, *paths):
    return [str(finding) for finding in lint_bank(course, paths)]


def test_good_questions_have_no_findings(copy, tmp_path):
    assert findings(copy, written(tmp_path, ORDERING + MATCHING)) == []


@pytest.mark.parametrize(
    ("text", "old", "new", "problem"),
    [
        (CHOICE, '["1.1"]\nmla', '["9.9"]\nmla', "MLS-C01 has no task 9.9"),
        (CHOICE, 'mla_c01 = ["1.1"]', 'mla_c01 = ["7.1"]', "MLA-C01 has no task 7.1"),
        (CHOICE, 'lab = "101"', 'lab = "999"', "no lab 999"),
        (CHOICE, "Dates are sweet", "Bananas are long", "two options say the same"),
        (CHOICE, "Dates are sweet", "All of the above", "stands for others"),
        (CHOICE, "Dates are left out.", "Bananas fit.", "two reasons are the same"),
        (CHOICE, "Dates are left out.", "This is wrong.", "d shares no word"),
        (CHOICE, "Dates are left out.", "Dates: see option b.", "d points at an"),
        (CHOICE, "Which fruit, one?", "Name a fruit.", "asks nothing"),
        (CHOICE, "Which fruit, one?", "Which fruit? Choose two.", "says how many"),
        (ORDERING, "Which fruit,", "Put the fruit in order,", "says how to answer"),
        (CHOICE, "2026-11-23", "2126-11-23", "checked in the future"),
        (CHOICE, '  { key = "c"', '  # { key = "c"', "with 3 options"),
    ],
)
def test_a_finding_names_the_question(copy, tmp_path, text, old, new, problem):
    text = (
        text.replace('  { key = "e"', '  # { key = "e"') if "3 opt" in problem else text
    )
    assert old in text
    found = findings(copy, written(tmp_path, text.replace(old, new)))
    assert any(problem in f and f.startswith("bank.toml ") for f in found), found


def test_a_closed_service_is_said_to_be_closed(copy, tmp_path):
    place = copy.root / "exam_scenarios" / "reference"
    place.mkdir(parents=True)
    (place / "closed_services.toml").write_text(
        'checked = "2026-11-23"\n[[service]]\nname = "Amazon Old"\n'
        'names = ["Amazon Old"]\nstate = "closed"\ninstead = "Amazon New"\n'
        'source = { title = "P", address = "https://docs.aws.amazon.com/" }\n'
    )
    asked = CHOICE.replace("Dates are sweet", "Dates of Amazon Old")
    (finding,) = findings(copy, written(tmp_path, asked))
    assert "does not say that Amazon Old has closed" in finding
    told = asked.replace(
        "Dates are left out.", "Dates: it takes no new customers, closed."
    )
    assert findings(copy, written(tmp_path, told)) == []


def test_a_case_needs_several_questions_and_its_diagram(copy, tmp_path):
    head = f'{CASE}diagram = "a.d2"\nalt = "a"\n'
    found = findings(copy, written(tmp_path, head + CHOICE))
    assert any("of one question" in f for f in found)
    assert any("no diagram a.d2" in f for f in found)


def test_twins_are_found(copy, tmp_path):
    text = toml("first", "multiple-choice", 'correct = ["b"]')
    twin = text.replace('id = "first"', 'id = "second"')
    found = findings(copy, written(tmp_path, text + twin))
    assert any("second: is nearly first" in f for f in found), found


def test_length_and_place_do_not_tell_the_right_option(copy, tmp_path):
    text = "\n".join(
        toml(f"q{n}", "multiple-choice", 'correct = ["c"]') for n in range(24)
    )
    text = text.replace("Cherries are small", "Cherries are small and round and red")
    found = findings(copy, written(tmp_path, text))
    assert any(
        "in 100% of the questions the right option is the longest" in f for f in found
    )
    assert any("in 100% of the questions option 3 is right" in f for f in found)


def test_the_bank_as_a_whole_owes_numbers_and_weights(copy):
    written(copy.root / "exam_scenarios" / "question_bank", many(12, ("1.1", "2.1")))
    found = [str(f) for f in lint_bank(copy)]
    assert any("12 questions\n    → there have to be 240" in f for f in found)
    assert any("0 of task 3.5" in f for f in found)
    assert any("50.0 % of the questions are of domain 1" in f for f in found)


def test_an_id_of_a_labs_quiz_is_taken(copy):
    text = toml("101-consistency", "multiple-choice", 'correct = ["b"]')
    written(copy.root / "exam_scenarios" / "question_bank", text)
    assert any(
        "has the id of a question of the bank" in str(f) for f in lint_bank(copy)
    )


def test_what_cannot_be_read_is_one_finding(copy, tmp_path):
    (finding,) = findings(copy, written(tmp_path, "not toml"))
    assert "cannot be read" in finding


def test_the_courses_bank_keeps_its_promises():
    assert [str(finding) for finding in lint_bank(COURSE)] == []
    bank = load_bank(COURSE)
    assert len(bank.questions) >= 240
    shares = domain_shares(bank)
    assert {d: round(100 * shares[d]) for d in sorted(shares)} == pytest.approx(
        {"1": 20, "2": 24, "3": 36, "4": 20}, abs=2
    )
