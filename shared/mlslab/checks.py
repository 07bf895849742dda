"""Checks: what is asked of an exercise, and how an answer is judged.

A check is a function in the lab's module. Its parameters are the names of notebook
variables, or `aws`, the cloud that the lab works on (`mlslab.aws.Aws`):

    @check(
        lab="302", name="train", title="Train the model", points=2,
        objective="train", hints=("where to look", "which call", "nearly the line"),
    )
    def train(job_name: str, aws: Aws) -> None:
        job = aws.sagemaker.describe_training_job(TrainingJobName=job_name)
        require(
            job["TrainingJobStatus"] == "Completed",
            f"the training job `{job_name}` has ended as {job['TrainingJobStatus']}",
        )

It returns when the answer is right. A variable that is missing, or still `...`, is
`NotAttempted`; one that is not of the annotated type is `Incorrect`, and so is a
call that AWS answers with an error. Messages name the variable or the resource and
the symptom, never the answer.

Judging never prints, showing (`mlslab.show`) never judges.
"""

import dis
import importlib
import inspect
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import CodeType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from botocore.exceptions import ClientError

from mlslab.course import Course, LabInfo
from mlslab.errors import MlslabError

RESERVED = "aws"
"""The parameter that is not a notebook variable."""


class NotAttempted(Exception):  # noqa: N818 - an outcome, not a fault
    """Nothing to judge yet."""


class Incorrect(Exception):  # noqa: N818
    """The answer is not right; the message says what is the matter."""


def require(condition: Any, message: str) -> None:
    """Raise `Incorrect(message)` unless `condition` holds."""
    if not condition:
        raise Incorrect(message)


class Status(Enum):
    """How an answer stands; the value is the word that progress files keep."""

    PASSED = "passed"
    INCORRECT = "incorrect"
    NOT_ATTEMPTED = "not attempted"


@dataclass(frozen=True)
class Check:
    """One exercise: what it is worth, its hints, and the function that judges."""

    lab: str
    name: str
    title: str
    points: int
    objective: str
    hints: tuple[str, ...]
    judge: Callable[..., None]

    @property
    def variables(self) -> tuple[str, ...]:
        """The notebook variables it reads."""
        return variables(self.judge)


@dataclass(frozen=True)
class Outcome:
    """What judging came to; `cause` is the error behind an unexpected end."""

    check: Check
    status: Status
    message: str
    cause: Exception | None = None

    @property
    def points(self) -> int:
        """The points earned."""
        return self.check.points if self.status is Status.PASSED else 0


def check(
    *,
    lab: str,
    name: str,
    title: str,
    points: int,
    objective: str,
    hints: tuple[str, ...],
) -> Callable[[Callable[..., None]], Check]:
    """Make a `Check` of a function; see the module's docstring.

    Args:
        lab: the id of the lab, `"302"`.
        name: what `lab.check(name)` calls it.
        title: the exercise in a few words, for tables.
        points: what it is worth.
        objective: the id of the objective in `course.toml` that it exercises.
        hints: from the least to the most revealing, at least three.
    """

    def declare(judge: Callable[..., None]) -> Check:
        return Check(lab, name, title, points, objective, hints, judge)

    return declare


def load_checks(course: Course, lab: LabInfo) -> dict[str, Check]:
    """The lab's checks by name, in the order of its module.

    Raises `MlslabError` if there is no such module, or a name is used twice.
    """
    module_name = f"{course.checks}.{lab.checks_module}"
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:
            raise
        raise MlslabError(
            f"lab {lab.id} has no checks: write the module {module_name}"
        ) from None
    checks: dict[str, Check] = {}
    for found in vars(module).values():
        if isinstance(found, Check):
            if found.name in checks or found.lab != lab.id:
                raise MlslabError(
                    f"{module_name}: check {found.name!r} of lab {found.lab!r}:"
                    f" names are used once, and the lab is {lab.id!r}"
                )
            checks[found.name] = found
    return checks


def judge(check: Check, names: Mapping[str, Any], aws: Any) -> Outcome:
    """Judge by the notebook's variables and the cloud; prints nothing.

    Args:
        check: what to judge.
        names: the notebook's variables.
        aws: an `mlslab.aws.Aws`, given to checks that ask for it.
    """
    return Outcome(check, *decide(check.judge, names, aws))


def decide(
    function: Callable[..., None], names: Mapping[str, Any], aws: Any
) -> tuple[Status, str, Exception | None]:
    """What a function that judges comes to: status, message and unexpected error."""
    try:
        function(**_arguments(function, names, aws))
    except NotAttempted as error:
        return Status.NOT_ATTEMPTED, str(error), None
    except Incorrect as error:
        return Status.INCORRECT, str(error), None
    except ClientError as error:
        return Status.INCORRECT, _aws_answered(error), error
    except Exception as error:
        message = f"your answer cannot be read: {type(error).__name__}: {error}"
        return Status.INCORRECT, message, error
    return Status.PASSED, "", None


def variables(function: Callable[..., None]) -> tuple[str, ...]:
    """The notebook variables that a function judges by."""
    names = inspect.signature(function).parameters
    return tuple(name for name in names if name != RESERVED)


def is_unset(value: Any) -> bool:
    """Whether a value is `...`, or a function with nothing but that in its body."""
    code = getattr(value, "__code__", None)
    if not isinstance(code, CodeType):
        return value is ...
    steps = [step for step in dis.get_instructions(code) if step.opname not in _IDLE]
    loaded = [step for step in steps if step.opname.endswith("_CONST")]
    returned = all(step.opname.startswith("RETURN_") for step in steps[len(loaded) :])
    return returned and all(step.argval is None for step in loaded)


_IDLE = frozenset(("RESUME", "NOP"))


def _arguments(
    function: Callable[..., None], names: Mapping[str, Any], aws: Any
) -> dict[str, Any]:
    for name in variables(function):
        if name not in names:
            raise NotAttempted(f"`{name}` does not exist yet")
        if is_unset(names[name]):
            raise NotAttempted(f"`{name}` is still `...`")
    types = get_type_hints(function)
    arguments = {name: names[name] for name in variables(function)}
    for name, value in arguments.items():
        expected = types.get(name, object)
        require(
            _is_a(value, expected),
            f"`{name}` is of type {type(value).__name__};"
            f" {getattr(expected, '__name__', expected)} is expected",
        )
    if RESERVED in inspect.signature(function).parameters:
        arguments[RESERVED] = aws
    return arguments


_WIDER = {float: numbers.Real, int: numbers.Integral}
"""numpy's numbers are numbers too."""


def _is_a(value: Any, expected: Any) -> bool:
    plain = get_origin(expected) or expected
    if plain in (Union, UnionType):
        return any(_is_a(value, one) for one in get_args(expected))
    if plain is Any:
        return True
    if plain is bool:
        return isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")
    plain = _WIDER.get(plain, plain)
    return not isinstance(plain, type) or isinstance(value, plain)


def _aws_answered(error: ClientError) -> str:
    answer = error.response.get("Error", {})
    code, text = answer.get("Code", ""), answer.get("Message", "")
    return f"AWS answers {error.operation_name} with {code}: {text}"
