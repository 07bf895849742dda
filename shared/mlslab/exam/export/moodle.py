"""A paper as Moodle XML, https://docs.moodle.org/en/Moodle_XML_format.

Moodle's own kinds of question are used: multichoice, matching, and ordering (part of
Moodle since 4.4). Ordering is judged as a whole, as in the exam. In the other two
Moodle gives parts of a point for parts of an answer; in a multiple response a wrong
option costs what a right one earns. Steps that do not belong to an ordering are left
out, since Moodle asks for all that it shows.
"""

from mlslab.exam.export.templating import render
from mlslab.exam.paper import Paper
from mlslab.questions.model import Question


def moodle_xml(paper: Paper, key: bool) -> bytes:
    """The paper as a category of Moodle's question bank."""
    text = render("moodle.xml", paper=paper, key=key, fraction=fraction)
    return text.encode()


def fraction(question: Question, key: str) -> str:
    """What an option earns, in Moodle's percents: 100, 50, 33.33333, −50, 0."""
    several = len(question.correct)
    if key in question.correct:
        return f"{100 / several:.5f}".rstrip("0").rstrip(".")
    return "0" if several == 1 else f"-{100 / several:.5f}".rstrip("0").rstrip(".")
