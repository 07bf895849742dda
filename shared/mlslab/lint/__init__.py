"""The course linter: what is wrong with a lab, and what mends it.

The rules of the whole course are in `course_rules`, those of one lab in `lab_rules`
(its files and checks) and `text_rules` (what stands in its cells). The question bank
has `bank_rules` for each question and `bank_balance` for what it owes as a whole.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mlslab.course import Course, LabInfo
from mlslab.errors import MlslabError
from mlslab.lint.bank_balance import BANK_RULES, SHAPE_RULES
from mlslab.lint.bank_rules import QUESTION_RULES
from mlslab.lint.course_rules import COURSE_RULES
from mlslab.lint.finding import Finding, Subject
from mlslab.lint.lab_rules import LAB_RULES
from mlslab.lint.text_rules import TEXT_RULES
from mlslab.questions import bank

__all__ = ["Finding", "lint", "lint_bank"]


def lint(course: Course, labs: Sequence[LabInfo] | None = None) -> list[Finding]:
    """All findings; course and question bank are left out if `labs` are named."""
    findings: list[Finding] = []
    if labs is None:
        for rule in COURSE_RULES:
            findings += rule(course)
        if bank.folder(course).is_dir():
            findings += lint_bank(course)
    for lab in course.labs if labs is None else labs:
        findings += _lint_lab(course, lab)
    return findings


def lint_bank(course: Course, paths: Iterable[Path] | None = None) -> Iterator[Finding]:
    """Findings in the question bank, or in some of its files taken for themselves."""
    try:
        found = bank.load_bank(course) if paths is None else bank.read_bank(paths)
    except MlslabError as error:
        yield Finding("question bank", str(error), "it cannot be read: mend that")
        return
    for rule in (*QUESTION_RULES, *(BANK_RULES if paths is None else SHAPE_RULES)):
        yield from rule(course, found)


def _lint_lab(course: Course, lab: LabInfo) -> Iterator[Finding]:
    try:
        subject = Subject.load(course, lab)
    except (MlslabError, OSError) as error:
        yield Finding(f"lab {lab.id}", str(error), "the lab cannot be read: mend that")
        return
    for rule in (*LAB_RULES, *TEXT_RULES):
        yield from rule(subject)
