"""Where a binary classifier draws the line: the threshold that serves a criterion best.

Thresholds are of the outputs before the logistic function; a row whose output is at
least the threshold is positive.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

#: These leave the line where the loss has it: a probability of one half.
LOSSES = ("cross_entropy_loss", "loss_function")
_TIE = 1e-12
_ROOM = 1e-4  # beyond the last row: more than the rounding of its output


@dataclass(frozen=True)
class Cut:
    """A threshold and the criterion's value there; `met` if the target is reached."""

    threshold: float
    value: float
    met: bool = True


def best_cut(z: np.ndarray, labels: np.ndarray, values: Mapping[str, Any]) -> Cut:
    """The best threshold for `binary_classifier_model_selection_criteria`.

    Among equals it is the closest to 0, a probability of one half. If no threshold
    reaches `target_precision` (`target_recall` can always be reached), the most precise
    one is taken, and `met` is false.

    Args:
        z: outputs, shape (rows,).
        labels: 0 or 1, shape (rows,).
        values: the job's hyperparameters, with a criterion that is none of LOSSES.
    """
    order = np.argsort(z, kind="stable")
    z, labels = z[order], labels[order] > 0
    # Cut number n calls the rows from n on positive; equal outputs stay together.
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(z)) + 1, [len(z)]])
    below = np.concatenate([[0], np.cumsum(labels)])[cuts]
    hits = below[-1] - below
    called = len(z) - cuts
    score, allowed = _scores(hits, called, int(below[-1]), len(z), values)
    met = bool(allowed.any())
    if not met:
        score = hits / np.maximum(called, 1)
        allowed = called > 0
    top = score[allowed].max()
    best = cuts[allowed & (score >= top - _TIE)]
    thresholds = np.array([_between(z, int(cut)) for cut in best])
    return Cut(float(thresholds[np.abs(thresholds).argmin()]), float(top), met)


def _scores(
    hits: np.ndarray,
    called: np.ndarray,
    positives: int,
    rows: int,
    values: Mapping[str, Any],
) -> tuple[np.ndarray, np.ndarray]:
    """The criterion at each cut, and which cuts reach the target."""
    criterion = values["binary_classifier_model_selection_criteria"]
    precision = hits / np.maximum(called, 1)
    recall = hits / max(positives, 1)
    everywhere = np.ones(len(hits), bool)
    if criterion == "precision_at_target_recall":
        return precision, recall >= min(values["target_recall"], recall.max()) - _TIE
    if criterion == "recall_at_target_precision":
        return recall, (precision >= values["target_precision"] - _TIE) & (called > 0)
    if criterion in ("f1", "f_beta"):
        square = 1.0 if criterion == "f1" else values["f_beta"] ** 2
        return (1 + square) * hits / np.maximum(
            square * positives + called, _TIE
        ), everywhere
    right = hits + (rows - called) - (positives - hits)
    return right / rows, everywhere


def _between(z: np.ndarray, cut: int) -> float:
    """The threshold between two outputs: 0 if it lies there, else halfway."""
    low = float(z[cut - 1]) if cut else -np.inf
    high = float(z[cut]) if cut < len(z) else np.inf
    if low < 0 <= high:
        return 0.0
    if np.isinf(low):
        return high - _ROOM * max(1.0, abs(high))
    if np.isinf(high):
        return low + _ROOM * max(1.0, abs(low))
    return (low + high) / 2
