"""An exam paper: the questions as they are asked, in their order, and the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from string import ascii_lowercase
from typing import Any

from mlslab.exams import Exam, load_exams
from mlslab.questions.model import Kind, Prompt, Question
from mlslab.questions.reading import bank_question
from mlslab.tables import Table


@dataclass(frozen=True)
class Item:
    """One question of a paper.

    Attributes:
        question: its options shuffled, and lettered anew.
        scored: whether it counts; nobody is told before the end.
        scenario: what its case study tells, or "".
    """

    question: Question
    scored: bool
    scenario: str = ""


@dataclass(frozen=True)
class Paper:
    """What is asked, and under which rules.

    Attributes:
        title: a few words that tell it from others.
        exam: the code of the exam whose scale is used.
        seed: from which it was drawn.
        minutes: the time, or None.
        pausing: whether the clock may be stopped; not in a full exam.
        items: in the order in which they are asked.
    """

    title: str
    exam: str
    seed: int
    minutes: int | None
    pausing: bool
    items: tuple[Item, ...]

    @property
    def rules(self) -> Exam:
        """The exam whose domains and pass mark hold."""
        return load_exams().exams[self.exam]

    def domain(self, item: Item) -> str:
        """The number of the domain that the item counts for."""
        return self.task(item)[0]

    def task(self, item: Item) -> str:
        """The task that the item counts for, in the numbers of the paper's exam."""
        tasks = item.question.tasks[self.exam]
        return tasks[0] if tasks else "–"


def shuffled(question: Question, random: Random) -> Question:
    """The question with its options in another order, lettered from a on."""
    options = random.sample(question.options, len(question.options))
    letters = {o.key: ascii_lowercase[place] for place, o in enumerate(options)}
    correct = tuple(letters[key] for key in question.correct)
    return Question(
        **{
            **vars(question),
            "options": tuple(
                type(o)(letters[o.key], o.text, o.reason) for o in options
            ),
            "correct": tuple(sorted(correct))
            if question.kind is Kind.RESPONSE
            else correct,
            "prompts": tuple(
                Prompt(p.text, letters[p.answer]) for p in question.prompts
            ),
        }
    )


def as_data(paper: Paper) -> dict[str, Any]:
    """The paper as JSON has it."""
    return {
        "title": paper.title,
        "exam": paper.exam,
        "seed": paper.seed,
        "minutes": paper.minutes,
        "pausing": paper.pausing,
        "items": [
            {
                "question": _as_row(item.question),
                "case": item.question.case,
                "scored": item.scored,
                "scenario": item.scenario,
            }
            for item in paper.items
        ],
    }


def from_data(file: Path, data: Mapping[str, Any]) -> Paper:
    """The paper that `as_data` gave; `file` is named in errors.

    Raises:
        DataError: for a question that is not one.
        KeyError: for what is missing.
    """
    items = tuple(
        Item(
            bank_question(
                Table(file, f"item {number}", entry["question"]), entry["case"]
            ),
            entry["scored"],
            entry["scenario"],
        )
        for number, entry in enumerate(data["items"], 1)
    )
    return Paper(
        data["title"],
        data["exam"],
        data["seed"],
        data["minutes"],
        data["pausing"],
        items,
    )


def _as_row(question: Question) -> dict[str, Any]:
    """The question as its file has it, so that the same reader reads it."""
    row = {
        "id": question.id,
        "kind": question.kind.value,
        "text": question.text,
        "options": [vars(option) for option in question.options],
        "difficulty": question.difficulty,
        "exam_tasks": list(question.tasks["MLS-C01"]),
        "mla_c01": list(question.tasks["MLA-C01"]),
        "mla_c02": list(question.tasks["MLA-C02"]),
        "adds": list(question.adds),
        "services": list(question.services),
        "lab": question.lab,
        "checked": question.checked,
        "sources": [vars(source) for source in question.sources],
    }
    if question.kind is Kind.MATCHING:
        return {**row, "prompts": [vars(prompt) for prompt in question.prompts]}
    return {**row, "correct": list(question.correct)}
