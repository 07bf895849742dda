"""Endpoint configurations over the wire."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from refusals import error_of

ARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/"


@pytest.fixture(scope="module")
def model(bench, artifact) -> str:
    return str(bench.model("configured", artifact))


def test_a_configuration_is_described_with_the_default_weight(bench, model, name):
    plain = bench.variant(model, "plain")
    heavy = bench.variant(model, "heavy", InitialVariantWeight=3.0)
    config = bench.config(name("config"), plain, heavy)
    description = bench.sagemaker.describe_endpoint_config(EndpointConfigName=config)
    assert description["EndpointConfigArn"] == f"{ARN}{config}"
    assert description["ProductionVariants"] == [
        plain | {"InitialVariantWeight": 1.0},
        heavy,
    ]


def test_a_name_that_is_taken(bench, model, name):
    config = bench.config(name("config"), bench.variant(model))
    with pytest.raises(ClientError) as caught:
        bench.config(config, bench.variant(model))
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"] == (
        f'Cannot create already existing endpoint configuration "{ARN}{config}".'
    )


@pytest.mark.parametrize(
    "operation", ["describe_endpoint_config", "delete_endpoint_config"]
)
def test_a_configuration_that_is_not_there(sagemaker, operation):
    error = error_of(getattr(sagemaker, operation), EndpointConfigName="nobody")
    assert error["Code"] == "ValidationException"
    assert error["Message"] == f'Could not find endpoint configuration "{ARN}nobody".'


def test_a_deleted_configuration_is_gone(bench, model, name):
    config = bench.config(name("config"), bench.variant(model))
    bench.sagemaker.delete_endpoint_config(EndpointConfigName=config)
    listed = bench.sagemaker.list_endpoint_configs(NameContains=config)
    assert config not in [c["EndpointConfigName"] for c in listed["EndpointConfigs"]]


@pytest.mark.parametrize(
    "variants, members, word",
    [
        ([{"ModelName": "nobody"}], {}, "Could not find model"),
        ([{}, {}], {}, "unique"),
        ([{"InstanceType": None}], {}, "InstanceType"),
        ([{"InitialInstanceCount": None}], {}, "InitialInstanceCount"),
        (
            [{"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}],
            {},
            "ServerlessConfig",
        ),
        (
            [{}],
            {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://b/o"}}},
            "AsyncInferenceConfig",
        ),
    ],
)
def test_what_can_not_be_deployed_is_refused(
    bench, model, name, variants, members, word
):
    wanted = [
        {k: v for k, v in (bench.variant(model) | change).items() if v is not None}
        for change in variants
    ]
    error = error_of(
        bench.sagemaker.create_endpoint_config,
        EndpointConfigName=name("config"),
        ProductionVariants=wanted,
        **members,
    )
    assert error["Code"] == "ValidationException"
    assert word in error["Message"]
