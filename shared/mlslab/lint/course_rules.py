"""Rules of the whole course: files, ids, exam tasks."""

from collections.abc import Callable, Iterator

from mlslab import derived
from mlslab.cards.deck import load_cards
from mlslab.course import Course
from mlslab.errors import MlslabError
from mlslab.exams import BASE, load_exams
from mlslab.lint.finding import Finding
from mlslab.questions.reading import load_quiz


def unlisted(course: Course) -> Iterator[Finding]:
    """Every notebook and source belongs to a lab of `course.toml`."""
    listed = set(derived.notebooks(course))
    for lab in course.labs:
        listed |= {course.source(lab), course.solution(lab), course.notebook(lab)}
    patterns = ("solutions/**/*.py", "solutions/**/*.ipynb", "labs/**/*.ipynb")
    for pattern in patterns:
        for path in sorted(course.root.glob(pattern)):
            if path not in listed and ".ipynb_checkpoints" not in path.parts:
                yield Finding(
                    str(path.relative_to(course.root)),
                    "is not listed",
                    "add a [[lab]] to labs/course.toml, or delete the file",
                )


def derived_files(course: Course) -> Iterator[Finding]:
    """What `mlslab build` makes beside the labs is fresh."""
    for path in derived.stale(course):
        yield Finding(
            str(path.relative_to(course.root)),
            "differs from what it is made from",
            "mlslab build",
        )


def cards(course: Course) -> Iterator[Finding]:
    """Flashcards can be read, are of tasks that exist, and each asks for itself."""
    known = load_exams().exams[BASE].tasks
    try:
        found = load_cards(course)
    except MlslabError as error:
        yield Finding("flashcards", str(error), "they cannot be read: mend that")
        return
    fronts: dict[str, str] = {}
    for card in found:
        other = fronts.setdefault(card.front.casefold(), card.id)
        if other != card.id:
            yield Finding(f"card {card.id}", f"asks what {other} asks", "drop one")
        for task in card.tasks:
            if task not in known:
                yield Finding(
                    f"card {card.id}",
                    f"{BASE} has no task {task}",
                    f"name one of {', '.join(known)}",
                )


def question_ids(course: Course) -> Iterator[Finding]:
    """A question's id is used once in the course."""
    seen: dict[str, str] = {}
    for lab in course.labs:
        try:
            questions = load_quiz(course, lab)
        except (MlslabError, OSError):
            continue  # told where the lab itself is read
        for question_id in questions:
            if question_id in seen:
                yield Finding(
                    f"lab {lab.id}, question {question_id}",
                    f"has the id of a question in lab {seen[question_id]}",
                    "give it an id of its own, such as the lab's id and a word",
                )
            seen[question_id] = lab.id


def exam_tasks(course: Course) -> Iterator[Finding]:
    """The exam tasks of labs exist."""
    known = load_exams().exams[BASE].tasks
    for lab in course.labs:
        for task in lab.exam_tasks:
            if task not in known:
                yield Finding(
                    f"labs/course.toml lab {lab.id}",
                    f"{BASE} has no task {task}",
                    f"name one of {', '.join(known)}",
                )


COURSE_RULES: tuple[Callable[[Course], Iterator[Finding]], ...] = (
    unlisted,
    derived_files,
    cards,
    question_ids,
    exam_tasks,
)
