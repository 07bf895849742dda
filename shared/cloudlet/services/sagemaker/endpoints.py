"""Endpoints: the operations. What runs behind them is `hosting`.

States: Creating → InService | Failed; InService → Updating → InService (or back, when
the new fleet does not come up); any → Deleting → gone.
"""

from __future__ import annotations

from typing import Any

from cloudlet.errors import ValidationException
from cloudlet.gateway.call import Answer, Call
from cloudlet.gateway.registry import operation
from cloudlet.services.sagemaker import endpoint_configs, hosting
from cloudlet.services.sagemaker.listing import page
from cloudlet.services.sagemaker.state import Endpoint, SageMakerStore, Variant
from cloudlet.services.sagemaker.tags import as_mapping


@operation("sagemaker", "CreateEndpoint")
def create_endpoint(call: Call, request: dict[str, Any]) -> Answer:
    """Start to serve a configuration; it goes on in the background."""
    name = request["EndpointName"]
    arn = call.arn(f"endpoint/{name}")
    config = endpoint_configs.find(call, request["EndpointConfigName"])
    fleet = hosting.plan(call, config)
    now = call.engine.clock.now()
    endpoint = Endpoint(name, arn, config.name, created=now, modified=now)
    endpoint.tags = as_mapping(request.get("Tags"))
    endpoints = call.store(SageMakerStore).endpoints
    with call.engine.stores.lock:
        if name in endpoints:
            raise ValidationException(
                f'Cannot create already existing endpoint "{arn}".'
            )
        endpoints[name] = endpoint
    call.engine.run_in_background(
        hosting.create, call.engine, call.scope, endpoint, fleet
    )
    return {"EndpointArn": arn}


@operation("sagemaker", "DescribeEndpoint")
def describe_endpoint(call: Call, request: dict[str, Any]) -> Answer:
    """Everything about one endpoint."""
    endpoint = _endpoint(call, request)
    answer: Answer = {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": endpoint.config_name,
        "EndpointStatus": endpoint.status,
        "CreationTime": endpoint.created,
        "LastModifiedTime": endpoint.modified,
    }
    if endpoint.variants:
        answer["ProductionVariants"] = [_summary(v) for v in endpoint.variants]
    if endpoint.failure_reason:
        answer["FailureReason"] = endpoint.failure_reason
    return answer


@operation("sagemaker", "ListEndpoints")
def list_endpoints(call: Call, request: dict[str, Any]) -> Answer:
    """Summaries, filtered, sorted and in pages."""
    endpoints = list(call.store(SageMakerStore).endpoints.values())
    shown, more = page(endpoints, request, status=lambda e: e.status)
    summaries = [
        {
            "EndpointName": e.name,
            "EndpointArn": e.arn,
            "CreationTime": e.created,
            "LastModifiedTime": e.modified,
            "EndpointStatus": e.status,
        }
        for e in shown
    ]
    return {"Endpoints": summaries, **more}


@operation("sagemaker", "UpdateEndpoint")
def update_endpoint(call: Call, request: dict[str, Any]) -> Answer:
    """Bring up another configuration, then swap; no request is lost meanwhile."""
    endpoint = _endpoint(call, request)
    config = endpoint_configs.find(call, request["EndpointConfigName"])
    _require_settled(endpoint)
    if config.name == endpoint.config_name:
        raise ValidationException(
            "Cannot update endpoint with the currently in use endpoint configuration "
            f'"{config.name}".'
        )
    fleet = hosting.plan(call, config)
    if request.get("RetainAllVariantProperties"):
        excluded = {
            item["VariantPropertyType"]
            for item in request.get("ExcludeRetainedVariantProperties", [])
        }
        hosting.retain(endpoint.variants, fleet, excluded)
    _begin_update(call, endpoint)
    call.engine.run_in_background(
        hosting.update, call.engine, call.scope, endpoint, fleet, config.name
    )
    return {"EndpointArn": endpoint.arn}


@operation("sagemaker", "UpdateEndpointWeightsAndCapacities")
def update_weights(call: Call, request: dict[str, Any]) -> Answer:
    """Change weights and instance counts of variants in service."""
    endpoint = _endpoint(call, request)
    variants = {variant.name: variant for variant in endpoint.variants}
    for wanted in request["DesiredWeightsAndCapacities"]:
        if wanted["VariantName"] not in variants:
            raise ValidationException(
                f"Could not find variant {wanted['VariantName']} in endpoint "
                f'"{endpoint.arn}".'
            )
    _begin_update(call, endpoint)
    call.engine.run_in_background(
        hosting.reweigh,
        call.engine,
        call.scope,
        endpoint,
        request["DesiredWeightsAndCapacities"],
    )
    return {"EndpointArn": endpoint.arn}


@operation("sagemaker", "DeleteEndpoint")
def delete_endpoint(call: Call, request: dict[str, Any]) -> Answer:
    """Stop serving, and stop the meter."""
    endpoint = _endpoint(call, request)
    with call.engine.stores.lock:
        _require_settled(endpoint)
        endpoint.status = "Deleting"
    call.engine.run_in_background(hosting.delete, call.engine, call.scope, endpoint)
    return {}


def _endpoint(call: Call, request: dict[str, Any]) -> Endpoint:
    name = request["EndpointName"]
    endpoint = call.store(SageMakerStore).endpoints.get(name)
    if endpoint is None:
        arn = call.arn(f"endpoint/{name}")
        raise ValidationException(f'Could not find endpoint "{arn}".')
    return endpoint


def _begin_update(call: Call, endpoint: Endpoint) -> None:
    """From InService to Updating; DeleteEndpoint is all that a failed one allows.

    Source: EndpointStatus in the DescribeEndpoint API.
    """
    with call.engine.stores.lock:
        _require_settled(endpoint)
        if endpoint.status == "Failed":
            raise ValidationException(
                f'Cannot update failed endpoint "{endpoint.arn}"; it can only be '
                "deleted."
            )
        endpoint.status = "Updating"
        endpoint.failure_reason = None
        endpoint.modified = call.engine.clock.now()


def _require_settled(endpoint: Endpoint) -> None:
    if endpoint.status in ("Creating", "Updating", "Deleting"):
        raise ValidationException(
            f'Cannot update in-progress endpoint "{endpoint.arn}".'
        )


def _summary(variant: Variant) -> Answer:
    return {
        "VariantName": variant.name,
        "DeployedImages": [{"SpecifiedImage": variant.image}],
        "CurrentWeight": variant.weight,
        "DesiredWeight": variant.weight,
        "CurrentInstanceCount": variant.instance_count,
        "DesiredInstanceCount": variant.instance_count,
    }
