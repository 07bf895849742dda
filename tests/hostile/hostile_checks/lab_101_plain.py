"""Visible checks: learners have them too."""

from collections.abc import Callable

from mlslab.checks import check, require

HINTS = ("Look.", "Look again.", "Write it down.")


@check(
    lab="101", name="double", title="Twice", points=1, objective="numbers", hints=HINTS
)
def double(double: Callable[..., float]) -> None:
    for number in (3, -1, 0):
        got = double(number)
        require(got == 2 * number, f"`double({number})` gives {got}")


@check(lab="101", name="total", title="Sum", points=2, objective="numbers", hints=HINTS)
def total(total: int) -> None:
    require(total == 40, f"`total` is {total}")


@check(
    lab="101",
    name="largest",
    title="Largest",
    points=4,
    objective="numbers",
    hints=HINTS,
)
def largest(largest: int, values: list[int]) -> None:
    require(largest == 8, f"`largest` is {largest}")
