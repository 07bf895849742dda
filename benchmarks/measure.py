"""How a ratio is measured: both sides in turn, in one run, medians of the rounds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Ratio:
    """One row of the table.

    Attributes:
        what: what was measured; `against`: the other side.
        ours, theirs: medians, in `unit`; `most`: the figure to reach.
        figure: what is compared with `most`: ours / theirs, or ours - theirs.
        rounds: how many pairs.
    """

    what: str
    against: str
    ours: float
    theirs: float
    unit: str
    figure: float
    most: float
    rounds: int
    kind: str = "×"

    @property
    def reached(self) -> bool:
        """Whether the figure is at most what it should be."""
        return self.figure <= self.most

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"reached": self.reached}


def p50(call: Callable[[], object], calls: int = 100) -> float:
    """The median time of one call, in milliseconds."""
    for _ in range(5):
        call()
    times = []
    for _ in range(calls):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return 1000 * statistics.median(times)


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def ratio(
    what: str,
    against: str,
    pairs: list[tuple[float, float]],
    unit: str,
    most: float,
) -> Ratio:
    """The median of the pairwise ratios ours / theirs."""
    figure = statistics.median(ours / theirs for ours, theirs in pairs)
    return Ratio(what, against, *_medians(pairs), unit, figure, most, len(pairs))


def difference(
    what: str, against: str, pairs: list[tuple[float, float]], most: float
) -> Ratio:
    """The median of the pairwise differences ours - theirs, in seconds."""
    figure = statistics.median(ours - theirs for ours, theirs in pairs)
    return Ratio(
        what, against, *_medians(pairs), "s", figure, most, len(pairs), kind="+ s"
    )


def _medians(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    return (
        statistics.median(ours for ours, _ in pairs),
        statistics.median(theirs for _, theirs in pairs),
    )
