"""Models over the wire."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from refusals import error_of

from cloudlet import fresh_account

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


def request(model: str, **members: Any) -> dict[str, Any]:
    return {"ModelName": model, "ExecutionRoleArn": fresh_account.ROLE_ARN} | members


def test_a_model_is_described_as_it_was_created(bench, artifact, name):
    model = bench.model(name("model"), artifact, Environment={"A": "b"})
    description = bench.sagemaker.describe_model(ModelName=model)
    del description["ResponseMetadata"]
    assert description.pop("CreationTime").tzinfo is not None
    assert description == {
        "ModelName": model,
        "ModelArn": f"arn:aws:sagemaker:us-east-1:123456789012:model/{model}",
        "PrimaryContainer": {
            "Image": IMAGE,
            "ModelDataUrl": artifact,
            "Environment": {"A": "b"},
        },
        "ExecutionRoleArn": fresh_account.ROLE_ARN,
        "EnableNetworkIsolation": False,
    }


def test_one_of_containers_is_as_good_as_the_primary(bench, artifact, name, sagemaker):
    model = name("model")
    container = {"Image": IMAGE, "ModelDataUrl": artifact}
    sagemaker.create_model(**request(model, Containers=[container]))
    assert sagemaker.describe_model(ModelName=model)["Containers"] == [container]
    endpoint = bench.deploy(name("endpoint"), bench.variant(model))
    assert endpoint["EndpointStatus"] == "InService"


def test_a_name_that_is_taken(bench, artifact, name):
    model = bench.model(name("model"), artifact)
    with pytest.raises(ClientError) as caught:
        bench.model(model, artifact)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"] == (
        "Cannot create already existing model "
        f'"arn:aws:sagemaker:us-east-1:123456789012:model/{model}".'
    )


@pytest.mark.parametrize("operation", ["describe_model", "delete_model"])
def test_a_model_that_is_not_there(sagemaker, operation):
    error = error_of(getattr(sagemaker, operation), ModelName="nobody")
    assert error["Code"] == "ValidationException"
    assert error["Message"] == (
        'Could not find model "arn:aws:sagemaker:us-east-1:123456789012:model/nobody".'
    )


def test_a_deleted_model_is_gone(bench, artifact, name):
    model = bench.model(name("model"), artifact)
    bench.sagemaker.delete_model(ModelName=model)
    assert (
        "Could not find"
        in error_of(bench.sagemaker.describe_model, ModelName=model)["Message"]
    )


@pytest.mark.parametrize(
    "members, word",
    [
        ({}, "PrimaryContainer"),
        ({"PrimaryContainer": {}}, "Image"),
        (
            {"PrimaryContainer": {"Image": IMAGE}, "Containers": [{"Image": IMAGE}]},
            "not both",
        ),
        ({"Containers": [{"Image": IMAGE}, {"Image": IMAGE}]}, "one container"),
        ({"PrimaryContainer": {"Image": IMAGE, "Mode": "MultiModel"}}, "MultiModel"),
        (
            {"PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "s3://bench/none"}},
            "Could not find model data at s3://bench/none.",
        ),
        (
            {"PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "https://e.org/m"}},
            "https://e.org/m",
        ),
        (
            {"PrimaryContainer": {"Image": IMAGE.replace("xgboost", "nonsense")}},
            "sagemaker-nonsense",
        ),
    ],
)
def test_what_can_not_be_served_is_refused(sagemaker, name, members, word):
    error = error_of(sagemaker.create_model, **request(name("model"), **members))
    assert error["Code"] == "ValidationException"
    assert word in error["Message"]
