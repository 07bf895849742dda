"""CloudWatch metrics from the inside; kept here until somebody reads the service."""

from __future__ import annotations

from datetime import datetime
from threading import Lock
from typing import Any

from cloudlet.stores import Scope

TRAINING_NAMESPACE = "/aws/sagemaker/TrainingJobs"
ENDPOINT_NAMESPACE = "AWS/SageMaker"


class Metrics:
    """Data points of all accounts and regions."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pending: list[tuple[Scope, str, dict[str, Any]]] = []

    def put(
        self,
        scope: Scope,
        namespace: str,
        name: str,
        value: float,
        dimensions: dict[str, str],
        at: datetime,
        unit: str = "None",
    ) -> None:
        """Record one data point."""
        datum = {
            "MetricName": name,
            "Value": value,
            "Unit": unit,
            "Timestamp": at.replace(tzinfo=None),  # moto's times are naive UTC
            "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
        }
        with self._lock:
            self._pending.append((scope, namespace, datum))

    def flush(self) -> None:
        """Hand all pending points to the CloudWatch service."""
        with self._lock:
            pending, self._pending = self._pending, []
        if not pending:
            return
        from moto.cloudwatch.models import cloudwatch_backends

        for scope, namespace, datum in pending:
            backend = cloudwatch_backends[scope.account_id][scope.region]
            backend.put_metric_data(namespace, [datum])

    def clear(self) -> None:
        """Forget what is pending."""
        with self._lock:
            self._pending.clear()
