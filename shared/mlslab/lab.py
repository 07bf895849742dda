"""A lab in a notebook: one line starts it, one line ends it.

from mlslab import start_lab
lab = start_lab("302")
…
lab.end()
"""

import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from mlslab import costs
from mlslab.answers import solved
from mlslab.aws import Aws
from mlslab.buckets import own_bucket
from mlslab.checks import Check, Outcome, Status, judge, load_checks
from mlslab.course import Course, LabInfo, load_course
from mlslab.errors import CheckFailedError, MlslabError
from mlslab.exams import load_exams
from mlslab.execute import is_rehearsal, is_strict
from mlslab.kinds import KINDS
from mlslab.ledger import Ledger
from mlslab.live import Consent
from mlslab.modes import LIVE, LOCAL, Place, close_place, open_place
from mlslab.progress import Progress, home, load_progress
from mlslab.questions.model import Answer, Question
from mlslab.questions.quiz import explanation, show_question
from mlslab.questions.reading import load_quiz
from mlslab.show import Card, Rows, outcome_card, show
from mlslab.source import read_source
from mlslab.teardown import Teardown, tagged_in_account, tagged_in_cloud, tear_down
from mlslab.watch import Watcher, listen, watch


class Lab:
    """The lab that is open in this notebook.

    Attributes:
        info: the lab as `course.toml` has it.
        region, role, account_id: the AWS Region, the ARN of the execution role and
            the account.
        session: a boto3 session.
        cloud: the local cloud (`cloudlet`); None in live mode.
    """

    def __init__(self, course: Course, info: LabInfo, place: Place) -> None:
        self.info, self._course, self._place = info, course, place
        self.region, self.role = place.region, place.role
        self.account_id, self.session = place.account_id, place.session
        self.cloud = place.cloud
        folder = home() / "resources" if place.lasting else None
        name = f"{place.mode}-{place.account_id}-{info.id}.json"
        self._ledger = Ledger(folder / name if folder else None)
        self._checks = load_checks(course, info)
        self._progress = (
            Progress(info.id, None) if is_rehearsal() else load_progress(info.id)
        )

    @cached_property
    def bucket(self) -> str:
        """The lab's own bucket, made when it is first asked for, deleted by `end`."""
        alone = self._place.alone
        return own_bucket(self._aws, self.info.id, self._ledger, alone=alone)

    @cached_property
    def _aws(self) -> Aws:
        return self._place.aws(self.info.id)

    @cached_property
    def _questions(self) -> Mapping[str, Question]:
        return load_quiz(self._course, self.info)

    def sagemaker_session(self) -> Any:
        """A session of the SageMaker Python SDK v3 with `bucket` as its default."""
        from sagemaker.core.helper.session_helper import Session

        return Session(boto_session=self.session, default_bucket=self.bucket)

    def check(self, name: str) -> None:
        """Judge an exercise by the notebook's variables and the cloud."""
        outcome = self.judge(name, _notebook_names())
        self._progress.judged(outcome)
        show(outcome_card(outcome))
        if is_strict() and outcome.status is not Status.PASSED:
            raise CheckFailedError(f"{name}: {outcome.message}") from outcome.cause

    def judge(self, name: str, names: Mapping[str, Any]) -> Outcome:
        """Judge by the given variables; shows and notes nothing."""
        return judge(self._check(name), names, self._aws)

    def hint(self, name: str) -> None:
        """Show the next hint of an exercise, from the least to the most revealing."""
        hints = self._check(name).hints
        stage = self._progress.hinted(name, len(hints))
        lines = [hints[stage - 1]]
        if stage == len(hints):
            lines.append(f'That was the last one. `lab.solution("{name}")` shows mine.')
        show(Card(f"Hint {stage} of {len(hints)}", tuple(lines)))

    def solution(self, name: str) -> None:
        """Show the solution of an exercise, once it has been tried."""
        check = self._check(name)
        if not self._progress.of(name).attempts:
            line = f'Try it first: `lab.check("{name}")` has not seen an answer yet.'
            show(Card("The solution waits", (line,)))
            return
        source = self._course.source(self.info)
        if not source.is_file():
            line = "This copy of the course was released without its solutions."
            show(Card("The solution is not here", (line,)))
            return
        cells = read_source(source).exercises().get(name, [])
        code = "\n\n".join(solved(cell.text) for cell in cells)
        show(Card(f"A solution: {check.title}"))
        print(code)

    def quiz(self, question_id: str) -> None:
        """Ask a question; the reasons of all options follow the answer."""
        show_question(self._question(question_id), self._answered)

    def answer(self, question_id: str, answer: str | Iterable[str]) -> None:
        """Answer a question without the buttons: `lab.answer("302-q1", "a,c")`."""
        keys = self._question(question_id).read(answer)
        show(self._answered(question_id, keys))

    def progress(self) -> None:
        """Show how far this lab is done."""
        rows = []
        for check in self._checks.values():
            entry = self._progress.of(check.name)
            points = f"{entry.points} of {check.points}"
            rows.append((check.name, check.title, entry.status, points))
        show(Rows(self._standing(), ("exercise", "", "status", "points"), tuple(rows)))

    def exam(self) -> None:
        """Show the exam tasks that this lab belongs to, with those of today's exams."""
        rows = load_exams().crosswalk(self.info.exam_tasks)
        columns = tuple(load_exams().exams)
        table = tuple(tuple(row[code] for code in columns) for row in rows)
        show(Rows("Exam tasks (the crosswalk is the course's own)", columns, table))

    def bill(self) -> None:
        """Show what the lab's resources cost, or would cost, on AWS."""
        if self.cloud is not None:
            print(self._cloud_bill().table())
            return
        rows = [
            (
                record.kind,
                record.name,
                ", ".join(f"{n} × {t}" for t, n in record.instances),
            )
            for record in self._ledger
        ]
        month = costs.month_in_account(self._ledger)
        heading = f"What stands; its endpoints cost {month:.2f} USD in a month"
        show(Rows(heading, ("kind", "name", "instances"), tuple(rows)))

    def end(self) -> None:
        """Remove all that the lab created, and prove that nothing is left."""
        month = self._forgotten()
        teardown = tear_down(
            self.session,
            self._ledger,
            self._tagged,
            self.region,
            alone=self._place.alone,
        )
        watch(None)
        close_place(self._place)
        self._progress.ended = teardown.clean
        self._progress.save()
        show(_teardown_card(teardown, month))
        if is_strict() and not teardown.clean:
            raise MlslabError(f"left: {teardown.left}")

    def begin(self) -> None:
        """Watch the calls of this process, honour `# needs:`, say where we are."""
        confirm = Consent() if self._place.mode == LIVE else None
        watch(Watcher(self.info.id, self._ledger, confirm))
        _install_needs(self._checks)
        self._progress.ended = False
        self._progress.save()
        show(self._banner())

    def _forgotten(self) -> float:
        if self.cloud is None:
            return costs.month_in_account(self._ledger)
        return costs.month_in_cloud(self._cloud_bill())

    def _cloud_bill(self) -> Any:
        shared = None if self._place.own else self._ledger
        return costs.lab_bill(self.cloud, self.info.id, shared)

    def _tagged(self) -> list[str]:
        if self.cloud is None:
            return tagged_in_account(self.session, self.info.id)
        return tagged_in_cloud(self.cloud, self.info.id)

    def _answered(self, question_id: str, keys: Answer) -> Card:
        question = self._question(question_id)
        self._progress.answered(question_id, list(keys), question.is_right(keys))
        return explanation(question, keys)

    def _check(self, name: str) -> Check:
        check: Check = _named(self._checks, name, "check")
        return check

    def _question(self, question_id: str) -> Question:
        question: Question = _named(self._questions, question_id, "question")
        return question

    def _standing(self) -> str:
        points = sum(check.points for check in self._checks.values())
        done = self._progress
        return (
            f"{done.passed} of {len(self._checks)} exercises passed,"
            f" {done.points} of {points} points"
        )

    def _banner(self) -> Card:
        lines = [
            f"mode: {self._place.mode}: {self._place.words}",
            f"region: {self.region}, account {self.account_id}",
            f"role: {self.role}",
            f"bucket: {self._aws.bucket} (made on first use)",
            f"time: about {self.info.minutes} minutes of yours",
            f"on AWS: {self.info.cost}",
            f"progress: {self._standing()}",
        ]
        if len(self._ledger):
            count = len(self._ledger)
            lines.append(
                f"left by an earlier run, until `lab.end()`: {count} resources"
            )
        return Card(f"Lab {self.info.id}: {self.info.title}", tuple(lines))


def start_lab(lab_id: str, mode: str | None = None) -> Lab:
    """Open a lab in this notebook.

    Args:
        lab_id: the id in `labs/course.toml`, `"302"`.
        mode: `"local"` (the default, or `$MLSLAB_MODE`) or `"live"`.
    """
    if mode not in (None, LOCAL, LIVE):
        raise MlslabError(f"the mode is {LOCAL!r} or {LIVE!r}, not {mode!r}")
    course = load_course()
    info = course.lab(lab_id)
    listen()
    lab = Lab(course, info, open_place(mode))
    lab.begin()
    return lab


def _named(items: Mapping[str, Any], name: str, what: str) -> Any:
    if name not in items:
        raise MlslabError(f"no {what} {name!r}; there are {', '.join(items)}")
    return items[name]


def _notebook_names() -> Mapping[str, Any]:
    shell = _shell()
    if shell is not None:
        names: Mapping[str, Any] = shell.user_ns
        return names
    return sys._getframe(2).f_globals


def _install_needs(checks: Mapping[str, Check]) -> None:
    shell = _shell()
    if shell is not None:
        from mlslab.needs import install

        install(shell, checks)


def _shell() -> Any:
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    return get_ipython()


def _teardown_card(teardown: Teardown, month: float) -> Card:
    lines = [
        f"removed: {KINDS[record.kind].words} {record.name}"
        for record in teardown.removed
    ]
    if teardown.finished:
        lines.append(
            f"finished jobs stay listed and cost nothing: {len(teardown.finished)}"
        )
    lines += [f"LEFT: {what}: {why}" for what, why in teardown.left]
    lines.append(
        f"Forgotten for a month, what was running would have cost {month:.2f} USD."
    )
    if teardown.clean:
        heading = "✓ Nothing is left: each resource was asked for again, and by tag"
        return Card(heading, tuple(lines), "#1a7f37")
    return Card("✗ Something is left, and may cost money", tuple(lines), "#cf222e")
