"""A lab run by itself, each of its checks judged in every way that it is tested.

`rehearse` runs the cells of a lab's source in order, in this process, on a cloud of
its own. At each exercise it judges the unsolved cell, each mistake that stands beside
the checks (`lab_<id>_<slug>_mistakes.py`), and then the solution, with which it goes
on. What passes there is judged by the hidden checks too, as in grading. One run of the
lab so gives all verdicts.

    python -m mlslab.rehearsal 302      # the verdicts as JSON
"""

import argparse
import contextlib
import importlib
import json
import sys
import textwrap
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from mlslab.answers import answered, solved, unsolved
from mlslab.aws import Aws
from mlslab.checks import Outcome, Status, load_checks
from mlslab.course import Course, LabInfo, load_course
from mlslab.errors import SourceError
from mlslab.execute import rehearsal
from mlslab.hidden import judge_hidden, load_hidden
from mlslab.needs import waiting
from mlslab.source import Cell, Source, read_source

UNSOLVED, SOLUTION = "unsolved", "solution"


@dataclass(frozen=True)
class Mistake:
    """A mistake that people make, and what its check has to say about it.

    Args:
        check: the name of the check.
        name: the mistake in a few words.
        says: a part of the check's message; or
        hidden: the name of the hidden check that alone finds it out.
        answer: statements in place of the exercise's solution region; or
        values: variables that differ from the solution's.
        undo: statements that put right in the cloud what the answer has spoilt for
            those that are judged after it.
        status: the status that is expected, if nothing is hidden.
    """

    check: str
    name: str
    says: str = ""
    hidden: str = ""
    answer: str | None = None
    values: Mapping[str, Any] | None = None
    undo: str = ""
    status: str = "incorrect"

    def __post_init__(self) -> None:
        if bool(self.says) == bool(self.hidden):
            raise ValueError(
                f"mistake {self.name!r} of {self.check}: give `says`, or `hidden`"
            )


@dataclass(frozen=True)
class Verdict:
    """How one case came out.

    Attributes:
        check: the name of the check.
        case: `unsolved`, `solution` or a mistake's name.
        status, message: the visible check's.
        hidden: of the hidden checks that failed, once the visible one has passed, the
            name and what each has found.
    """

    check: str
    case: str
    status: str
    message: str
    hidden: Mapping[str, str] = field(default_factory=dict)


def load_mistakes(course: Course, lab: LabInfo) -> tuple[Mistake, ...]:
    """`MISTAKES` of the module beside the lab's checks; none without the module."""
    name = f"{course.checks}.{lab.checks_module}_mistakes"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return ()
    return tuple(module.MISTAKES)


def rehearse(
    course: Course, lab: LabInfo, mistakes: Sequence[Mistake]
) -> list[Verdict]:
    """Run the lab, and judge every case.

    Raises:
        SourceError: a cell of the solution raises; with its traceback.
    """
    source = read_source(course.source(lab))
    with rehearsal(strict=False, root=course.root):
        return list(_Stage(course, lab, source).play(mistakes))


class _Stage:
    def __init__(self, course: Course, lab: LabInfo, source: Source) -> None:
        self.source = source
        self.checks = load_checks(course, lab)
        self.hidden = load_hidden(course, lab)
        self.names: dict[str, Any] = {"__name__": "__main__", "display": _display}

    def play(self, mistakes: Sequence[Mistake]) -> Iterator[Verdict]:
        begun: set[str] = set()
        for cell in self.source.cells:
            if cell.kind != "code":
                continue
            name = _tagged(cell, "exercise:")
            if name and name not in begun:
                begun.add(name)
                yield from self._try_unsolved(cell, name)
                yield from self._try_answers(cell, name, mistakes)
            for check in cell.called("check"):
                yield self._verdict(check, SOLUTION, self.names)
                yield from self._try_values(check, mistakes)
            if not cell.called("check"):
                self._run(cell, solved(cell.text), self.names)

    def _try_unsolved(self, cell: Cell, name: str) -> Iterator[Verdict]:
        names = _copied(self.names)
        for step in self._until_check(cell, name):
            self._run(step, unsolved(step.text), names)
        yield self._verdict(name, UNSOLVED, names)

    def _try_answers(
        self, cell: Cell, name: str, mistakes: Sequence[Mistake]
    ) -> Iterator[Verdict]:
        for mistake in mistakes:
            if mistake.check != name or mistake.answer is None:
                continue
            names = _copied(self.names)
            for step in self._until_check(cell, name):
                code = solved(step.text)
                if step is cell:
                    code = answered(step.text, mistake.answer)
                # As in a notebook: a cell that raises does not keep one from checking.
                with contextlib.suppress(SourceError):
                    self._run(step, code, names)
            yield self._verdict(name, mistake.name, names)
            self._run(cell, textwrap.dedent(mistake.undo), names)

    def _try_values(self, name: str, mistakes: Sequence[Mistake]) -> Iterator[Verdict]:
        for mistake in mistakes:
            if mistake.check == name and mistake.values is not None:
                names = {**self.names, **mistake.values}
                yield self._verdict(name, mistake.name, names)

    def _until_check(self, cell: Cell, name: str) -> Iterator[Cell]:
        for step in self.source.cells[cell.index :]:
            if name in step.called("check"):
                return
            if step.kind == "code":
                yield step

    def _verdict(self, name: str, case: str, names: Mapping[str, Any]) -> Verdict:
        outcome: Outcome = self.names["lab"].judge(name, names)
        passed = outcome.status is Status.PASSED
        hidden = self._failed(name, names) if passed else {}
        return Verdict(name, case, outcome.status.value, outcome.message, hidden)

    def _failed(self, name: str, names: Mapping[str, Any]) -> dict[str, str]:
        asked = [check for check in self.hidden if check.exercise == name]
        outcomes = [judge_hidden(check, names, self._aws) for check in asked]
        return {o.check.name: o.reason for o in outcomes if o.message}

    @cached_property
    def _aws(self) -> Aws:
        lab = self.names["lab"]
        return Aws(lab.session, lab.account_id, lab.region, lab.role, lab.bucket)

    def _run(self, cell: Cell, code: str, names: dict[str, Any]) -> None:
        if waiting(code, names, self.checks):
            return
        place = f"{self.source.path.name}, cell {cell.index}"
        try:
            exec(compile(code, place, "exec"), names)
        except Exception:
            trace = f"\n{code}\n\n{traceback.format_exc()}"
            raise SourceError(self.source.path, cell.index, trace) from None


def _tagged(cell: Cell, prefix: str) -> str:
    found = [tag for tag in cell.tags if tag.startswith(prefix)]
    return found[0].removeprefix(prefix) if found else ""


def _copied(names: Mapping[str, Any]) -> dict[str, Any]:
    """The variables, with tables and containers that a cell may change copied."""
    kinds = ("DataFrame", "Series", "ndarray", "dict", "list", "set")
    return {
        name: value.copy()
        if type(value).__name__ in kinds and not name.startswith("__")
        else value
        for name, value in names.items()
    }


def _display(*items: Any) -> None:
    print(*map(repr, items))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the verdicts of a lab as JSON; what its cells print goes to stderr."""
    parser = argparse.ArgumentParser(prog="python -m mlslab.rehearsal")
    parser.add_argument("lab", help="the id of the lab, 302")
    course = load_course()
    lab = course.lab(parser.parse_args(arguments).lab)
    with contextlib.redirect_stdout(sys.stderr):
        verdicts = rehearse(course, lab, load_mistakes(course, lab))
    print(json.dumps([asdict(verdict) for verdict in verdicts], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
