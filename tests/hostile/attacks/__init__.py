"""Submissions that cheat, break, or are broken, and what each has to come to.

An attack that looks for something writes a right answer only if it has found it. So
points that are not deserved are points at all.
"""

from attacks import endings, files, forgeries, greed, objects, searches
from attacks.attack import Attack

__all__ = ["ATTACKS", "Attack"]

ATTACKS = [
    *endings.ATTACKS,
    *greed.ATTACKS,
    *searches.ATTACKS,
    *forgeries.ATTACKS,
    *objects.ATTACKS,
    *files.ATTACKS,
]
"""All attacks on lab 101."""
