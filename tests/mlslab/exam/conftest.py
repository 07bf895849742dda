"""A small bank, and papers and attempts made of it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "questions"))

from made_questions import ALL, CASE, many, written

from mlslab.exam.attempt import Attempt
from mlslab.exam.drawing import draw
from mlslab.exam.paper import Paper
from mlslab.exam.wish import Wish
from mlslab.questions.bank import Bank, read_bank


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """104 questions: 100 choices over the four domains, and a case of all kinds."""
    return read_bank(
        [
            written(tmp_path / "bank", many(100)),
            written(tmp_path / "bank", CASE + ALL, "orchard.toml"),
        ]
    )


@pytest.fixture
def paper(bank: Bank) -> Paper:
    """One question of each kind, for as long as it takes."""
    return draw(bank, Wish(case="orchard"))


@pytest.fixture
def attempt(paper: Paper, clock: Clock, tmp_path: Path) -> Attempt:
    """An attempt that has begun."""
    made = Attempt(paper, tmp_path / "attempt", clock=clock)
    made.resume()
    return made
