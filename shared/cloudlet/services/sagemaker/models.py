"""Models: an image and an artefact under a name; nothing runs yet."""

from __future__ import annotations

from typing import Any

from cloudlet.errors import ValidationException
from cloudlet.gateway.call import Answer, Call
from cloudlet.gateway.registry import operation
from cloudlet.objects import Location
from cloudlet.runner import images
from cloudlet.services.sagemaker.listing import page
from cloudlet.services.sagemaker.state import Model, SageMakerStore
from cloudlet.services.sagemaker.tags import as_mapping


@operation("sagemaker", "CreateModel")
def create_model(call: Call, request: dict[str, Any]) -> Answer:
    """Name an image and an artefact, both of which must be there."""
    name = request["ModelName"]
    arn = call.arn(f"model/{name}")
    _check_container(call, request)
    now = call.engine.clock.now()
    model = Model(name, arn, request, created=now, modified=now)
    model.tags = as_mapping(request.get("Tags"))
    models = call.store(SageMakerStore).models
    with call.engine.stores.lock:
        if name in models:
            raise ValidationException(f'Cannot create already existing model "{arn}".')
        models[name] = model
    return {"ModelArn": arn}


@operation("sagemaker", "DescribeModel")
def describe_model(call: Call, request: dict[str, Any]) -> Answer:
    """Everything about one model."""
    model = _model(call, request)
    answer = {k: v for k, v in model.request.items() if k != "Tags"}
    answer.setdefault("EnableNetworkIsolation", False)
    return answer | {"ModelArn": model.arn, "CreationTime": model.created}


@operation("sagemaker", "ListModels")
def list_models(call: Call, request: dict[str, Any]) -> Answer:
    """Summaries, filtered, sorted and in pages."""
    shown, more = page(list(call.store(SageMakerStore).models.values()), request)
    summaries = [
        {"ModelName": m.name, "ModelArn": m.arn, "CreationTime": m.created}
        for m in shown
    ]
    return {"Models": summaries, **more}


@operation("sagemaker", "DeleteModel")
def delete_model(call: Call, request: dict[str, Any]) -> Answer:
    """Forget a model; endpoints that serve it go on, as on AWS."""
    model = _model(call, request)
    call.store(SageMakerStore).models.pop(model.name, None)
    return {}


def container_of(model: Model) -> dict[str, Any]:
    """The one container of a model, however the request spelled it."""
    several: list[dict[str, Any]] = model.request.get("Containers", [])
    container: dict[str, Any] = (
        several[0] if several else model.request["PrimaryContainer"]
    )
    return container


def _check_container(call: Call, request: dict[str, Any]) -> None:
    several = request.get("Containers", [])
    if ("PrimaryContainer" in request) == bool(several):
        raise ValidationException(
            "You must provide either PrimaryContainer or Containers, not both."
        )
    if len(several) > 1:
        raise ValidationException(
            "The local cloud serves models of one container; inference pipelines "
            "(several Containers) are not there yet."
        )
    container = several[0] if several else request["PrimaryContainer"]
    if container.get("Mode") == "MultiModel":
        raise ValidationException(
            "The local cloud serves containers of Mode SingleModel; MultiModel is "
            "not there yet."
        )
    if "Image" not in container:
        raise ValidationException("You must specify Image for the container.")
    try:
        images.find(container["Image"])
        address = container.get("ModelDataUrl")
        location = Location.parse(address) if address else None
    except (images.UnknownImageError, ValueError) as error:
        raise ValidationException(str(error)) from error
    if location and not call.engine.objects(call.scope).exists(location):
        raise ValidationException(f"Could not find model data at {address}.")


def _model(call: Call, request: dict[str, Any]) -> Model:
    name = request["ModelName"]
    model = call.store(SageMakerStore).models.get(name)
    if model is None:
        arn = call.arn(f"model/{name}")
        raise ValidationException(f'Could not find model "{arn}".')
    return model
