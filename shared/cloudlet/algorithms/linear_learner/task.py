"""What depends on the type of predictor: labels, their scale, and the loss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cloudlet.algorithms.linear_learner import losses
from cloudlet.algorithms.linear_learner.design import Scaler
from cloudlet.algorithms.linear_learner.grid import Setting
from cloudlet.algorithms.linear_learner.hyperparameters import (
    BINARY,
    MULTICLASS,
    REGRESSOR,
)
from cloudlet.runner.container import ClientError


@dataclass(frozen=True)
class Task:
    """One job's task, learnt from its training labels.

    Attributes:
        values: the job's hyperparameters.
        mean, scale: of the labels: 0 and 1 for classes.
        balanced: what a positive row would have to weigh; 1 if not binary.
        class_weights: shape (classes,), or None for 1.
    """

    values: Mapping[str, Any]
    mean: float = 0.0
    scale: float = 1.0
    balanced: float = 1.0
    class_weights: np.ndarray | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any], labels: np.ndarray) -> "Task":
        """Learn from the training labels, shape (rows,).

        Raises:
            ClientError: a label is none of the classes, or weights have nothing to
                balance.
        """
        if values["predictor_type"] == REGRESSOR:
            return cls._regressor(values, labels)
        classes = cls(values).prepared(labels, "train")
        if values["predictor_type"] == BINARY:
            return cls._binary(values, classes)
        if not values["balance_multiclass_weights"]:
            return cls(values)
        counts = np.bincount(classes, minlength=values["num_classes"])
        weights = len(classes) / (np.count_nonzero(counts) * np.maximum(counts, 1))
        return cls(values, class_weights=weights.astype(np.float32))

    @classmethod
    def _regressor(cls, values: Mapping[str, Any], labels: np.ndarray) -> "Task":
        size = min(values["num_point_for_scaler"], len(labels))
        places = np.linspace(0, len(labels) - 1, size).astype(np.int64)
        scaler = Scaler.of(
            labels[places, None],
            unbias=values["use_bias"] and values["unbias_label"] is not False,
            normalize=values["normalize_label"] is not False,
        )
        return cls(values, float(scaler.mean[0]), float(scaler.scale[0]))

    @classmethod
    def _binary(cls, values: Mapping[str, Any], labels: np.ndarray) -> "Task":
        positives = int(labels.sum())
        wanted = values["positive_example_weight_mult"]
        if wanted in ("balanced", "auto") and positives in (0, len(labels)):
            raise ClientError(
                f"positive_example_weight_mult is '{wanted}', and the channel 'train'"
                f" has {positives} positive among {len(labels)} rows: there is nothing"
                " to balance."
            )
        return cls(values, balanced=(len(labels) - positives) / max(positives, 1))

    def prepared(self, labels: np.ndarray, channel: str) -> np.ndarray:
        """A channel's labels as the loss takes them.

        Raises:
            ClientError: a label is none of the classes.
        """
        kind = self.values["predictor_type"]
        if kind == REGRESSOR:
            return (labels - np.float32(self.mean)) / np.float32(self.scale)
        classes = 2 if kind == BINARY else self.values["num_classes"]
        wrong = (labels < 0) | (labels >= classes) | (labels != np.floor(labels))
        if wrong.any():
            allowed = "0 or 1" if kind == BINARY else f"a whole number below {classes}"
            raise ClientError(
                f"The channel '{channel}' has the label {labels[wrong][0]:g}. With"
                f" predictor_type '{kind}' a label has to be {allowed}"
                + (" (num_classes)." if kind == MULTICLASS else ".")
            )
        return labels if kind == BINARY else labels.astype(np.int64)

    def loss(self, settings: Sequence[Setting]) -> losses.Loss:
        """The loss of models with these settings."""
        if self.values["predictor_type"] == REGRESSOR:
            return losses.regression(self.values, self.scale)
        if self.values["predictor_type"] == MULTICLASS:
            return losses.classification(self.values, self.class_weights)
        weights = np.array([s.positive_weight for s in settings], np.float32)
        plain = bool((weights == 1).all())
        return losses.classification(self.values, None if plain else weights)

    @property
    def unit(self) -> float:
        """What a loss of prepared labels is in units of the labels as they came."""
        loss = self.loss([])
        power = loss.power if isinstance(loss, losses.Regression) else 0
        return float(self.scale**power)
