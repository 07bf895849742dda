"""The metrics that AWS's container adds to those of the library.

Each is scikit-learn's metric of the same name; the plain `f1` is the macro average.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

Evaluation = Callable[[np.ndarray, Any], list[tuple[str, float]]]

_OF_CLASSES: dict[str, tuple[str, dict[str, Any]]] = {
    "accuracy": ("accuracy_score", {}),
    "balanced_accuracy": ("balanced_accuracy_score", {}),
    "f1": ("f1_score", {"average": "macro", "zero_division": 0}),
    "f1_binary": ("f1_score", {"average": "binary", "zero_division": 0}),
    "f1_macro": ("f1_score", {"average": "macro", "zero_division": 0}),
    "precision": ("precision_score", {"zero_division": 0}),
    "precision_macro": ("precision_score", {"average": "macro", "zero_division": 0}),
    "precision_micro": ("precision_score", {"average": "micro", "zero_division": 0}),
    "recall": ("recall_score", {"zero_division": 0}),
    "recall_macro": ("recall_score", {"average": "macro", "zero_division": 0}),
    "recall_micro": ("recall_score", {"average": "micro", "zero_division": 0}),
}
_OF_VALUES = {"mse": "mean_squared_error", "r2": "r2_score"}

NAMES = frozenset(_OF_CLASSES) | frozenset(_OF_VALUES)
"""Metrics that the library itself does not know."""


def evaluation(names: Sequence[str], objective: str) -> Evaluation:
    """A `custom_metric` for `xgboost.train` that gives these metrics in this order."""
    scorers = [(name, _scorer(name, objective)) for name in names]

    def evaluate(predictions: np.ndarray, matrix: Any) -> list[tuple[str, float]]:
        labels = matrix.get_label()
        return [(name, float(score(labels, predictions))) for name, score in scorers]

    return evaluate


def classes(predictions: np.ndarray, objective: str) -> np.ndarray:
    """Each row's class, from what the objective predicts: shape (n,) or (n, k)."""
    if predictions.ndim == 2:
        return np.asarray(predictions.argmax(axis=1))
    if objective == "multi:softmax":
        return predictions.astype(int)
    threshold = 0.0 if objective == "binary:logitraw" else 0.5
    return (predictions > threshold).astype(int)


def _scorer(name: str, objective: str) -> Callable[[np.ndarray, np.ndarray], float]:
    from sklearn import metrics

    if name in _OF_VALUES:
        scorer: Callable[[np.ndarray, np.ndarray], float]
        scorer = getattr(metrics, _OF_VALUES[name])
        return scorer
    function, options = _OF_CLASSES[name]
    score = partial(getattr(metrics, function), **options)
    return lambda labels, predictions: score(labels, classes(predictions, objective))
