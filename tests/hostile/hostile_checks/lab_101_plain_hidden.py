"""Hidden checks; the secret is what a submission must never find."""

from collections.abc import Callable

from mlslab.checks import require
from mlslab.hidden import hidden

SECRET = "hidden-secret-5b1c"


@hidden(exercise="double", message="`double` is not right for every number")
def other_numbers(double: Callable[..., float]) -> None:
    for number in (17, 2.5, -1234):
        require(double(number) == 2 * number, SECRET)
