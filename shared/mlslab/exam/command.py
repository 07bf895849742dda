"""`mlslab exam`: what its options ask for."""

import argparse
from pathlib import Path
from typing import Any

from mlslab.course import Course
from mlslab.errors import MlslabError
from mlslab.exam import attempt as attempts
from mlslab.exam.attempt import Attempt
from mlslab.exam.drawing import draw
from mlslab.exam.history import history, plot, table, went_wrong
from mlslab.exam.wish import SHORT, Wish
from mlslab.exams import BASE, load_exams
from mlslab.questions.bank import load_bank
from mlslab.questions.model import Kind
from mlslab.questions.reading import ADDS, DIFFICULTIES


def add_options(exam: argparse.ArgumentParser) -> None:
    """The options of `mlslab exam`."""
    _add_what(exam.add_argument_group("what is asked"))
    _add_how(exam.add_argument_group("how"))
    _add_out(exam.add_argument_group("instead of taking it"))


def _add_what(what: Any) -> None:
    what.add_argument(
        "--full", action="store_true", help="a full exam by its blueprint"
    )
    what.add_argument(
        "--exam",
        choices=list(load_exams().exams),
        default=BASE,
        help=f"whose tasks, weights and scale are meant ({BASE})",
    )
    what.add_argument(
        "--questions",
        type=_positive,
        default=SHORT,
        metavar="N",
        help=f"so many questions ({SHORT})",
    )
    for name, metavar, text in (
        ("domain", "N", "of this domain; all of these can be given several times"),
        ("task", "N.N", "of this task"),
        ("lab", "LAB", "that this lab teaches"),
    ):
        what.add_argument(
            f"--{name}", action="append", default=[], metavar=metavar, help=text
        )
    what.add_argument(
        "--kind",
        action="append",
        default=[],
        choices=[kind.value for kind in Kind],
        help="of this kind",
    )
    what.add_argument(
        "--difficulty",
        action="append",
        default=[],
        type=int,
        choices=DIFFICULTIES,
        help="1 recall, 2 apply, 3 weigh",
    )
    what.add_argument(
        "--adds",
        action="append",
        default=[],
        choices=ADDS,
        help="what MLA-C02 adds, or AI services",
    )
    what.add_argument("--case", default="", metavar="ID", help="one case study, whole")
    what.add_argument(
        "--wrong",
        action="store_true",
        help="what was last answered wrong or not at all",
    )


def _add_how(how: Any) -> None:
    how.add_argument(
        "--seed", type=int, help="the same seed gives everyone the same exam"
    )
    how.add_argument("--minutes", type=_positive, help="a time limit for a short exam")
    how.add_argument(
        "--give-up", action="store_true", help="forget the exam that is under way"
    )


def _add_out(out: Any) -> None:
    out.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        help="write the exam: .html for paper, .xml for Moodle, .zip for QTI 2.1",
    )
    out.add_argument(
        "--key", action="store_true", help="print the key and all reasons behind it"
    )
    out.add_argument("--history", action="store_true", help="all exams so far")
    out.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw the history: .png, .svg or .pdf"
    )


def exam(course: Course, options: argparse.Namespace) -> int:
    """Take an exam, or what else the options ask for; gives the exit code."""
    if options.history or options.plot:
        return _history(options.plot)
    under_way = attempts.under_way()
    if options.give_up:
        return _give_up(under_way)
    wish = wished(options)
    if options.export:
        return _export(course, wish, options.export, options.key)
    if under_way and wish != wished(None):
        raise MlslabError(
            f"an exam is under way ({under_way.paper.title}): `mlslab exam` goes on"
            " with it, `mlslab exam --give-up` forgets it"
        )
    attempt = under_way or attempts.begin(draw(load_bank(course), wish))
    return _take(course, attempt)


def wished(options: argparse.Namespace | None) -> Wish:
    """The wish in the options; without options, that of a bare `mlslab exam`."""
    if options is None:
        return Wish()
    return Wish(
        exam=options.exam,
        full=options.full,
        count=options.questions,
        minutes=options.minutes,
        seed=options.seed,
        domains=frozenset(options.domain),
        tasks=frozenset(options.task),
        labs=frozenset(options.lab),
        kinds=frozenset(options.kind),
        difficulties=frozenset(options.difficulty),
        adds=frozenset(options.adds),
        case=options.case,
        among=went_wrong() if options.wrong else None,
    )


def _take(course: Course, attempt: Attempt) -> int:
    from mlslab.exam.terminal import ExamApp

    ExamApp(course, attempt).run()
    if attempt.submitted:
        print("Handed in. `mlslab exam --history` shows all exams so far.")
    else:
        print(
            "Kept. `mlslab exam` goes on with it, `mlslab exam --give-up` forgets it."
        )
    return 0


def _give_up(under_way: Attempt | None) -> int:
    if under_way is None:
        raise MlslabError("no exam is under way")
    attempts.give_up(under_way)
    print(f"Forgotten: {under_way.paper.title}.")
    return 0


def _history(picture: Path | None) -> int:
    pasts = history()
    if not pasts:
        print("No exam has been handed in yet: `mlslab exam` begins one.")
        return 0
    print(table(pasts))
    if picture is not None:
        figure, _ = plot(pasts)
        figure.savefig(picture)
        print(f"written: {picture}")
    return 0


def _export(course: Course, wish: Wish, path: Path, key: bool) -> int:
    from mlslab.exam.export import export

    export(draw(load_bank(course), wish), path, key=key)
    print(f"written: {path}")
    return 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return number
