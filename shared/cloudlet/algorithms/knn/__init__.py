"""The built-in k-NN algorithm."""

from cloudlet.algorithms.metrics import MetricDefinition

METRICS: tuple[MetricDefinition, ...] = ()

__all__ = ["METRICS"]
