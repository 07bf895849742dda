"""A k-NN model: how rows are prepared, the index, the labels, and the vote.

Its three files are those that AWS documents, with the names and the metadata's fields
of https://docs.aws.amazon.com/sagemaker/latest/dg/kNN_how-it-works.html.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cloudlet.algorithms import artefact
from cloudlet.algorithms.knn import indexes, neighbours
from cloudlet.algorithms.knn.hyperparameters import (
    CLASSIFIER,
    COSINE,
    IVF_PQ,
    REGRESSOR,
)
from cloudlet.algorithms.knn.indexes import Index
from cloudlet.algorithms.knn.projection import Projection
from cloudlet.algorithms.serving import ModelLoadError
from cloudlet.runner.container import Container

SEED = 0
LABELS, METADATA = f"{artefact.NAME}.labels", f"{artefact.NAME}.json"


@dataclass(frozen=True)
class Preparation:
    """What happens to rows before the index sees them.

    Attributes:
        feature_dim: their features.
        index_dim: the index's; what is lacking is filled with zeros.
        projection: the dimension reduction, if there is one.
        normalize: whether they are brought to length 1, for cosines.
    """

    feature_dim: int
    index_dim: int
    projection: Projection | None
    normalize: bool

    @classmethod
    def asked(cls, values: Mapping[str, Any]) -> "Preparation":
        """As the hyperparameters say."""
        width = values["feature_dim"]
        target = values.get("dimension_reduction_target")
        dim = width if target is None else target
        if values["index_type"] == IVF_PQ:
            # FAISS cuts a vector into equal parts; AWS documents this rounding up.
            dim += -dim % values["faiss_index_pq_m"]
        projection = None
        if target is not None:
            kind = values["dimension_reduction_type"]
            projection = Projection(kind, SEED, target_dim=dim, input_dim=width)
        return cls(width, dim, projection, values["index_metric"] == COSINE)

    def apply(self, rows: np.ndarray) -> np.ndarray:
        """Rows of shape (n, feature_dim) as shape (n, index_dim)."""
        if self.projection is not None:
            rows = self.projection.apply(rows)
        elif self.index_dim > self.feature_dim:
            rows = np.pad(rows, ((0, 0), (0, self.index_dim - self.feature_dim)))
        return neighbours.with_length_one(rows) if self.normalize else rows


@dataclass(frozen=True)
class Model:
    """What training leaves and serving needs; `labels` stand in the index's order."""

    k: int
    predictor_type: str
    preparation: Preparation
    index: Index
    labels: np.ndarray
    about: Mapping[str, Any]

    @classmethod
    def fit(
        cls, rows: np.ndarray, labels: np.ndarray, values: Mapping[str, Any]
    ) -> "Model":
        """The model of rows, shape (n, feature_dim), and labels, shape (n,)."""
        preparation = Preparation.asked(values)
        index, order = indexes.build(preparation.apply(rows), values)
        about = {name: values[name] for name in ("index_type", "index_metric")}
        about |= {"feature_dim": preparation.feature_dim}
        about |= {"index_dim": preparation.index_dim}
        kind = values["predictor_type"]
        return cls(values["k"], kind, preparation, index, labels[order], about)

    def neighbours(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distances and labels of the k nearest, nearest first, shape (n, k)."""
        distances, positions = self.index.search(self.preparation.apply(rows), self.k)
        return distances, self.labels[positions]

    def predict(self, labels: np.ndarray) -> np.ndarray:
        """The predictions for neighbours' labels of shape (n, k), shape (n,)."""
        if self.predictor_type == CLASSIFIER:
            return most_frequent(labels)
        return np.asarray(labels.mean(axis=1, dtype=np.float64))

    def write(self, container: Container) -> None:
        """Write the artefact's three files."""
        artefact.write(container, self.about, **self.index.arrays())
        self.labels.astype("<f4").tofile(container.model / LABELS)
        projection = self.preparation.projection
        metadata = {
            "k": self.k,
            "predictor_type": self.predictor_type,
            "dimension_reduction": asdict(projection) if projection else None,
            "normalize": self.preparation.normalize,
            "version": "1.0",
        }
        (container.model / METADATA).write_text(json.dumps(metadata, indent=2))

    @classmethod
    def read(cls, model_dir: Path) -> "Model":
        """Read what `write` wrote; raises ModelLoadError."""
        about, arrays = artefact.read(model_dir)
        try:
            model = cls._restored(model_dir, about, arrays)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelLoadError(
                f"Unable to load the model: {LABELS} or {METADATA} is missing or no"
                f" part of a k-NN model, or {artefact.NAME} is of another algorithm"
                f" ({type(error).__name__}: {error})"
            ) from error
        model._check()
        return model

    @classmethod
    def _restored(
        cls, model_dir: Path, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> "Model":
        metadata = json.loads((model_dir / METADATA).read_text())
        reduction = metadata["dimension_reduction"]
        preparation = Preparation(
            about["feature_dim"],
            about["index_dim"],
            Projection(**reduction) if reduction else None,
            metadata["normalize"],
        )
        return cls(
            int(metadata["k"]),
            metadata["predictor_type"],
            preparation,
            indexes.restored(arrays, about["index_metric"]),
            np.fromfile(model_dir / LABELS, "<f4"),
            about,
        )

    def _check(self) -> None:
        """Raise ModelLoadError if the parts, which may be edited, do not fit."""
        size = self.index.size
        if len(self.labels) != size:
            raise ModelLoadError(
                f"Unable to load the model: {LABELS} has {len(self.labels)} labels, the"
                f" index {size} rows"
            )
        if not 1 <= self.k <= size:
            raise ModelLoadError(
                f"Unable to load the model: k is {self.k} in {METADATA}; it has to be"
                f" between 1 and the index's {size} rows"
            )
        if self.predictor_type not in (CLASSIFIER, REGRESSOR):
            raise ModelLoadError(
                f"Unable to load the model: predictor_type is {self.predictor_type!r}"
                f" in {METADATA}; it has to be {CLASSIFIER} or {REGRESSOR}"
            )
        try:
            # Builds what the index builds at its first search, too.
            self.neighbours(np.zeros((1, self.preparation.feature_dim), np.float32))
        except ValueError as error:
            raise ModelLoadError(
                f"Unable to load the model: its parts do not fit together ({error})"
            ) from error


def most_frequent(labels: np.ndarray) -> np.ndarray:
    """The most frequent value of each line, the smallest of several, shape (n,).

    In a sorted line equal values stand together; the first place where as many equal
    ones as anywhere have gone by is the end of the winner's.
    """
    ordered = np.sort(labels, axis=1)
    places = np.arange(labels.shape[1])
    begins = np.zeros(labels.shape, int)
    begins[:, 1:] = np.where(ordered[:, 1:] != ordered[:, :-1], places[1:], 0)
    lengths = places - np.maximum.accumulate(begins, axis=1)
    winners = lengths.argmax(axis=1)[:, None]
    return np.asarray(np.take_along_axis(ordered, winners, 1)[:, 0])
