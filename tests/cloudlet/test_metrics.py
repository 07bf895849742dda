"""CloudWatch metrics from the inside."""

from __future__ import annotations

from datetime import UTC, datetime

from cloudlet.metrics import Metrics
from cloudlet.stores import Scope


def test_points_wait_until_the_service_is_read():
    from moto.cloudwatch.models import cloudwatch_backends

    scope = Scope("111122223333", "eu-north-1")
    metrics, at = Metrics(), datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    metrics.put(scope, "mine", "loss", 0.5, {"Job": "a"}, at)
    backend = cloudwatch_backends[scope.account_id][scope.region]
    assert [d for d in backend.metric_data if d.namespace == "mine"] == []
    metrics.flush()
    (datum,) = [d for d in backend.metric_data if d.namespace == "mine"]
    assert (datum.name, datum.value) == ("loss", 0.5)
    assert [(d.name, d.value) for d in datum.dimensions] == [("Job", "a")]
    metrics.flush()
    assert len([d for d in backend.metric_data if d.namespace == "mine"]) == 1


def test_what_is_cleared_is_never_handed_on():
    from moto.cloudwatch.models import cloudwatch_backends

    scope = Scope("111122223333", "eu-south-1")
    metrics = Metrics()
    metrics.put(scope, "mine", "loss", 0.5, {}, datetime.now(UTC))
    metrics.clear()
    metrics.flush()
    assert cloudwatch_backends[scope.account_id][scope.region].metric_data == []


def test_list_metrics_names_the_dimensions(trained, clients):
    found = clients("cloudwatch").list_metrics(
        Namespace="/aws/sagemaker/TrainingJobs", MetricName="train:auc"
    )["Metrics"]
    assert {"Name": "TrainingJobName", "Value": "trained"} in [
        dimension for metric in found for dimension in metric["Dimensions"]
    ]
