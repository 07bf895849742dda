"""Tags over the wire."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloudlet import fresh_account


def tags(sagemaker: Any, arn: str) -> dict[str, str]:
    pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
    return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}


def as_list(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


@pytest.fixture
def arn(sagemaker, name) -> str:
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
    return str(
        sagemaker.create_model(
            ModelName=name("tagged"),
            ExecutionRoleArn=fresh_account.ROLE_ARN,
            PrimaryContainer={"Image": image},
            Tags=as_list(lab="302", owner="me"),
        )["ModelArn"]
    )


def test_tags_are_added_overwritten_and_removed(sagemaker, arn):
    assert tags(sagemaker, arn) == {"lab": "302", "owner": "me"}
    answer = sagemaker.add_tags(ResourceArn=arn, Tags=as_list(owner="you", stage="dev"))
    assert answer["Tags"] == as_list(lab="302", owner="you", stage="dev")
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["lab", "never"])
    assert tags(sagemaker, arn) == {"owner": "you", "stage": "dev"}


def test_every_kind_has_tags(bench, trained, served, sagemaker):
    config = sagemaker.describe_endpoint_config(EndpointConfigName=served)
    arns = [
        trained["TrainingJobArn"],
        config["EndpointConfigArn"],
        sagemaker.describe_endpoint(EndpointName=served)["EndpointArn"],
    ]
    for arn in arns:
        sagemaker.add_tags(ResourceArn=arn, Tags=as_list(kind="any"))
        assert tags(sagemaker, arn) == {"kind": "any"}
        sagemaker.delete_tags(ResourceArn=arn, TagKeys=["kind"])


def test_a_resource_has_at_most_fifty_tags(sagemaker, arn):
    many = as_list(**{f"tag-{n}": "x" for n in range(49)})
    with pytest.raises(ClientError) as caught:
        sagemaker.add_tags(ResourceArn=arn, Tags=many)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert tags(sagemaker, arn) == {"lab": "302", "owner": "me"}


@pytest.mark.parametrize(
    "change",
    [
        ("tagged", "nobody"),
        ("us-east-1", "eu-west-1"),
        ("123456789012", "210987654321"),
    ],
)
def test_a_resource_that_is_not_there(sagemaker, arn, change):
    with pytest.raises(ClientError) as caught:
        sagemaker.list_tags(ResourceArn=arn.replace(*change))
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_an_illegal_arn(sagemaker):
    with pytest.raises(ClientError) as caught:
        sagemaker.add_tags(ResourceArn="not-an-arn", Tags=as_list(a="b"))
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert "'resourceArn' failed to satisfy constraint" in error["Message"]
