"""Learning by minibatches, and the metrics of what a machine says."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cloudlet.algorithms.dataset import Dataset, Features
from cloudlet.algorithms.factorization_machines.adam import Adam
from cloudlet.algorithms.factorization_machines.hyperparameters import (
    CLASSIFIER,
    PARTS,
)
from cloudlet.algorithms.factorization_machines.machine import Machine, sigmoid
from cloudlet.runner.container import ClientError

_EVERY = slice(None)
_CHUNK = 1 << 16


def epochs(
    machine: Machine, data: Dataset, values: Mapping[str, Any], seed: int
) -> Iterator[dict[str, float]]:
    """Learn one epoch after another; yields each one's metrics.

    Raises:
        ClientError: the weights have grown beyond all bounds.
    """
    random = np.random.RandomState(seed)
    optimisers = {
        part: Adam(
            getattr(machine, part), values[f"{part}_lr"], values[f"{part}_wd"], values
        )
        for part in PARTS
    }
    labels = np.asarray(data.labels, np.float32)
    for epoch in range(values["epochs"]):
        raw = np.empty(data.rows, np.float32)
        order = random.permutation(data.rows)
        with np.errstate(over="ignore", invalid="ignore"):
            for begin in range(0, data.rows, values["mini_batch_size"]):
                batch = order[begin : begin + values["mini_batch_size"]]
                rows, truth = data.features[batch], labels[batch]
                raw[batch] = _learn(machine, optimisers, rows, truth, values)
        if not np.isfinite(raw).all():
            raise ClientError(
                f"Training diverged in epoch {epoch}: the scores are no longer finite."
                " Lower factors_lr, linear_lr and bias_lr, scale the features, or set"
                " clip_gradient."
            )
        yield measured(raw, labels, values["predictor_type"])


def raw_scores(machine: Machine, rows: Features) -> np.ndarray:
    """y of rows, shape (n,), some at a time so that memory stays near the data's."""
    parts = [
        machine.raw(rows[begin : begin + _CHUNK])[0]
        for begin in range(0, rows.shape[0], _CHUNK)
    ]
    return np.concatenate(parts)


def measured(raw: np.ndarray, labels: np.ndarray, kind: str) -> dict[str, float]:
    """The metrics of y, shape (n,), against the labels, by AWS's names."""
    y, truth = raw.astype(np.float64), labels.astype(np.float64)
    if kind != CLASSIFIER:
        errors = y - truth
        mse = float((errors**2).mean())
        loss = float(np.abs(errors).mean())
        return {"rmse": mse**0.5, "mse": mse, "absolute_loss": loss}
    said, positive = sigmoid(y) >= 0.5, truth == 1
    found = 2 * (said & positive).sum()
    # -log of the probability of the truth: log(1 + e^y) - y·truth.
    entropy = float((np.logaddexp(0, y) - y * truth).mean())
    return {
        "binary_classification_accuracy": float((said == positive).mean()),
        "binary_classification_cross_entropy": entropy,
        "binary_f_beta": float(found / max(said.sum() + positive.sum(), 1)),
    }


def _learn(
    machine: Machine,
    optimisers: Mapping[str, Adam],
    rows: Features,
    truth: np.ndarray,
    values: Mapping[str, Any],
) -> np.ndarray:
    """One update by one batch; gives y as it was before."""
    columns, rows = _occurring(rows)
    known = machine.of(columns)
    raw, sums = known.raw(rows)
    said = sigmoid(raw) if values["predictor_type"] == CLASSIFIER else raw
    rescale = values.get("rescale_grad", 1 / len(truth))
    slopes = (said - truth) * np.float32(rescale)
    gradient = known.gradient(rows, slopes, sums)
    optimisers["bias"].step(gradient.bias, _EVERY)
    optimisers["linear"].step(gradient.linear, columns)
    optimisers["factors"].step(gradient.factors, columns)
    return raw


def _occurring(rows: Features) -> tuple[np.ndarray | slice, Features]:
    """The features that are not zero everywhere in the batch, and its rows in them."""
    if isinstance(rows, np.ndarray):
        return _EVERY, rows
    from scipy.sparse import csr_matrix

    columns, places = np.unique(rows.indices, return_inverse=True)
    shape = (rows.shape[0], len(columns))
    return columns, csr_matrix((rows.data, places, rows.indptr), shape=shape)
