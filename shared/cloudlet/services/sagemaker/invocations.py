"""InvokeEndpoint: choose a variant, ask its container, measure."""

from __future__ import annotations

import random
import time
from typing import Any

from cloudlet.errors import AwsError
from cloudlet.gateway.call import Answer, Call
from cloudlet.gateway.registry import operation
from cloudlet.logs import endpoint_group
from cloudlet.metrics import ENDPOINT_NAMESPACE
from cloudlet.runner import serving
from cloudlet.services.sagemaker.state import Endpoint, SageMakerStore, Variant

#: Members that nothing here acts on.
_NOT_YET = ("TargetModel", "TargetContainerHostname", "InferenceComponentName")


class ValidationError(AwsError):
    """The request does not fit the endpoint."""


class ModelError(AwsError):
    """The container answered with an error, or not at all."""

    status = 424


@operation("sagemaker-runtime", "InvokeEndpoint")
def invoke_endpoint(call: Call, request: dict[str, Any]) -> Answer:
    """Send the body to one variant's container and answer with what it says."""
    endpoint = _endpoint(call, request)
    began = time.perf_counter()
    variant, answer = _ask(call, endpoint, request)
    _measure(call, endpoint, variant, answer.status, time.perf_counter() - began)
    if answer.status >= 400:
        raise _model_error(call, endpoint, answer.status, answer.body)
    response: Answer = {
        "Body": answer.body,
        "ContentType": answer.content_type,
        "InvokedProductionVariant": variant.name,
    }
    if answer.custom_attributes:
        response["CustomAttributes"] = answer.custom_attributes
    return response


def _endpoint(call: Call, request: dict[str, Any]) -> Endpoint:
    name = request["EndpointName"]
    for member in _NOT_YET:
        if member in request:
            raise ValidationError(f"{member} is not there yet in the local cloud.")
    endpoint = call.store(SageMakerStore).endpoints.get(name)
    if endpoint is None:
        raise _not_found(call, name)
    return endpoint


def _not_found(call: Call, name: str) -> ValidationError:
    account = call.scope.account_id
    return ValidationError(f"Endpoint {name} of account {account} not found.")


def _choose(
    call: Call, endpoint: Endpoint, request: dict[str, Any]
) -> tuple[Variant, serving.ModelServer]:
    target = request.get("TargetVariant")
    with call.engine.stores.lock:
        servers = call.engine.fleets.of(call.scope, endpoint.name)
        variants = [v for v in endpoint.variants if v.name in servers]
    if not servers:
        raise _not_found(call, endpoint.name)
    if target is not None:
        for variant in variants:
            if variant.name == target:
                return variant, servers[target]
        raise ValidationError(
            f"Variant {target} not found for Endpoint {endpoint.name} of account "
            f"{call.scope.account_id}."
        )
    weights = [variant.weight for variant in variants]
    if sum(weights) <= 0:
        raise ValidationError(
            f"All variants of Endpoint {endpoint.name} have weight 0; name one as "
            "TargetVariant."
        )
    variant = random.choices(variants, weights)[0]
    return variant, servers[variant.name]


def _ask(
    call: Call, endpoint: Endpoint, request: dict[str, Any]
) -> tuple[Variant, serving.Answer]:
    headers = {"Content-Type": request.get("ContentType", "application/octet-stream")}
    if "Accept" in request:
        headers["Accept"] = request["Accept"]
    if "CustomAttributes" in request:
        headers["X-Amzn-SageMaker-Custom-Attributes"] = request["CustomAttributes"]
    body = request.get("Body") or b""
    while True:
        variant, server = _choose(call, endpoint, request)
        try:
            return variant, server.invoke(body, headers)
        except serving.ServerRetiredError:
            continue  # replaced since it was chosen
        except serving.ServerDiedError:
            text = "the container is not answering; it is restarted"
            return variant, _no_answer(503, text)
        except TimeoutError:
            text = "the container did not answer in 60 seconds"
            return variant, _no_answer(504, text)


def _no_answer(status: int, text: str) -> serving.Answer:
    return serving.Answer(status, "text/plain", text.encode(), None)


def _measure(
    call: Call, endpoint: Endpoint, variant: Variant, status: int, seconds: float
) -> None:
    """Source of names and units: "Amazon SageMaker AI metrics in Amazon CloudWatch"."""
    dimensions = {"EndpointName": endpoint.name, "VariantName": variant.name}
    points = [
        ("Invocations", 1.0, "None"),
        ("InvocationsPerInstance", 1.0 / max(1, variant.instance_count), "None"),
        ("Invocation4XXErrors", float(400 <= status < 500), "None"),
        ("Invocation5XXErrors", float(status >= 500), "None"),
        ("ModelLatency", seconds * 1e6, "Microseconds"),
    ]
    now = call.engine.clock.now()
    for name, value, unit in points:
        call.engine.metrics.put(
            call.scope, ENDPOINT_NAMESPACE, name, value, dimensions, now, unit
        )


def _model_error(
    call: Call, endpoint: Endpoint, status: int, body: bytes
) -> ModelError:
    scope, group = call.scope, endpoint_group(endpoint.name)
    side = "client" if status < 500 else "server"
    message = body.decode(errors="replace")
    return ModelError(
        f"Received {side} error ({status}) from primary with message "
        f'"{message}". See https://{scope.region}.console.aws.amazon.com/cloudwatch/'
        f"home?region={scope.region}#logEventViewer:group={group} in account "
        f"{scope.account_id} for more information.",
        OriginalStatusCode=status,
        OriginalMessage=message,
        LogStreamArn=f"arn:aws:logs:{scope.region}:{scope.account_id}:log-group:{group}",
    )
