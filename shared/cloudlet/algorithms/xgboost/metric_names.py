"""The evaluation metrics that XGBoost prints, and how the cloud finds them.

Names as in https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html and in
the container's own list, which has more.
"""

from cloudlet.algorithms.metrics import MetricDefinition

MAXIMIZE = (
    "accuracy",
    "auc",
    "aucpr",
    "balanced_accuracy",
    "f1",
    "f1_binary",
    "f1_macro",
    "map",
    "ndcg",
    "precision",
    "r2",
    "recall",
    "precision_macro",
    "precision_micro",
    "recall_macro",
    "recall_micro",
)
"""Metrics of which more is better."""

MINIMIZE = (
    "aft-nloglik",
    "cox-nloglik",
    "error",
    "gamma-deviance",
    "gamma-nloglik",
    "interval-regression-accuracy",
    "logloss",
    "mae",
    "mape",
    "merror",
    "mlogloss",
    "mphe",
    "mse",
    "poisson-nloglik",
    "rmse",
    "rmsle",
    "tweedie-nloglik",
)
"""Metrics of which less is better."""

WITH_THRESHOLD = ("error", "ndcg", "map")
"""Metrics that take `@t`: `error@0.7`, `ndcg@5`, `map@3`."""

_NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"


def _definition(channel: str, metric: str) -> MetricDefinition:
    mark = f"#011{channel}-{metric}:"
    regex = rf".*\[[0-9]+\].*{mark}{_NUMBER}.*"
    return MetricDefinition(f"{channel}:{metric}", regex, mark)


METRICS: tuple[MetricDefinition, ...] = tuple(
    _definition(channel, metric)
    for channel in ("train", "validation")
    for metric in (*MAXIMIZE, *MINIMIZE)
)
"""Applied to the log lines `[0]#011train-auc:0.9#011validation-auc:0.88`.

A metric with a threshold (`error@0.7`) has no definition, as on AWS; a job can bring
its own.
"""
