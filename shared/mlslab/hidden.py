"""Hidden checks: what else is asked of an answer, once its visible check has passed.

They stand beside the visible ones, in `lab_<id>_<slug>_hidden.py`, which no release
has. `mlslab grade` judges them, and so do the rehearsal and the tests of a lab; a
notebook never does. The points of an exercise are earned when all its checks pass, so
that an answer that is fitted to the visible check earns nothing:

    @hidden(exercise="mean", message="`robust_mean` is not right for every list")
    def other_lists(robust_mean: Callable[..., float]) -> None:
        for values, mean in _lists_and_means():
            require(robust_mean(values) == mean, f"it is not right for {values}")

The parameters are those of a check. Functions of a notebook are called from outside
it, on plain data, at about 2 ms a call: some 50 calls for an exercise are enough. All
that a learner is told is `message`, which names the variable and the symptom; what a
judging function says itself is for those who write it.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlslab.checks import Status, decide, load_checks
from mlslab.course import Course, LabInfo
from mlslab.errors import MlslabError


@dataclass(frozen=True)
class HiddenCheck:
    """A further question about an exercise, and the function that judges."""

    exercise: str
    name: str
    message: str
    judge: Callable[..., None]


@dataclass(frozen=True)
class HiddenOutcome:
    """What judging came to.

    Attributes:
        check: what was judged.
        status: `PASSED` or `INCORRECT`; what is missing is incorrect here.
        reason: what the judging function found; no learner is told.
        cause: the error behind an unexpected end.
    """

    check: HiddenCheck
    status: Status
    reason: str
    cause: Exception | None = None

    @property
    def message(self) -> str:
        """What the learner is told; empty if it passed."""
        return "" if self.status is Status.PASSED else self.check.message


def hidden(
    *, exercise: str, message: str
) -> Callable[[Callable[..., None]], HiddenCheck]:
    """Make a `HiddenCheck` of a function, under the function's name.

    Args:
        exercise: the name of the visible check.
        message: what a learner is told when it fails.
    """

    def declare(judge: Callable[..., None]) -> HiddenCheck:
        name = judge.__name__
        # The second of two functions would take the first one's place, unseen.
        if isinstance(judge.__globals__.get(name), HiddenCheck):
            raise MlslabError(
                f"{judge.__module__}: two hidden checks are named {name!r}: rename one"
            )
        return HiddenCheck(exercise, name, message, judge)

    return declare


def load_hidden(course: Course, lab: LabInfo) -> tuple[HiddenCheck, ...]:
    """The lab's hidden checks in the order of their module; none without a module.

    Raises `MlslabError` if one is about an exercise that does not exist, or if a name
    is used twice.
    """
    name = f"{course.checks}.{lab.checks_module}_hidden"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return ()
    found = [item for item in vars(module).values() if isinstance(item, HiddenCheck)]
    exercises = load_checks(course, lab)
    for check in found:
        if check.exercise not in exercises:
            raise MlslabError(
                f"{name}: {check.name!r} is about {check.exercise!r}, which is no"
                f" exercise; there are {', '.join(exercises)}"
            )
    return tuple(found)


def judge_hidden(
    check: HiddenCheck, names: Mapping[str, Any], aws: Any
) -> HiddenOutcome:
    """Judge by the notebook's variables and the cloud; prints nothing.

    Args:
        check: what to judge; the visible check of its exercise has passed.
        names: the notebook's variables.
        aws: an `mlslab.aws.Aws`, given to checks that ask for it.
    """
    status, reason, cause = decide(check.judge, names, aws)
    if status is Status.NOT_ATTEMPTED:
        status = Status.INCORRECT
    return HiddenOutcome(check, status, reason, cause)
