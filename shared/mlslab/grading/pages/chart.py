"""How points are spread, as bars."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_MOST = 10


@dataclass(frozen=True)
class Bar:
    """How many submissions have points of this range.

    `share` is of the longest bar, between 0 and 1.
    """

    label: str
    count: int
    share: float


def bars(totals: Sequence[float], out_of: float) -> list[Bar]:
    """At most twelve bars of equally many points each, the lowest first.

    Args:
        totals: of each submission, in points; below 0 counts as 0.
        out_of: the points to be had; extra credit may go over it.
    """
    top = max([out_of, *totals, 1.0])
    step = max(1, int(np.ceil(top / _MOST)))
    edges = np.arange(0, np.floor(top / step) * step + 2 * step, step)
    counts, _ = np.histogram(np.clip(totals, 0, None), bins=edges)
    whole = all(float(total).is_integer() for total in totals)
    longest = max(int(counts.max()), 1)
    return [
        Bar(_label(int(low), step, top, whole), int(count), int(count) / longest)
        for low, count in zip(edges[:-1], counts, strict=True)
    ]


def _label(low: int, step: int, top: float, whole: bool) -> str:
    """`4–5`, or `4 to <6` where there are halves; the last range ends at the top."""
    high = min(low + step - whole, top)
    if high <= low:
        return str(low)
    if whole:
        return f"{low}–{high:g}"
    return f"{low} to {high:g}" if low + step > top else f"{low} to <{high:g}"
