"""A result in words, the same in the terminal, in a notebook and on paper."""

from mlslab.course import Course
from mlslab.exam.attempt import Attempt
from mlslab.exam.paper import Paper
from mlslab.exam.result import Count, Result

SCALE = (
    "The scale is a straight line: nothing right is 100, all right is 1000. AWS does"
    " not publish how its own is made. What is left open counts as wrong, so a guess"
    " costs nothing; an answer is right as a whole or not at all."
)


def clock(seconds: float) -> str:
    """`2:59:07`, rounded down to seconds."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def rules(paper: Paper) -> list[str]:
    """What has to be known before the exam begins."""
    count = len(paper.items)
    unscored = sum(not item.scored for item in paper.items)
    sitting = paper.rules.sitting
    lines = [
        f"{count} questions"
        + (
            f", {unscored} of which do not count; nobody is told which"
            if unscored
            else ""
        )
        + (f", {paper.minutes} minutes" if paper.minutes else ", no time limit"),
        f"The pass mark of {paper.exam} is {sitting.pass_mark}, on a scale of 100 to"
        f" 1000. {SCALE}",
    ]
    if not paper.pausing:
        lines.append(
            "There is no pause. If the program ends, the exam goes on where it was; the"
            " result says that it was left."
        )
    return lines


def summary(attempt: Attempt, result: Result) -> list[str]:
    """Score, time, and what AWS's own report would not say so openly."""
    count, rest = result.scored, result.unscored
    verdict = "passed" if result.passed else "not passed"
    lines = [
        f"{result.scaled} of 1000: {verdict} (pass mark {result.pass_mark})",
        f"{count.right} of {count.of} right ({count.share:.0%})"
        + (f"; of the {rest.of} that do not count, {rest.right}" if rest.of else ""),
        f"time: {clock(attempt.spent)}"
        + (f" of {clock(attempt.paper.minutes * 60)}" if attempt.paper.minutes else ""),
    ]
    if attempt.leaves:
        lines.append(f"left and taken up again: {attempt.leaves} ×")
    return [*lines, SCALE]


def by_domain(paper: Paper, result: Result) -> list[tuple[str, str, str]]:
    """Domain, count, title; over the questions that count."""
    titles = paper.rules.sitting.domains
    return [(d, _said(c), titles.get(d, "")) for d, c in result.domains.items()]


def by_task(paper: Paper, result: Result) -> list[tuple[str, str, str]]:
    """Task, count, title; over the questions that count."""
    titles = paper.rules.tasks
    return [(t, _said(c), titles.get(t, "")) for t, c in result.tasks.items()]


def to_repeat(course: Course, result: Result) -> list[str]:
    """The labs that teach what went wrong, the most needed first."""
    ready = {lab.id for lab in course.labs}
    return [
        f"{lab} {course.lab_title(lab)}: {wrong} wrong"
        + ("" if lab in ready else " (this lab is not written yet)")
        for lab, wrong in result.labs
    ]


def _said(count: Count) -> str:
    return f"{count.right} of {count.of} ({count.share:.0%})"
