"""The command line: one parser, and one function for each command."""

import argparse
import gc
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from mlslab.cards.command import add_options as add_card_options
from mlslab.course import Course, LabInfo, load_course
from mlslab.errors import MlslabError
from mlslab.exam.command import add_options as add_exam_options
from mlslab.progress import load_progress
from mlslab.show import text_table

if TYPE_CHECKING:
    from mlslab.grading.nursery import Nursery


def parser() -> argparse.ArgumentParser:
    """The parser; every command and option of it has its help."""
    top = argparse.ArgumentParser(
        prog="mlslab",
        description="A course on machine learning on AWS, and its tools.",
        epilog="The course is found from the working folder, or by MLSLAB_ROOT.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str, handler: object) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=f"{text}.")
        command.set_defaults(handler=handler)
        return command

    _add_start(add("start", "start the local cloud and JupyterLab on the labs", _start))
    add("status", "show the progress in all labs", _status)
    add("list", "list the labs of the course", _list)
    add("doctor", "check this environment, and say how to mend it", _doctor)
    _add_build(add("build", "make both notebooks of each lab from its source", _build))
    _add_lint(add("lint", "check the course's own rules", _lint))
    _add_run(add("run", "run a lab's notebook from its beginning to its end", _run))
    _add_release(
        add("release", "make the folder that learners get, without solutions", _release)
    )
    add_exam_options(add("exam", "take a practice exam in the terminal", _exam))
    add_card_options(add("cards", "learn flashcards in the terminal", _cards))
    _add_grade(
        add("grade", "grade submissions, and write gradebook and feedback", _grade)
    )
    return top


def _add_start(start: argparse.ArgumentParser) -> None:
    start.add_argument(
        "--no-browser", action="store_true", help="do not open a web browser"
    )
    start.add_argument(
        "--port", type=int, default=8888, help="JupyterLab's port (8888, or the next)"
    )


def _add_build(build: argparse.ArgumentParser) -> None:
    _labs(build)
    build.add_argument(
        "--check", action="store_true", help="write nothing; fail if something is stale"
    )
    build.add_argument(
        "--execute",
        action="store_true",
        help="execute the solutions even if their text has not changed",
    )


def _add_lint(lint: argparse.ArgumentParser) -> None:
    _labs(lint)
    lint.add_argument(
        "--bank",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="these files of the question bank alone",
    )


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("lab", metavar="LAB", help="the id of the lab, such as 302")
    run.add_argument(
        "--solution",
        action="store_true",
        help="run the solution, and fail if a check does not pass",
    )
    run.add_argument(
        "--output", type=Path, metavar="FILE", help="keep the executed notebook here"
    )


def _add_release(release: argparse.ArgumentParser) -> None:
    release.add_argument(
        "folder", type=Path, metavar="FOLDER", help="what to make: a new folder"
    )


def _add_grade(grade: argparse.ArgumentParser) -> None:
    grade.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="SUBMISSIONS",
        help="folders, notebooks, or the zip that Canvas or Moodle exports",
    )
    grade.add_argument("--lab", required=True, help="the id of the lab, such as 302")
    grade.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="GRADES",
        help="the folder that the grades go to; a second run grades what has changed",
    )
    grade.add_argument(
        "--policy", type=Path, metavar="TOML", help="points, lateness, attempts, limits"
    )
    grade.add_argument(
        "-j", "--jobs", type=int, default=0, help="submissions at a time (one a core)"
    )
    grade.add_argument(
        "--regrade", action="store_true", help="also what has not changed since"
    )
    grade.add_argument(
        "--file-times",
        action="store_true",
        help="a file's own time is when it was handed in",
    )
    grade.add_argument(
        "--cluster", default="", metavar="ADDRESS", help="a Dask scheduler, tcp://…"
    )
    grade.add_argument(
        "--unsafe-no-sandbox",
        action="store_true",
        help="run submissions as yourself, without walls around them",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code."""
    options = parser().parse_args(arguments)
    try:
        code: int = options.handler(options)
    except MlslabError as error:
        print(f"mlslab: {error}", file=sys.stderr)
        return 2
    gc.freeze()  # a process that ends need not look for garbage, half a second long
    return code


def _labs(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "labs", nargs="*", metavar="LAB", help="ids of labs; by default all of them"
    )


def _chosen(course: Course, ids: Sequence[str]) -> tuple[LabInfo, ...]:
    return tuple(map(course.lab, ids)) if ids else course.labs


def _start(options: argparse.Namespace) -> int:
    from mlslab.start import start

    return start(load_course(), browser=not options.no_browser, port=options.port)


def _status(_: argparse.Namespace) -> int:
    from mlslab.checks import load_checks

    course = load_course()
    rows = []
    for lab in course.labs:
        checks = load_checks(course, lab)
        progress = load_progress(lab.id)
        points = sum(check.points for check in checks.values())
        right = sum(question.right for question in progress.quiz.values())
        rows.append(
            (
                lab.id,
                lab.title,
                f"{progress.passed} of {len(checks)}",
                f"{progress.points} of {points}",
                f"{right} of {len(progress.quiz)} answered" if progress.quiz else "-",
                "ended" if progress.ended else "",
            )
        )
    columns = ("lab", "title", "exercises", "points", "quiz", "")
    print("\n".join(text_table(columns, rows)))
    return 0


def _list(_: argparse.Namespace) -> int:
    course = load_course()
    rows = [
        (lab.id, lab.title, f"{lab.minutes} min", f"labs/{lab.stem}.ipynb")
        for lab in course.labs
    ]
    print("\n".join(text_table(("lab", "title", "time", "notebook"), rows)))
    return 0


def _doctor(_: argparse.Namespace) -> int:
    from mlslab.doctor import examine

    findings = list(examine())
    for finding in findings:
        print(finding)
    bad = sum(not finding.good for finding in findings)
    print(f"{bad} to mend" if bad else "All is well.")
    return 1 if bad else 0


def _build(options: argparse.Namespace) -> int:
    from nbclient.exceptions import CellExecutionError

    from mlslab.build import build, stale

    course = load_course()
    failed = _build_derived(course, options.check)
    for lab in _chosen(course, options.labs):
        if options.check:
            for notebook in stale(course, lab):
                print(f"{notebook.path}: {notebook.problem}: mlslab build {lab.id}")
                failed = 1
            continue
        try:
            for path in build(course, lab, again=options.execute):
                print(f"written: {path}")
        except CellExecutionError as error:
            print(f"lab {lab.id}: its solution does not run:\n{error}", file=sys.stderr)
            failed = 1
    return failed


def _build_derived(course: Course, check: bool) -> int:
    from mlslab import derived

    if not check:
        for path in derived.build(course):
            print(f"written: {path}")
        return 0
    stale = derived.stale(course)
    for path in stale:
        print(f"{path}: differs from what it is made from: mlslab build")
    return int(bool(stale))


def _lint(options: argparse.Namespace) -> int:
    from mlslab.lint import lint, lint_bank

    course = load_course()
    chosen = _chosen(course, options.labs) if options.labs else None
    findings = (
        list(lint_bank(course, options.bank)) if options.bank else lint(course, chosen)
    )
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings" if findings else "Nothing found.")
    return 1 if findings else 0


def _run(options: argparse.Namespace) -> int:
    from papermill.exceptions import PapermillExecutionError

    from mlslab.execute import run

    course = load_course()
    lab = course.lab(options.lab)
    path = course.solution(lab) if options.solution else course.notebook(lab)
    with tempfile.TemporaryDirectory() as folder:
        output = options.output or Path(folder) / path.name
        try:
            run(path, output, course.root, strict=options.solution)
        except PapermillExecutionError as error:
            print(f"{path}: {error}", file=sys.stderr)
            return 1
    print(f"{path}: ran to its end")
    return 0


def _release(options: argparse.Namespace) -> int:
    from mlslab.release import release

    made = release(load_course(), options.folder)
    print(f"{made.folder}: {made.files} files, ready for learners")
    print(f"{made.statements} statements of answers were searched for: none is in it")
    print(f"{made.hidden} statements of hidden checks likewise")
    return 0


def _exam(options: argparse.Namespace) -> int:
    from mlslab.exam.command import exam

    return exam(load_course(), options)


def _cards(options: argparse.Namespace) -> int:
    from mlslab.cards.command import cards

    return cards(load_course(), options)


def _grade(options: argparse.Namespace) -> int:
    from mlslab.grading.nursery import Nursery

    if options.cluster:
        return _graded(options, None)
    # It gets warm while this process loads its own libraries.
    with closing(Nursery.start(sys.path)) as nursery:
        return _graded(options, nursery)


def _graded(options: argparse.Namespace, nursery: "Nursery | None") -> int:
    from mlslab.grading.command import Request, grade

    course = load_course()
    request = Request(
        paths=tuple(options.paths),
        out=options.out,
        policy=options.policy,
        jobs=options.jobs or os.cpu_count() or 1,
        regrade=options.regrade,
        walls=not options.unsafe_no_sandbox,
        cluster=options.cluster,
        file_times=options.file_times,
    )
    try:
        grade(course, course.lab(options.lab), request, nursery)
    except KeyboardInterrupt:
        return 130
    return 0
