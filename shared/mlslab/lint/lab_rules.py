"""Rules of one lab: its notebooks, checks, mistakes and questions."""

from collections.abc import Callable, Iterator

import nbformat

from mlslab.answers import regions
from mlslab.build import stale
from mlslab.exams import BASE, load_exams
from mlslab.lint.finding import Finding, Subject

HINTS = 3


def fresh(subject: Subject) -> Iterator[Finding]:
    """Both notebooks are what the source gives."""
    for notebook in stale(subject.course, subject.lab):
        path = notebook.path.relative_to(subject.course.root)
        yield Finding(str(path), notebook.problem, f"mlslab build {subject.lab.id}")


def no_answers(subject: Subject) -> Iterator[Finding]:
    """No line of an answer stands in the learner's cell."""
    path = subject.course.notebook(subject.lab)
    if not path.is_file():
        return
    notebook = nbformat.read(path, as_version=4)
    for cell, learner in zip(subject.source.cells, notebook.cells, strict=False):
        if not cell.is_exercise:
            continue
        held = {line.strip() for line in learner.source.splitlines()}
        for region in regions(cell.text):
            outside = cell.text.splitlines()
            del outside[region.first : region.last + 1]
            plain = {line.strip() for line in outside}
            answer = {line.strip() for line in region.answer} - plain - {""}
            for line in sorted(answer & held):
                yield subject.finding(
                    f"the learner's notebook holds the answer {line!r}",
                    f"mlslab build {subject.lab.id}",
                    cell,
                )


def objectives(subject: Subject) -> Iterator[Finding]:
    """Each objective is told, and exercised by a check."""
    exercised = {check.objective for check in subject.checks.values()}
    known = {objective.id for objective in subject.lab.objectives}
    text = " ".join(subject.source.markdown().split())
    for objective in subject.lab.objectives:
        name = f"objective {objective.id}"
        if objective.id not in exercised:
            yield subject.about(
                name, "no check exercises it", "add a check, or drop the objective"
            )
        if objective.text not in text:
            yield subject.about(
                name,
                "the notebook does not tell it",
                f"write {objective.text!r} under 'What you will be able to do'",
            )
    for check in subject.checks.values():
        if check.objective not in known:
            yield subject.about(
                f"check {check.name}",
                f"there is no objective {check.objective!r}",
                f"name one of {', '.join(sorted(known))}",
            )


def checks(subject: Subject) -> Iterator[Finding]:
    """Each check has an exercise, hints, points, and mistakes that test it."""
    exercises = subject.source.exercises()
    called = {n for cell in subject.source.cells for n in cell.called("check")}
    for name in sorted(called - subject.checks.keys()):
        yield subject.about(
            f"check {name}", "is called, but does not exist", "write it, or rename it"
        )
    mistaken = {mistake.check for mistake in subject.mistakes if mistake.says}
    for name in sorted({m.check for m in subject.mistakes} - subject.checks.keys()):
        yield subject.about(f"mistake of {name}", "no such check", "rename it")
    for name, check in subject.checks.items():
        place = f"check {name}"
        if name not in called or name not in exercises:
            yield subject.about(
                place,
                "has no exercise",
                f'put a solution region and then lab.check("{name}") into the source',
            )
        if len(check.hints) < HINTS or check.points < 1:
            yield subject.about(
                place,
                f"has {len(check.hints)} hints and {check.points} points",
                f"give it {HINTS} hints (where to look, which call, nearly the line)"
                " and a point or more",
            )
        if name not in mistaken:
            yield subject.about(
                place,
                "no mistake tests it",
                f"add a Mistake to {subject.lab.checks_module}_mistakes.py",
            )


def hidden(subject: Subject) -> Iterator[Finding]:
    """Each hidden check has a cheat that it finds out, and each cheat its check."""
    known = {(check.exercise, check.name) for check in subject.hidden}
    cheats = {(m.check, m.hidden): m for m in subject.mistakes if m.hidden}
    for exercise, name in sorted(known - cheats.keys()):
        yield subject.about(
            f"hidden check {name}",
            "no mistake tests it",
            f'add a Mistake(check="{exercise}", hidden="{name}", …) that passes the'
            f" visible check to {subject.lab.checks_module}_mistakes.py",
        )
    for place in sorted(cheats.keys() - known):
        yield subject.about(
            f"mistake of {place[0]}, {cheats[place].name!r}",
            f"there is no hidden check {place[1]!r} of this exercise",
            "rename it, or write that check",
        )


def quiz(subject: Subject) -> Iterator[Finding]:
    """Questions are asked, and belong to tasks that exist."""
    asked = subject.source.quizzes()
    for name in asked:
        if name not in subject.questions:
            yield subject.about(
                f"question {name}",
                "is asked, but does not exist",
                f"add it to {subject.lab.checks_module}.toml",
            )
    known = load_exams().exams[BASE].tasks
    for name, question in subject.questions.items():
        if name not in asked:
            yield subject.about(
                f"question {name}", "is never asked", f'ask lab.quiz("{name}")'
            )
        for task in question.tasks[BASE]:
            if task not in known:
                yield subject.about(
                    f"question {name}",
                    f"{BASE} has no task {task}",
                    f"name one of {', '.join(known)}",
                )


LAB_RULES: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    fresh,
    no_answers,
    objectives,
    checks,
    hidden,
    quiz,
)
