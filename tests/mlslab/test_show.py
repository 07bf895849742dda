import pytest

from mlslab.checks import Check, Outcome, Status
from mlslab.show import Card, Rows, outcome_card, show, text_table


def test_a_card_in_text_and_html():
    card = Card("A <b>", ("`x < y` & z",))
    assert repr(card) == "A <b>\n  `x < y` & z"
    page = card._repr_html_()
    assert "A &lt;b&gt;" in page
    assert "<code>x &lt; y</code> &amp; z" in page


def test_a_table_in_text_and_html():
    assert text_table(("a", "bb"), [("1", "2"), ("333", "4")]) == [
        "a    bb",
        "1    2",
        "333  4",
    ]
    rows = Rows("T", ("a", "b"), (("<", "`c`"),))
    assert repr(rows) == "T\na  b\n<  `c`"
    assert "<th style" in rows._repr_html_()
    assert "&lt;" in rows._repr_html_()


@pytest.mark.parametrize(
    ("status", "starts"),
    [
        (Status.PASSED, "✓ Passed: T (2 of 2)"),
        (Status.INCORRECT, '✗ Not yet: T (0 of 2)\n  m\n  `lab.hint("c")`'),
        (Status.NOT_ATTEMPTED, "○ Not attempted: T (0 of 2)\n  m"),
    ],
)
def test_an_outcome_is_told_by_sign_and_word(status, starts):
    check = Check("101", "c", "T", 2, "o", ("a", "b", "c"), lambda: None)
    message = "" if status is Status.PASSED else "m"
    assert repr(outcome_card(Outcome(check, status, message))).startswith(starts)


def test_outside_a_notebook_it_is_printed(capsys):
    show(Card("H", ("l",)))
    assert capsys.readouterr().out == "H\n  l\n"
