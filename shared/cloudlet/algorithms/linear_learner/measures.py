"""The metrics of the final model on a channel, under AWS's names.

https://docs.aws.amazon.com/sagemaker/latest/dg/linear-learner-tuning.html
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cloudlet.algorithms import log
from cloudlet.algorithms.linear_learner.hyperparameters import BINARY, MULTICLASS
from cloudlet.algorithms.linear_learner.watching import Rows


def measure(
    rows: Rows,
    parameters: np.ndarray,
    threshold: float,
    scale: float,
    values: Mapping[str, Any],
) -> dict[str, float]:
    """All metrics but the objective loss, by name.

    Args:
        rows: the channel's.
        parameters: of the model, shape (features + 1, columns).
        threshold: of a binary classifier's outputs.
        scale: of the label, for regression.
        values: the job's hyperparameters.
    """
    if values["predictor_type"] == MULTICLASS:
        return _multiclass(rows, parameters, values)
    z = rows.design.outputs(parameters)[:, 0]
    if values["predictor_type"] == BINARY:
        return _binary(z, rows, threshold, values["f_beta"])
    error = (z - rows.labels).astype(np.float64) * scale
    return {"mse": float((error**2).mean()), "absolute_loss": float(abs(error).mean())}


def _binary(
    z: np.ndarray, rows: Rows, threshold: float, beta: float
) -> dict[str, float]:
    from sklearn.metrics import roc_auc_score

    positive, called = rows.labels > 0, z >= np.float64(threshold)
    hits = int((positive & called).sum())
    found, there = int(called.sum()), int(positive.sum())
    told = {
        "binary_classification_accuracy": float((positive == called).mean()),
        "binary_f_beta": _ratio((1 + beta**2) * hits, beta**2 * there + found),
        "precision": _ratio(hits, found),
        "recall": _ratio(hits, there),
    }
    if 0 < there < len(positive):
        told["roc_auc_score"] = float(roc_auc_score(positive, z))
    else:
        log.warning(f"channel '{rows.channel}' has one class only: no roc_auc_score")
    return told


def _multiclass(
    rows: Rows, parameters: np.ndarray, values: Mapping[str, Any]
) -> dict[str, float]:
    from sklearn.metrics import precision_recall_fscore_support

    called = np.empty(rows.design.rows, np.int64)
    rank = np.empty(rows.design.rows, np.int64)
    for part, block in rows.design.blocks(parameters.shape[1]):
        z = block.outputs(parameters)
        called[part] = z.argmax(1)
        own = np.take_along_axis(z, rows.labels[part, None], 1)
        rank[part] = (z > own).sum(1)
    precision, recall, f_beta, _ = precision_recall_fscore_support(
        rows.labels, called, beta=values["f_beta"], average="macro", zero_division=0
    )
    return {
        "multiclass_accuracy": float((called == rows.labels).mean()),
        "multiclass_top_k_accuracy": float((rank < values["accuracy_top_k"]).mean()),
        "dcg": float((1 / np.log2(rank + 2)).mean()),
        "macro_f_beta": float(f_beta),
        "macro_precision": float(precision),
        "macro_recall": float(recall),
    }


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
