"""What an attempt is worth: raw, scaled, by domain, by task, and what to repeat.

AWS reports a scaled score from 100 to 1000. It does not publish how the scale is made:
raw points are equated between forms of different difficulty. Ours is a straight line,
100 for nothing right and 1000 for all, so that the pass mark of 750 is 72.2 % right.
Like AWS's, it is compensatory (a weak domain can be made up for elsewhere), gives no
part of a point, and takes none away for a wrong answer.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mlslab.exam.attempt import Attempt
from mlslab.exam.paper import Item

LOWEST, HIGHEST = 100, 1000


@dataclass(frozen=True)
class Count:
    """So many right, of so many."""

    right: int
    of: int

    @property
    def share(self) -> float:
        """From 0 to 1; 0 of nothing."""
        return self.right / self.of if self.of else 0.0


@dataclass(frozen=True)
class Result:
    """The worth of an attempt.

    Attributes:
        scored: over the questions that count.
        unscored: over those that do not.
        scaled: 100 to 1000.
        pass_mark: on the same scale.
        domains: domain number → count over its scored questions.
        tasks: task → the same.
        labs: labs to repeat, the one with most wrong answers first, over all questions.
        right: for each item, whether its answer is right.
    """

    scored: Count
    unscored: Count
    scaled: int
    pass_mark: int
    domains: Mapping[str, Count]
    tasks: Mapping[str, Count]
    labs: tuple[tuple[str, int], ...]
    right: tuple[bool, ...]

    @property
    def passed(self) -> bool:
        """Whether the scaled score reaches the pass mark."""
        return self.scaled >= self.pass_mark


def judge(attempt: Attempt) -> Result:
    """Count the attempt as it stands; what is open is wrong."""
    paper = attempt.paper
    right = tuple(
        item.question.is_right(attempt.answers.get(place, ()))
        for place, item in enumerate(paper.items)
    )
    pairs = list(zip(paper.items, right, strict=True))
    scored = [(item, good) for item, good in pairs if item.scored]
    unscored = [(item, good) for item, good in pairs if not item.scored]
    wrong = Counter(item.question.lab for item, good in pairs if not good)
    count = _count([good for _, good in scored])
    return Result(
        scored=count,
        unscored=_count([good for _, good in unscored]),
        scaled=scale(count.share),
        pass_mark=paper.rules.sitting.pass_mark,
        domains=_by(scored, paper.domain),
        tasks=_by(scored, paper.task),
        labs=tuple(sorted(wrong.items(), key=lambda pair: (-pair[1], pair[0]))),
        right=right,
    )


def scale(share: float) -> int:
    """A share of right answers, 0 to 1, on the scale from 100 to 1000, rounded down."""
    return math.floor(LOWEST + share * (HIGHEST - LOWEST) + 1e-9)


def _by(
    scored: list[tuple[Item, bool]], name: Callable[[Item], str]
) -> dict[str, Count]:
    groups: dict[str, list[bool]] = {}
    for item, good in scored:
        groups.setdefault(name(item), []).append(good)
    return {key: _count(groups[key]) for key in sorted(groups)}


def _count(right: list[bool]) -> Count:
    return Count(sum(right), len(right))
