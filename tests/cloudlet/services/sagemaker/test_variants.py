"""The variants of an endpoint, and updates of what it serves."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from asking import ROW, invoke
from refusals import error_of


def test_weights_share_the_traffic(bench, model, name, runtime):
    endpoint = name("weights")
    bench.deploy(
        endpoint,
        bench.variant(model, "many", InitialVariantWeight=9),
        bench.variant(model, "few", InitialVariantWeight=1),
        bench.variant(model, "none", InitialVariantWeight=0),
    )
    seen = Counter(
        invoke(runtime, endpoint)["InvokedProductionVariant"] for _ in range(300)
    )
    assert set(seen) == {"many", "few"}
    # 300 draws of p = 0.1: 30 ± 5.2; five standard deviations either side.
    assert 4 <= seen["few"] <= 56
    for variant in ("many", "few", "none"):
        answer = invoke(runtime, endpoint, TargetVariant=variant)
        assert answer["InvokedProductionVariant"] == variant
    error = error_of(
        runtime.invoke_endpoint,
        EndpointName=endpoint,
        Body=ROW,
        TargetVariant="unknown",
    )
    assert error["Code"] == "ValidationError"
    assert "unknown" in error["Message"]


def test_weights_and_counts_change_in_service(bench, model, name, runtime, cloud):
    endpoint = name("reweigh")
    bench.deploy(
        endpoint,
        bench.variant(model, "a", InitialVariantWeight=1),
        bench.variant(model, "b", InitialVariantWeight=0),
    )
    bench.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=endpoint,
        DesiredWeightsAndCapacities=[
            {"VariantName": "a", "DesiredWeight": 0},
            {"VariantName": "b", "DesiredWeight": 1, "DesiredInstanceCount": 3},
        ],
    )
    description = bench.settled(endpoint)
    a, b = description["ProductionVariants"]
    assert (a["CurrentWeight"], a["CurrentInstanceCount"]) == (0, 1)
    assert (b["CurrentWeight"], b["CurrentInstanceCount"]) == (1, 3)
    assert invoke(runtime, endpoint)["InvokedProductionVariant"] == "b"
    running = [
        line
        for line in cloud.bill().lines
        if line.resource == endpoint and line.running
    ]
    assert len(running) >= 1


def test_a_weight_of_a_variant_that_is_not_there(endpoint, sagemaker):
    error = error_of(
        sagemaker.update_endpoint_weights_and_capacities,
        EndpointName=endpoint,
        DesiredWeightsAndCapacities=[{"VariantName": "unknown", "DesiredWeight": 1}],
    )
    assert error["Code"] == "ValidationException"
    assert "unknown" in error["Message"]
    description = sagemaker.describe_endpoint(EndpointName=endpoint)
    assert description["EndpointStatus"] == "InService"


def test_all_weights_zero(bench, model, name, runtime):
    endpoint = name("zero")
    bench.deploy(endpoint, bench.variant(model, InitialVariantWeight=0))
    error = error_of(runtime.invoke_endpoint, EndpointName=endpoint, Body=ROW)
    assert error["Code"] == "ValidationError"
    assert invoke(runtime, endpoint, TargetVariant="AllTraffic")


def test_an_update_under_load_loses_no_request(bench, model, endpoint, name, runtime):
    """The new configuration's variants have other names, the worst case of a swap."""
    stop, answers, faults = threading.Event(), Counter(), []

    def load() -> None:
        while not stop.is_set():
            try:
                answers[invoke(runtime, endpoint)["InvokedProductionVariant"]] += 1
            except Exception as error:
                faults.append(error)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for variant in ("second", "third", "fourth"):
            config = bench.config(name("config"), bench.variant(model, variant))
            bench.sagemaker.update_endpoint(
                EndpointName=endpoint, EndpointConfigName=config
            )
            assert bench.settled(endpoint)["EndpointConfigName"] == config
            bench.until(lambda v=variant: answers[v], lambda count: count >= 5)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert faults == []
    assert set(answers) == {"AllTraffic", "second", "third", "fourth"}


def test_an_update_to_a_broken_model_keeps_the_old_fleet(
    bench, endpoint, broken_model, model, name, runtime
):
    before = invoke(runtime, endpoint)["Body"].read()
    config = bench.config(name("config"), bench.variant(broken_model, "broken"))
    bench.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    description = bench.settled(endpoint)
    assert description["EndpointStatus"] == "InService"
    assert "broken" in description["FailureReason"]
    assert description["EndpointConfigName"] == endpoint
    assert [v["VariantName"] for v in description["ProductionVariants"]] == [
        "AllTraffic"
    ]
    assert invoke(runtime, endpoint)["Body"].read() == before
    good = bench.config(name("config"), bench.variant(model, "good"))
    bench.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=good)
    description = bench.settled(endpoint)
    assert description["EndpointStatus"] == "InService"
    assert "FailureReason" not in description


def test_an_update_to_the_configuration_in_use(endpoint, sagemaker):
    error = error_of(
        sagemaker.update_endpoint, EndpointName=endpoint, EndpointConfigName=endpoint
    )
    assert error["Message"] == (
        "Cannot update endpoint with the currently in use endpoint configuration "
        f'"{endpoint}".'
    )


@pytest.mark.parametrize(
    "retained, expected",
    [
        ({}, (1.0, 1)),
        ({"RetainAllVariantProperties": True}, (7.0, 2)),
        (
            {
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [
                    {"VariantPropertyType": "DesiredWeight"}
                ],
            },
            (1.0, 2),
        ),
    ],
)
def test_an_update_may_retain_weights_and_counts(
    bench, model, endpoint, name, retained, expected
):
    bench.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=endpoint,
        DesiredWeightsAndCapacities=[
            {
                "VariantName": "AllTraffic",
                "DesiredWeight": 7,
                "DesiredInstanceCount": 2,
            }
        ],
    )
    bench.settled(endpoint)
    config = bench.config(name("config"), bench.variant(model))
    bench.sagemaker.update_endpoint(
        EndpointName=endpoint, EndpointConfigName=config, **retained
    )
    (variant,) = bench.settled(endpoint)["ProductionVariants"]
    assert (variant["CurrentWeight"], variant["CurrentInstanceCount"]) == expected
