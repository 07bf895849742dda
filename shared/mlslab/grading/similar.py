"""Answers that are more alike than the lab makes them: a list to look at.

A line of it says that two answers share code that hardly anybody else in the class has,
and that was not given. It is no verdict. There are honest reasons: a short road to a
short answer, a forum, a tutor, work in pairs that was allowed. Read the two texts, and
talk to people before thinking anything of them.

Fingerprints are those of copydetect (MIT licence, https://copydetect.readthedocs.io),
which takes names and strings for equal, and leaves comments and blanks out: a character
of the code that is left is called a token below. It selects fingerprints by Python's
hashes, which differ from run to run; here all of them are taken, so the list is the
same every time.
"""

import io
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from copydetect import CodeFingerprint  # type: ignore[import-untyped]

#: Tokens of a fingerprint. Answers of this course have 20 to 180 in all.
_LENGTH = 16
#: Answers have below 1,000 characters; what is longer is compared up to here.
_MOST_CHARACTERS = 10_000
_FEW, _MANY = 4, 50


@dataclass(frozen=True)
class Pair:
    """Two answers to look at.

    Attributes:
        exercise: which.
        learners: whose, in the order of their names.
        share: how much of the smaller answer's own code, what was given and what is
            common knowledge left out, is in the other one too; above 0, at most 1.
        tokens: how many fingerprints that are: each stands for a token and 15 after it.
        texts: the answers as they were handed in, in the order of `learners`.
    """

    exercise: str
    learners: tuple[str, str]
    share: float
    tokens: int
    texts: tuple[str, str]


def similar_answers(
    answers: Mapping[str, Mapping[str, str]],
    starter: Mapping[str, str],
    threshold: float = 0.7,
    *,
    least: int = 32,
    common: float = 0.25,
) -> list[Pair]:
    """Pairs of learners whose answers to an exercise are alike, strongest first.

    Args:
        answers: learner → exercise → answer; hostile text is fine.
        starter: exercise → all code that was given and may be used in the answer, best
            that of the whole notebook.
        threshold: the smallest `share` that is listed.
        least: the fewest shared fingerprints that are listed; an answer that many give
            alike since it is short has fewer.
        common: what more than this share of the learners have is common knowledge, and
            so is what more than 50 have. What four or fewer have never is.
    """
    prints = cache(_prints)
    pairs: list[Pair] = []
    for exercise in sorted({name for given in answers.values() for name in given}):
        texts = {who: by[exercise] for who, by in answers.items() if exercise in by}
        given = prints(starter.get(exercise, ""))
        own = {who: prints(text) - given for who, text in texts.items()}
        for learners, share, tokens in _alike(own, common):
            if share >= threshold and tokens >= least:
                both = (texts[learners[0]], texts[learners[1]])
                pairs.append(Pair(exercise, learners, share, tokens, both))
    return sorted(
        pairs,
        key=lambda pair: (-pair.share, -pair.tokens, pair.exercise, pair.learners),
    )


def _alike(
    own: Mapping[str, frozenset[int]], common: float
) -> list[tuple[tuple[str, str], float, int]]:
    """Learners, share and shared fingerprints, of all who share any."""
    holders: dict[int, list[str]] = defaultdict(list)
    for who in sorted(own):
        for fingerprint in own[who]:
            holders[fingerprint].append(who)
    most = max(_FEW, min(common * sum(map(bool, own.values())), _MANY))
    # Copies have all their fingerprints in common: few groups, of many each.
    groups = Counter(tuple(who) for who in holders.values() if len(who) <= most)
    sizes: Counter[str] = Counter()
    shared: Counter[tuple[str, str]] = Counter()
    for group, times in groups.items():
        for who in group:
            sizes[who] += times
        for one, other in combinations(group, 2):
            shared[one, other] += times
    return [
        ((one, other), tokens / min(sizes[one], sizes[other]), tokens)
        for (one, other), tokens in shared.items()
    ]


def _prints(text: str) -> frozenset[int]:
    # Blank lines mean nothing in code, and cost the lexer the square of their number.
    code = "\n".join(
        line for line in text[:_MOST_CHARACTERS].splitlines() if line.strip()
    )
    try:
        found = CodeFingerprint(
            "answer.py", _LENGTH, 1, language="python", fp=io.StringIO(code)
        )
    except Exception:
        # Whatever somebody wrote to break the lexer: it is like nobody's answer.
        return frozenset()
    return frozenset(map(int, found.hashes))
