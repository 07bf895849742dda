"""The course linter: what is wrong with a lab, and what mends it.

The rules of the whole course are in `course_rules`, those of one lab in `lab_rules`
(its files and checks) and `text_rules` (what stands in its cells).
"""

from collections.abc import Iterator, Sequence

from mlslab.course import Course, LabInfo
from mlslab.errors import MlslabError
from mlslab.lint.course_rules import COURSE_RULES
from mlslab.lint.finding import Finding, Subject
from mlslab.lint.lab_rules import LAB_RULES
from mlslab.lint.text_rules import TEXT_RULES

__all__ = ["Finding", "lint"]


def lint(course: Course, labs: Sequence[LabInfo] | None = None) -> list[Finding]:
    """All findings; the rules of the course are left out if `labs` are named."""
    findings: list[Finding] = []
    if labs is None:
        for rule in COURSE_RULES:
            findings += rule(course)
    for lab in course.labs if labs is None else labs:
        findings += _lint_lab(course, lab)
    return findings


def _lint_lab(course: Course, lab: LabInfo) -> Iterator[Finding]:
    try:
        subject = Subject.load(course, lab)
    except (MlslabError, OSError) as error:
        yield Finding(f"lab {lab.id}", str(error), "the lab cannot be read: mend that")
        return
    for rule in (*LAB_RULES, *TEXT_RULES):
        yield from rule(subject)
