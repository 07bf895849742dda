"""Questions from TOML; CONTRIBUTING.md, "Add a question", shows the fields."""

import datetime
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from mlslab.course import Course, LabInfo
from mlslab.exams import BASE, load_exams
from mlslab.questions.model import Case, Kind, Option, Prompt, Question, Source
from mlslab.tables import Table, read_table

ADDS = ("mla-c02", "ai-services")
DIFFICULTIES = (1, 2, 3)


def read_bank_file(path: Path) -> tuple[Case | None, dict[str, Question]]:
    """The questions of one file of the bank, and their case if it is a case study.

    Raises:
        DataError: names file, question and field.
    """
    top = read_table(path)
    case = _case(top.table("case")) if top.has("case") else None
    questions = _questions(top, lambda row: bank_question(row, case.id if case else ""))
    return case, questions


def load_quiz(course: Course, lab: LabInfo) -> dict[str, Question]:
    """The lab's quiz by question id, from `lab_<id>_<slug>.toml` beside its checks."""
    file = resources.files(course.checks) / f"{lab.checks_module}.toml"
    with resources.as_file(file) as path:
        return read_quiz(path, lab)


def read_quiz(path: Path, lab: LabInfo) -> dict[str, Question]:
    """A lab's questions; raises `DataError`.

    Services and lab are the lab's, and the crosswalk gives the successors' tasks.
    """
    return _questions(read_table(path), lambda row: _quiz_question(row, lab))


def bank_question(row: Table, case: str = "") -> Question:
    """One question of the bank; raises `DataError`."""
    tasks = {
        BASE: row.texts("exam_tasks"),
        "MLA-C01": row.listed("mla_c01"),
        "MLA-C02": row.listed("mla_c02"),
    }
    known = {
        "adds": row.listed("adds", ()),
        "services": row.listed("services"),
        "lab": row.text("lab"),
    }
    return _question(row, tasks, known, case)


def _quiz_question(row: Table, lab: LabInfo) -> Question:
    exams = load_exams()
    base = row.texts("exam_tasks")
    following = tuple(
        dict.fromkeys(t for task in base for t in exams.successors.get(task, ()))
    )
    tasks = {code: base if code == BASE else following for code in exams.exams}
    known = {"adds": (), "services": lab.services, "lab": lab.id}
    return _question(row, tasks, known, "")


def _questions(top: Table, read: Callable[[Table], Question]) -> dict[str, Question]:
    questions: dict[str, Question] = {}
    for row in top.tables("question"):
        question = read(row)
        if question.id in questions:
            raise row.error("id", "is used twice in this file")
        questions[question.id] = question
    top.done()
    return questions


def _question(
    row: Table, tasks: Mapping[str, tuple[str, ...]], known: dict[str, Any], case: str
) -> Question:
    kind = _kind(row)
    prompts = (
        tuple(map(_prompt, row.tables("prompts", key="text")))
        if kind is Kind.MATCHING
        else ()
    )
    correct = (
        tuple(prompt.answer for prompt in prompts) if prompts else row.texts("correct")
    )
    question = Question(
        id=row.text("id"),
        kind=kind,
        text=" ".join(row.text("text").split()),
        options=tuple(map(_option, row.tables("options", key="key"))),
        correct=tuple(sorted(correct)) if kind is Kind.RESPONSE else correct,
        prompts=prompts,
        difficulty=row.number("difficulty"),
        tasks=tasks,
        checked=row.text("checked"),
        sources=tuple(map(read_source, row.tables("sources", key="title"))),
        case=case,
        **known,
    )
    row.done()
    _hold_together(row, question)
    return question


def _kind(row: Table) -> Kind:
    text = row.text("kind")
    try:
        return Kind(text)
    except ValueError:
        kinds = ", ".join(kind.value for kind in Kind)
        raise row.error("kind", f"is one of {kinds}, not {text}") from None


def _option(row: Table) -> Option:
    option = Option(row.text("key"), row.text("text"), row.text("reason"))
    row.done()
    return option


def _prompt(row: Table) -> Prompt:
    prompt = Prompt(row.text("text"), row.text("answer"))
    row.done()
    return prompt


def read_source(row: Table) -> Source:
    """The source in a table of its own; raises `DataError`."""
    source = Source(row.text("title"), row.text("address"))
    row.done()
    if not source.address.startswith("https://"):
        raise row.error("address", "begins with https://")
    return source


def _case(row: Table) -> Case:
    case = Case(
        id=row.text("id"),
        title=row.text("title"),
        scenario=" ".join(row.text("scenario").split()),
        diagram=row.text("diagram") if row.has("diagram") else "",
        alt=" ".join(row.text("alt").split()) if row.has("alt") else "",
    )
    row.done()
    if bool(case.diagram) != bool(case.alt):
        raise row.error("alt", "and diagram are given together")
    return case


def _hold_together(row: Table, question: Question) -> None:
    keys, correct = question.keys, question.correct
    named = ", ".join(keys)
    if len(keys) < 3 or len(set(keys)) != len(keys):
        raise row.error("options", "are three or more, each with a key of its own")
    if set(correct) - set(keys):
        field = "prompts" if question.kind is Kind.MATCHING else "correct"
        raise row.error(field, f"names some of {named}")
    if not _fits(question):
        raise row.error("correct", _SHAPE[question.kind])
    if question.difficulty not in DIFFICULTIES:
        raise row.error("difficulty", "is 1 (recall), 2 (apply) or 3 (weigh)")
    if not question.sources:
        raise row.error("sources", "are one or more")
    if unknown := set(question.adds) - set(ADDS):
        raise row.error("adds", f"holds some of {', '.join(ADDS)}, not {unknown}")
    try:
        datetime.date.fromisoformat(question.checked)
    except ValueError:
        raise row.error("checked", "is a date such as 2026-11-23") from None


_SHAPE = {
    Kind.CHOICE: "names the one option that is right",
    Kind.RESPONSE: "names two options or more, and not all of them",
    Kind.ORDERING: "names three steps or more, each once",
    Kind.MATCHING: "is one of the options for each prompt, with three prompts or more",
}


def _fits(question: Question) -> bool:
    correct = question.correct
    distinct = len(set(correct)) == len(correct)
    match question.kind:
        case Kind.CHOICE:
            return len(correct) == 1
        case Kind.RESPONSE:
            return distinct and 2 <= len(correct) < len(question.options)
        case Kind.ORDERING:
            return distinct and len(correct) >= 3
    return len(correct) >= 3
