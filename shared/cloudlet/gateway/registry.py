"""Which operations are ours: `@operation("sagemaker", "CreateTrainingJob")`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudlet.gateway.call import Answer, Call

Handler = Callable[["Call", dict[str, Any]], "Answer"]

#: Query arguments that all our operations of a service have. A request without any of
#: them is moto's, which is seen without loading the service's model.
MARKS: dict[str, frozenset[str]] = {"s3": frozenset({"select"})}

#: The modules that hold handlers, by the service whose call first needs them.
#: Loading on demand keeps the start of the cloud as quick as one import of moto.
HOMES: dict[str, tuple[str, ...]] = {
    "iam": ("cloudlet.services.iam.simulation",),
    "s3": ("cloudlet.services.s3.select_operation",),
    "sagemaker": (
        "cloudlet.services.sagemaker.training_jobs",
        "cloudlet.services.sagemaker.models",
        "cloudlet.services.sagemaker.endpoint_configs",
        "cloudlet.services.sagemaker.endpoints",
        "cloudlet.services.sagemaker.tags",
    ),
    "sagemaker-runtime": ("cloudlet.services.sagemaker.invocations",),
}

#: Services that moto has too, but only in pretence: what is not ours, nobody serves.
WHOLLY_OURS = frozenset({"sagemaker-runtime"})

_handlers: dict[str, dict[str, Handler]] = {}


def operation(service: str, name: str) -> Callable[[Handler], Handler]:
    """Declare the handler of one operation, under its wire name."""

    def register(handler: Handler) -> Handler:
        _handlers.setdefault(service, {})[name] = handler
        return handler

    return register


def handlers_of(service: str) -> dict[str, Handler]:
    """Our handlers for a service by operation name; empty where all is moto's."""
    for module in HOMES.get(service, ()):
        importlib.import_module(module)
    return _handlers.get(service, {})
