"""Endpoint configurations: which models run on which instances, with which weights."""

from __future__ import annotations

from typing import Any

from cloudlet.errors import ValidationException
from cloudlet.gateway.call import Answer, Call
from cloudlet.gateway.registry import operation
from cloudlet.services.sagemaker.listing import page
from cloudlet.services.sagemaker.state import EndpointConfig, SageMakerStore
from cloudlet.services.sagemaker.tags import as_mapping

#: Members that would change what an endpoint does, and that nothing here acts on yet.
#: Accepting them in silence would teach that they worked.
_NOT_YET = ("AsyncInferenceConfig", "ExplainerConfig", "ShadowProductionVariants")
_VARIANT_NOT_YET = ("InstancePools", "ManagedInstanceScaling", "ServerlessConfig")


@operation("sagemaker", "CreateEndpointConfig")
def create_endpoint_config(call: Call, request: dict[str, Any]) -> Answer:
    """Name a set of production variants whose models exist."""
    name = request["EndpointConfigName"]
    arn = call.arn(f"endpoint-config/{name}")
    _check_variants(call, request)
    now = call.engine.clock.now()
    config = EndpointConfig(name, arn, request, created=now, modified=now)
    config.tags = as_mapping(request.get("Tags"))
    configs = call.store(SageMakerStore).endpoint_configs
    with call.engine.stores.lock:
        if name in configs:
            raise ValidationException(
                f'Cannot create already existing endpoint configuration "{arn}".'
            )
        configs[name] = config
    return {"EndpointConfigArn": arn}


@operation("sagemaker", "DescribeEndpointConfig")
def describe_endpoint_config(call: Call, request: dict[str, Any]) -> Answer:
    """Everything about one configuration."""
    config = find(call, request["EndpointConfigName"])
    answer = {k: v for k, v in config.request.items() if k != "Tags"}
    answer["ProductionVariants"] = [
        {"InitialVariantWeight": 1.0, **variant}
        for variant in config.request["ProductionVariants"]
    ]
    return answer | {"EndpointConfigArn": config.arn, "CreationTime": config.created}


@operation("sagemaker", "ListEndpointConfigs")
def list_endpoint_configs(call: Call, request: dict[str, Any]) -> Answer:
    """Summaries, filtered, sorted and in pages."""
    configs = list(call.store(SageMakerStore).endpoint_configs.values())
    shown, more = page(configs, request)
    summaries = [
        {
            "EndpointConfigName": c.name,
            "EndpointConfigArn": c.arn,
            "CreationTime": c.created,
        }
        for c in shown
    ]
    return {"EndpointConfigs": summaries, **more}


@operation("sagemaker", "DeleteEndpointConfig")
def delete_endpoint_config(call: Call, request: dict[str, Any]) -> Answer:
    """Forget a configuration; endpoints made from it go on, as on AWS."""
    config = find(call, request["EndpointConfigName"])
    call.store(SageMakerStore).endpoint_configs.pop(config.name, None)
    return {}


def find(call: Call, name: str) -> EndpointConfig:
    """The configuration of this name.

    Raises:
        ValidationException: when there is none, as AWS words it.
    """
    config = call.store(SageMakerStore).endpoint_configs.get(name)
    if config is None:
        arn = call.arn(f"endpoint-config/{name}")
        raise ValidationException(f'Could not find endpoint configuration "{arn}".')
    return config


def _check_variants(call: Call, request: dict[str, Any]) -> None:
    for member in _NOT_YET:
        _refuse(member, request)
    if request.get("DataCaptureConfig", {}).get("EnableCapture"):
        _refuse("DataCaptureConfig", request)
    models = call.store(SageMakerStore).models
    names = [variant["VariantName"] for variant in request["ProductionVariants"]]
    if len(names) != len(set(names)):
        raise ValidationException(
            "Variant names must be unique within an endpoint configuration."
        )
    for variant in request["ProductionVariants"]:
        for member in _VARIANT_NOT_YET:
            _refuse(member, variant)
        if variant.get("ModelName") not in models:
            arn = call.arn(f"model/{variant.get('ModelName')}")
            raise ValidationException(f'Could not find model "{arn}".')
        for member in ("InstanceType", "InitialInstanceCount"):
            if member not in variant:
                raise ValidationException(
                    f"Production variant {variant['VariantName']}: you must specify "
                    f"{member}."
                )


def _refuse(member: str, members: dict[str, Any]) -> None:
    if member in members:
        raise ValidationException(
            f"{member} is not there yet in the local cloud: nothing would act on it."
        )
