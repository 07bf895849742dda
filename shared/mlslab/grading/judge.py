"""The judge: a process that no learner's code can reach, with the lab's checks in it.

It is forked for each run, in the network of that run's cloud. It is told the name of an
exercise, asks for the variables that its checks want, calls the learner's functions on
inputs of its own, looks at the cloud, and tells what it found.
"""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mlslab.checks import Check, Status, judge, load_checks
from mlslab.course import load_course
from mlslab.grading.frames import Broken, Channel
from mlslab.grading.remote import RemoteNames
from mlslab.grading.sandbox import SCRATCH, Allowance, limit, only_read
from mlslab.hidden import HiddenCheck, judge_hidden, load_hidden


@dataclass(frozen=True)
class Verdict:
    """What the judge found.

    Attributes:
        status: a `mlslab.checks.Status`' value, or `timeout` or `dead` when the kernel
            did not answer.
        message: the visible check's message.
        hidden: messages of the hidden checks that failed.
    """

    status: str
    message: str = ""
    hidden: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all checks passed."""
        return self.status == Status.PASSED.value and not self.hidden


class _Gone(BaseException):
    """The kernel does not answer; not for a check to catch."""


def main(connection: socket.socket) -> None:
    """Judge as told, until the channel ends."""
    channel = Channel(connection)
    told = channel.receive()
    sys.path[:] = told["path"]
    if told["walls"]:
        only_read()
        os.environ["TMPDIR"] = os.environ["HOME"] = SCRATCH
        os.chdir(SCRATCH)
    limit(Allowance(**told["allowance"]))
    bench = _Bench(channel, told)
    channel.send({"ready": True})
    while True:
        try:
            name = channel.receive()["judge"]
        except Broken:
            return
        channel.send({"verdict": asdict(bench.judge(name))})


class _Bench:
    def __init__(self, channel: Channel, told: dict[str, Any]) -> None:
        course = load_course(Path(told["root"]))
        lab = course.lab(told["lab"])
        self._channel = channel
        self._checks = load_checks(course, lab)
        self._hidden = load_hidden(course, lab)
        self._aws = _aws(told["cloud"], lab.id) if told["cloud"] else None

    def judge(self, name: str) -> Verdict:
        try:
            return self._judge(self._checks[name])
        except _Gone as gone:
            return Verdict(str(gone))

    def _judge(self, check: Check) -> Verdict:
        names = RemoteNames(self._ask)
        outcome = judge(check, names, self._aws)
        if outcome.status is not Status.PASSED:
            return Verdict(outcome.status.value, outcome.message)
        failed = [
            hidden.message
            for hidden in self._of(check)
            if judge_hidden(hidden, names, self._aws).status is not Status.PASSED
        ]
        return Verdict(outcome.status.value, "", tuple(failed))

    def _of(self, check: Check) -> list[HiddenCheck]:
        return [hidden for hidden in self._hidden if hidden.exercise == check.name]

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        self._channel.send({"question": question})
        answer: dict[str, Any] = self._channel.receive()
        if "gone" in answer:
            raise _Gone("timeout" if answer["gone"] == "timeout" else "dead")
        return answer


def _aws(url: str, lab_id: str) -> Any:
    from mlslab.modes import LOCAL, open_place

    os.environ["CLOUDLET_URL"] = url
    return open_place(LOCAL).aws(lab_id)
