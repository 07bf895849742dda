"""The built-in BlazingText algorithm."""

from cloudlet.algorithms.metrics import MetricDefinition

METRICS: tuple[MetricDefinition, ...] = ()

__all__ = ["METRICS"]
