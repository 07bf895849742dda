"""The built-in Random Cut Forest algorithm."""

from cloudlet.algorithms.metrics import MetricDefinition

METRICS: tuple[MetricDefinition, ...] = ()

__all__ = ["METRICS"]
