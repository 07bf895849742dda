"""A linear model as it is stored and served: for raw features, in the label's units."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from cloudlet.algorithms import artefact
from cloudlet.algorithms.dataset import Features
from cloudlet.algorithms.linear_learner.design import Scaler
from cloudlet.algorithms.linear_learner.hyperparameters import MULTICLASS, REGRESSOR
from cloudlet.algorithms.serving import ModelLoadError
from cloudlet.runner.container import Container

_ALGORITHM = "linear-learner"


@dataclass(frozen=True)
class LinearModel:
    """`(features - means) @ weights + bias`, and what becomes of it.

    Attributes:
        predictor_type: `binary_classifier`, `multiclass_classifier`, `regressor`.
        loss: its name; scores of `logistic` and `softmax_loss` are probabilities.
        threshold: of a binary classifier: outputs from it on are positive.
        means: shape (features,).
        weights: shape (features, columns); one column, or one for each class.
        bias: shape (columns,).
    """

    predictor_type: str
    loss: str
    threshold: float
    means: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    @classmethod
    def of(
        cls,
        parameters: np.ndarray,
        scaler: Scaler,
        label: tuple[float, float],
        about: Mapping[str, Any],
    ) -> "LinearModel":
        """From parameters for scaled features and labels.

        Args:
            parameters: shape (features + 1, columns), the bias last.
            scaler: of the features.
            label: mean and scale of the label.
            about: predictor_type, loss and threshold.
        """
        mean, scale = label
        exact = parameters.astype(np.float64) * scale
        return cls(
            predictor_type=about["predictor_type"],
            loss=about["loss"],
            threshold=about["threshold"],
            means=scaler.mean,
            weights=(exact[:-1] / scaler.scale[:, None]).astype(np.float32),
            bias=(exact[-1] + mean).astype(np.float32),
        )

    def outputs(self, rows: Features) -> np.ndarray:
        """Shape (rows, columns), from raw rows, dense or sparse."""
        if isinstance(rows, np.ndarray):
            made: np.ndarray = (rows - self.means) @ self.weights
            made += self.bias
            return made
        sparse: np.ndarray = rows @ self.weights
        sparse += self.bias - self.means @ self.weights
        return sparse

    def scores(self, outputs: np.ndarray) -> np.ndarray:
        """What the endpoint answers: probabilities, margins or predictions.

        Shape (rows,), or (rows, classes) for many classes.
        """
        if self.predictor_type == MULTICLASS:
            if self.loss == "hinge_loss":
                return outputs
            grown = np.exp(outputs - outputs.max(1, keepdims=True))
            softmax: np.ndarray = grown / grown.sum(1, keepdims=True)
            return softmax
        flat = outputs[:, 0]
        return expit(flat) if self.loss == "logistic" else flat

    def labels(self, outputs: np.ndarray) -> np.ndarray:
        """The predicted classes, shape (rows,)."""
        if self.predictor_type == MULTICLASS:
            numbers: np.ndarray = outputs.argmax(1)
            return numbers
        positive: np.ndarray = outputs[:, 0] >= np.float64(self.threshold)
        return positive.astype(np.int64)

    @property
    def is_classifier(self) -> bool:
        """Whether there are labels to predict."""
        return self.predictor_type != REGRESSOR

    def write(self, container: Container) -> None:
        """Write the artefact."""
        artefact.write(
            container,
            {
                "algorithm": _ALGORITHM,
                "predictor_type": self.predictor_type,
                "loss": self.loss,
                "threshold": self.threshold,
            },
            means=self.means,
            weights=self.weights,
            bias=self.bias,
        )


def read(model_dir: Path) -> LinearModel:
    """What `LinearModel.write` wrote.

    Raises:
        ModelLoadError: there is no artefact, or one of another algorithm.
    """
    about, arrays = artefact.read(model_dir, "means", "weights", "bias")
    if about.get("algorithm") != _ALGORITHM:
        raise ModelLoadError(
            f"Unable to load the model: {artefact.NAME} is of another algorithm"
        )
    return LinearModel(
        about["predictor_type"],
        about["loss"],
        about["threshold"],
        arrays["means"],
        arrays["weights"],
        arrays["bias"],
    )
