"""Tags of the SageMaker resources that are ours; moto keeps those of its own."""

from __future__ import annotations

from typing import Any

from cloudlet.errors import ValidationException
from cloudlet.gateway.call import Answer, Call, PassOn
from cloudlet.gateway.registry import operation
from cloudlet.services.sagemaker.state import SageMakerStore

#: Source: botocore's sagemaker model, `TagList` (max 50).
MOST_TAGS = 50


def as_mapping(tags: list[dict[str, str]] | None) -> dict[str, str]:
    """`[{"Key": k, "Value": v}]` → `{k: v}`."""
    return {tag["Key"]: tag["Value"] for tag in tags or []}


def as_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """`{k: v}` → `[{"Key": k, "Value": v}]`."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@operation("sagemaker", "AddTags")
def add_tags(call: Call, request: dict[str, Any]) -> Answer:
    """Add or overwrite tags; answers with all of them."""
    tags = _tags_of(call, request["ResourceArn"])
    wanted = tags | as_mapping(request["Tags"])
    if len(wanted) > MOST_TAGS:
        raise ValidationException(f"A resource can have at most {MOST_TAGS} tags.")
    tags.update(wanted)
    return {"Tags": as_list(tags)}


@operation("sagemaker", "ListTags")
def list_tags(call: Call, request: dict[str, Any]) -> Answer:
    """All tags of a resource."""
    return {"Tags": as_list(_tags_of(call, request["ResourceArn"]))}


@operation("sagemaker", "DeleteTags")
def delete_tags(call: Call, request: dict[str, Any]) -> Answer:
    """Remove tags by key; keys that are not there are passed over."""
    tags = _tags_of(call, request["ResourceArn"])
    for key in request["TagKeys"]:
        tags.pop(key, None)
    return {}


def _tags_of(call: Call, arn: str) -> dict[str, str]:
    kind, _, name = arn.split(":", 5)[-1].partition("/")
    resources = call.store(SageMakerStore).by_kind(kind)
    if resources is None:
        raise PassOn
    if name not in resources or resources[name].arn != arn:
        raise ValidationException(f"Could not find resource with ARN {arn}")
    tags: dict[str, str] = resources[name].tags
    return tags
