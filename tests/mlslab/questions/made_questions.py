"""One question of each kind, as TOML and as read."""

from pathlib import Path

from mlslab.questions.model import Question
from mlslab.questions.reading import read_bank_file

COMMON = """\
difficulty = 2
exam_tasks = ["{task}"]
mla_c01 = ["1.1"]
mla_c02 = []
services = ["Amazon S3"]
lab = "101"
checked = "2026-11-23"
sources = [{{ title = "A page", address = "https://docs.aws.amazon.com/page.html" }}]
"""

OPTIONS = """\
options = [
  { key = "a", text = "Apples are round", reason = "Apples are not asked for." },
  { key = "b", text = "Bananas are long", reason = "Bananas fit." },
  { key = "c", text = "Cherries are small", reason = "Cherries fit as well." },
  { key = "d", text = "Dates are sweet", reason = "Dates are left out." },
  { key = "e", text = "Elderberries", reason = "Elderberries are poison." },
]
"""


def toml(name: str, kind: str, right: str, task: str = "1.1") -> str:
    """A question of the bank as its file has it."""
    return (
        f'[[question]]\nid = "{name}"\nkind = "{kind}"\ntext = "Which fruit, {name}?"\n'
        f"{OPTIONS}{right}\n{COMMON.format(task=task)}"
    )


PROMPTS = """\
prompts = [
  { text = "round", answer = "a" },
  { text = "long", answer = "b" },
  { text = "round too", answer = "a" },
]"""
CHOICE = toml("one", "multiple-choice", 'correct = ["b"]')
RESPONSE = toml("several", "multiple-response", 'correct = ["c", "b"]')
ORDERING = toml("steps", "ordering", 'correct = ["c", "a", "b"]')
MATCHING = toml("pairs", "matching", PROMPTS)
ALL = "\n".join((CHOICE, RESPONSE, ORDERING, MATCHING))

CASE = """\
[case]
id = "orchard"
title = "An orchard"
scenario = "An orchard sells fruit."
"""


def many(count: int, tasks: tuple[str, ...] = ("1.1", "2.1", "3.1", "4.1")) -> str:
    """A bank of simple questions, over these tasks in turn."""
    return "\n".join(
        toml(
            f"q{number}",
            "multiple-choice",
            f'correct = ["{"abcd"[number % 4]}"]',
            tasks[number % len(tasks)],
        )
        for number in range(count)
    )


def questions(folder: Path, text: str = ALL) -> dict[str, Question]:
    """The questions of a file with this text."""
    return read_bank_file(written(folder, text))[1]


def written(folder: Path, text: str, name: str = "bank.toml") -> Path:
    """A file of the bank."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
