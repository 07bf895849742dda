"""Requests are checked against botocore's model, in AWS's words."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloudlet.errors import ValidationException
from cloudlet.gateway.models import service_model
from cloudlet.gateway.validation import _compiled, require, validate


@pytest.fixture(scope="module")
def unchecked(clients) -> Any:
    """A client that leaves all checking to the cloud."""
    return clients("sagemaker", parameter_validation=False)


def message_of(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    return str(error["Message"])


def test_a_value_that_no_pattern_allows(unchecked):
    assert message_of(unchecked.describe_model, ModelName="not a name") == (
        "1 validation error detected: Value 'not a name' at 'modelName' failed to "
        "satisfy constraint: Member must satisfy regular expression pattern: "
        "[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?"
    )


def test_all_failures_are_told_at_once(unchecked):
    message = message_of(
        unchecked.create_training_job,
        TrainingJobName="under_score",
        RoleArn="no role",
        AlgorithmSpecification={"TrainingInputMode": "Telepathy"},
        OutputDataConfig={},
        ResourceConfig={"InstanceCount": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 0},
    )
    assert message.startswith("6 validation errors detected: ")
    for place in (
        "Value 'under_score' at 'trainingJobName'",
        "Value 'no role' at 'roleArn'",
        "Value 'Telepathy' at 'algorithmSpecification.trainingInputMode' failed to "
        "satisfy constraint: Member must satisfy enum value set: [",
        "Value null at 'outputDataConfig.s3OutputPath' failed to satisfy constraint: "
        "Member must not be null",
        "Value 'no role' at 'roleArn' failed to satisfy constraint: Member must have "
        "length greater than or equal to 20",
        "Value '0' at 'stoppingCondition.maxRuntimeInSeconds' failed to satisfy "
        "constraint: "
        "Member must have value greater than or equal to 1",
    ):
        assert place in message


@pytest.mark.parametrize(
    "request_, rule",
    [
        ({"MaxResults": 0}, "value greater than or equal to 1"),
        ({"MaxResults": 101}, "value less than or equal to 100"),
        ({"SortOrder": "Sideways"}, "enum value set: ["),
        ({"NameContains": "x" * 64}, "length less than or equal to 63"),
    ],
)
def test_ranges_enums_and_lengths(unchecked, request_, rule):
    assert rule in message_of(unchecked.list_models, **request_)


def test_a_list_that_is_too_short_and_its_items(unchecked):
    message = message_of(
        unchecked.create_endpoint_config,
        EndpointConfigName="c",
        ProductionVariants=[],
    )
    assert "at 'productionVariants'" in message
    message = message_of(
        unchecked.create_endpoint_config,
        EndpointConfigName="c",
        ProductionVariants=[{"ModelName": "m"}],
    )
    assert "Value null at 'productionVariants.1.member.variantName'" in message


def test_a_value_of_another_type(unchecked):
    message = message_of(unchecked.describe_model, ModelName=5)
    assert "at 'modelName'" in message


def test_the_runtime_has_its_own_code(clients):
    with pytest.raises(ClientError) as caught:
        clients("sagemaker-runtime").invoke_endpoint(EndpointName="no_name", Body=b"")
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_what_a_handler_requires_is_worded_alike():
    with pytest.raises(ValidationException) as caught:
        require({"B": 1}, "A", "B", "C", path="outer")
    assert caught.value.message == (
        "2 validation errors detected: Value null at 'outer.a' failed to satisfy "
        "constraint: Member must not be null; Value null at 'outer.c' failed to "
        "satisfy constraint: Member must not be null"
    )


def test_what_the_model_allows_passes():
    validate("sagemaker", "DescribeModel", {"ModelName": "a-model"})
    validate("sagemaker", "ListModels", {"MaxResults": 100, "SortOrder": "Ascending"})


def test_every_pattern_of_sagemakers_can_be_read():
    """A pattern that `re` can't read would let everything through."""
    model = service_model("sagemaker")
    patterns = {
        str(pattern)
        for name in model.shape_names
        if (pattern := model.shape_for(name).metadata.get("pattern"))
    }
    unread = {p for p in patterns if _compiled(p).pattern == r"[\s\S]*"}
    assert len(patterns) > 200
    # Java lets `$` be repeated, as two patterns of tags ask; `re` does not.
    assert {p for p in unread if "${1," not in p} <= {r"[\s\S]*"}
