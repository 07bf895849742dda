"""The bill of a running cloud."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def standing(fresh_bench) -> Any:
    """A bench whose cloud has a trained job and an endpoint of two instances."""
    tags = [{"Key": "lab", "Value": "302"}]
    job = fresh_bench.run(fresh_bench.request("job", Tags=tags))
    model = fresh_bench.model("model", job["ModelArtifacts"]["S3ModelArtifacts"])
    fresh_bench.deploy(
        "endpoint",
        fresh_bench.variant(model, InstanceType="ml.m5.large", InitialInstanceCount=2),
    )
    return fresh_bench


def lines(cloud: Any, component: str) -> list[Any]:
    return [line for line in cloud.bill().lines if line.component == component]


def test_a_fresh_cloud_owes_nothing(fresh_cloud):
    assert not list(fresh_cloud.bill().lines)


def test_a_job_is_billed_for_what_it_took(standing, fresh_cloud):
    (line,) = lines(fresh_cloud, "training")
    job = standing.sagemaker.describe_training_job(TrainingJobName="job")
    assert (line.resource, line.usage_type) == ("job", "ml.m5.large")
    assert not line.running
    seconds = line.quantity * 3600
    assert seconds == pytest.approx(job["BillableTimeInSeconds"], abs=1)
    assert line.tags == {"lab": "302"}
    fresh_cloud.advance(hours=10)
    assert lines(fresh_cloud, "training")[0].quantity == line.quantity


def test_an_endpoint_costs_as_long_as_it_stands(standing, fresh_cloud):
    fresh_cloud.advance(hours=10)
    (line,) = lines(fresh_cloud, "hosting")
    assert line.running
    assert line.quantity == pytest.approx(20, rel=0.01)
    standing.sagemaker.delete_endpoint(EndpointName="endpoint")
    standing.until(lambda: lines(fresh_cloud, "hosting")[0].running, lambda on: not on)
    stopped = lines(fresh_cloud, "hosting")[0].quantity
    fresh_cloud.advance(hours=10)
    assert lines(fresh_cloud, "hosting")[0].quantity == stopped


def test_a_changed_count_is_billed_from_then_on(standing, fresh_cloud):
    fresh_cloud.advance(hours=1)
    standing.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="endpoint",
        DesiredWeightsAndCapacities=[
            {"VariantName": "AllTraffic", "DesiredInstanceCount": 5}
        ],
    )
    standing.settled("endpoint")
    fresh_cloud.advance(hours=1)
    found = lines(fresh_cloud, "hosting")
    assert sum(line.quantity for line in found) == pytest.approx(2 + 5, rel=0.01)


def test_an_update_is_billed_without_gap_or_overlap(standing, fresh_cloud):
    fresh_cloud.advance(hours=1)
    config = standing.config("other", standing.variant("model", "Other"))
    standing.sagemaker.update_endpoint(
        EndpointName="endpoint", EndpointConfigName=config
    )
    standing.settled("endpoint")
    fresh_cloud.advance(hours=1)
    quantities = {
        line.usage_type: line.quantity for line in lines(fresh_cloud, "hosting")
    }
    assert quantities["ml.m5.large"] == pytest.approx(2, rel=0.01)
    assert quantities["ml.t2.medium"] == pytest.approx(1, rel=0.01)


def test_a_reset_cloud_owes_nothing(standing, fresh_cloud):
    fresh_cloud.reset()
    assert not list(fresh_cloud.bill().lines)
    assert fresh_cloud.resources() == []
