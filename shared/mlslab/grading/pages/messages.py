"""Messages that say the same, counted together.

Two messages are of one kind if they differ only in numbers and in quoted names. What
differs within a kind is shown as `…`, what is the same for all stays readable.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from mlslab.grading.pages.text import TEXT

#: Quoted text, and words with a digit in them. The look-behind keeps the search linear
#: in the length of a word.
_VARYING = re.compile(
    r"(`[^`\n]*`|(?<!\w)'[^'\n]*'(?!\w)|\"[^\"\n]*\""
    r"|(?<![\w.,:/+-])[\w.,:/+-]*\d(?:[\w:/%-]|[.,]\d)*)"
)


def commonest(
    messages: Iterable[str], keep: Iterable[str] = (), top: int = 3
) -> tuple[tuple[str, int], ...]:
    """The kinds of messages that come most often, and how often.

    Args:
        messages: as learners got them.
        keep: names in backticks that tell kinds apart: the variables of the exercise.
        top: how many kinds.
    """
    kept = frozenset(f"`{name}`" for name in keep)
    kinds: dict[tuple[str, ...], Counter[tuple[str, ...]]] = defaultdict(Counter)
    for text, times in Counter(message[:TEXT] for message in messages).items():
        fixed, varying = _apart(text, kept)
        kinds[fixed][varying] += times
    counted = [(_example(*kind), kind[1].total()) for kind in kinds.items()]
    # By text where the counts are equal: the same submissions give the same page.
    return tuple(sorted(counted, key=lambda kind: (-kind[1], kind[0]))[:top])


def _apart(text: str, kept: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The text between what varies, and what varies."""
    fixed, varying = [""], []
    for index, piece in enumerate(_VARYING.split(text)):
        if index % 2 and piece not in kept:
            varying.append(piece)
            fixed.append("")
        else:
            fixed[-1] += piece
    return tuple(fixed), tuple(varying)


def _example(fixed: tuple[str, ...], seen: Counter[tuple[str, ...]]) -> str:
    shown = [fixed[0]]
    for values, text in zip(zip(*seen, strict=True), fixed[1:], strict=True):
        first = values[0]
        quote = first[0] if first[0] in "`'\"" else ""
        same = len(set(values)) == 1
        shown += [first if same else f"{quote}…{quote}", text]
    return "".join(shown)
