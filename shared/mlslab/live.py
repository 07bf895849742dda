"""In a real account: show what a call costs, and ask before the first one."""

import os
from collections.abc import Iterable

from mlslab.costs import price_words

AGREED = "MLSLAB_LIVE_OK"
"""Set to 1: the question is answered with yes (for runs without a person)."""


class Consent:
    """Shows the price of each call that costs money, and asks before the first.

    A yes holds for the rest of the lab. Without a person who can answer, the answer
    is no.
    """

    def __init__(self) -> None:
        self._given = False

    def __call__(self, operation: str, instances: Iterable[tuple[str, int]]) -> bool:
        """Whether the call may be sent.

        Args:
            operation: its wire name, `CreateTrainingJob`.
            instances: the instance types and counts that it asks for.
        """
        print(f"{operation} costs money: {price_words(operation, instances)}")
        self._given = self._given or _says_yes()
        return self._given


def _says_yes() -> bool:
    if os.environ.get(AGREED) == "1":
        return True
    try:
        reply = input("Go on in your AWS account, for the rest of this lab? [y/N] ")
    except (EOFError, OSError, RuntimeError, NotImplementedError):
        print(f"Nobody can answer here: set {AGREED}=1 to agree.")
        return False
    return reply.strip().lower() in ("y", "yes")
