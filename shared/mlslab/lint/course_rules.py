"""Rules of the whole course: files, ids, exam tasks."""

from collections.abc import Callable, Iterator
from pathlib import Path

from mlslab.course import Course
from mlslab.errors import MlslabError
from mlslab.exams import BASE, load_exams
from mlslab.lint.finding import Finding
from mlslab.questions.reading import load_quiz


def unlisted(course: Course) -> Iterator[Finding]:
    """Every notebook and source belongs to a lab of `course.toml`."""
    listed: set[Path] = set()
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
    question_ids,
    exam_tasks,
)
