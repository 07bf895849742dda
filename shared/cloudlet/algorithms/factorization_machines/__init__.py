"""The built-in Factorization Machines algorithm."""

from cloudlet.algorithms.metrics import MetricDefinition

METRICS: tuple[MetricDefinition, ...] = ()

__all__ = ["METRICS"]
