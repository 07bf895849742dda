"""Rules of the question bank's questions, one by one.

What the bank owes as a whole is in `bank_balance`.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date

from mlslab.course import Course
from mlslab.exams import load_exams
from mlslab.lint.finding import Finding
from mlslab.questions.bank import Bank
from mlslab.questions.model import Kind, Question
from mlslab.reference.rows import load_reference

OPTIONS_AT_LEAST = {
    Kind.CHOICE: 4,
    Kind.RESPONSE: 5,
    Kind.ORDERING: 3,
    Kind.MATCHING: 3,
}
_POINTING = re.compile(
    r"\b(?:options?|answers?|choices?|steps?) \(?[a-g]\b(?!['’])"
    r"|\b(?:previous|above|first|second|third|last|other) option\b",
    re.IGNORECASE,
)
_ALL_OR_NONE = re.compile(
    r"\b(?:all|none|both|neither) of the (?:above|others?)\b", re.I
)
_COUNTING = re.compile(r"\b(?:choose|select|pick) (?:two|three|four|2|3|4)\b", re.I)
_INSTRUCTING = re.compile(
    r"\b(?:put|bring|arrange|place|sort)\b[^.?]*\border\b"
    r"|\bused? (?:only )?once\b|\bonly the steps\b|\bseveral times or\b",
    re.IGNORECASE,
)
_SAID_CLOSED = re.compile(
    r"clos|no longer|end(?:ed|s)\b|discontinu|gone|retire|shut|replac", re.IGNORECASE
)
_WORD = re.compile(r"[^\W_]+")


def names(course: Course, bank: Bank) -> Iterator[Finding]:
    """Exam tasks and labs exist."""
    exams = load_exams().exams
    for question in bank.questions.values():
        for code, tasks in question.tasks.items():
            for task in tasks:
                if task not in exams[code].tasks:
                    yield _about(
                        bank,
                        question,
                        f"{code} has no task {task}",
                        f"name one of {', '.join(exams[code].tasks)}",
                    )
        if not course.lab_title(question.lab):
            yield _about(
                bank,
                question,
                f"there is no lab {question.lab}, and none is planned",
                "name a lab of labs/course.toml",
            )


def options(course: Course, bank: Bank) -> Iterator[Finding]:
    """Options are enough, distinct, and none stands for others."""
    for question in bank.questions.values():
        texts = [option.text.casefold() for option in question.options]
        least = OPTIONS_AT_LEAST[question.kind]
        if len(texts) < least:
            yield _about(
                bank,
                question,
                f"{question.kind.value} with {len(texts)} options",
                f"give it {least} or more",
            )
        if len(set(texts)) < len(texts):
            yield _about(bank, question, "two options say the same", "make them differ")
        for text in texts:
            if _ALL_OR_NONE.search(text):
                yield _about(
                    bank, question, f"{text!r} stands for others", "name a solution"
                )


def reasons(course: Course, bank: Bank) -> Iterator[Finding]:
    """Each reason is its own, speaks of its option, and points at no letter."""
    for question in bank.questions.values():
        told = [option.reason.casefold() for option in question.options]
        if len(set(told)) < len(told):
            yield _about(bank, question, "two reasons are the same", "say why for each")
        for option in question.options:
            if _POINTING.search(option.reason):
                yield _about(
                    bank,
                    question,
                    f"the reason of {option.key} points at an option's place",
                    "options are shuffled: name what the option says",
                )
            if not _stems(option.text) & _stems(option.reason):
                yield _about(
                    bank,
                    question,
                    f"the reason of {option.key} shares no word with its option",
                    f"say why {option.text!r} is right or wrong here",
                )


def words(course: Course, bank: Bank) -> Iterator[Finding]:
    """The question asks, and leaves counting to the software."""
    for question in bank.questions.values():
        asks = question.kind in (Kind.ORDERING, Kind.MATCHING) or "?" in question.text
        if not asks:
            yield _about(bank, question, "asks nothing", "end with a question")
        if _COUNTING.search(question.text):
            yield _about(
                bank,
                question,
                "says how many to choose",
                "leave it out: it is said from the key",
            )
        instructed = question.kind in (Kind.ORDERING, Kind.MATCHING)
        if instructed and _INSTRUCTING.search(question.text):
            yield _about(
                bank,
                question,
                "says how to answer",
                f"leave it out: the software says {question.instruction!r}",
            )
        if date.fromisoformat(question.checked) > date.today():
            yield _about(
                bank, question, "was checked in the future", "write the day's date"
            )


def closed(course: Course, bank: Bank) -> Iterator[Finding]:
    """Where an option is a service that has closed, its reason says so."""
    services = load_reference(course).closed
    for question in bank.questions.values():
        for option in question.options:
            for service in services:
                if service.is_named(option.text) and not _SAID_CLOSED.search(
                    option.reason
                ):
                    yield _about(
                        bank,
                        question,
                        f"the reason of {option.key} does not say that"
                        f" {service.name} has closed",
                        f"say it, and what to use: {service.instead}",
                    )


def cases(course: Course, bank: Bank) -> Iterator[Finding]:
    """A case study has several questions; what it names is there."""
    for case in bank.cases.values():
        place = bank.files[case.id]
        if len(bank.of_case(case.id)) < 2:
            yield Finding(
                place.name, "a case study of one question", "ask more, or no case"
            )
        if case.diagram and not (place.parent / case.diagram).is_file():
            yield Finding(
                place.name, f"there is no diagram {case.diagram}", "draw it, in D2"
            )


def _about(bank: Bank, question: Question, problem: str, cure: str) -> Finding:
    return Finding(f"{bank.files[question.id].name} {question.id}", problem, cure)


def _stems(text: str) -> frozenset[str]:
    """The beginnings of its telling words, so that `scaling` meets `scales`."""
    return frozenset(
        word[:5].casefold()
        for word in _WORD.findall(text)
        if len(word) > 3 or word.isupper() or not word.isalpha()
    )


Rule = Callable[[Course, Bank], Iterator[Finding]]
QUESTION_RULES: tuple[Rule, ...] = (
    names,
    options,
    reasons,
    words,
    closed,
    cases,
)
