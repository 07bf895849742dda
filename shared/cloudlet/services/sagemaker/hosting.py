"""What runs behind an endpoint: one model server for each variant.

However many instances a variant has, one process serves it here; the count is metered,
shown and scaled as on AWS.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from cloudlet.errors import ValidationException
from cloudlet.gateway.call import Call
from cloudlet.logs import endpoint_group
from cloudlet.objects import Location
from cloudlet.runner import archive, images
from cloudlet.runner.container import Container
from cloudlet.runner.serving import ModelServer, ServerFailedError
from cloudlet.services.sagemaker.models import container_of
from cloudlet.services.sagemaker.state import (
    Endpoint,
    EndpointConfig,
    SageMakerStore,
    Variant,
)
from cloudlet.stores import Scope

if TYPE_CHECKING:
    from cloudlet.engine import Engine

log = logging.getLogger("cloudlet.hosting")


@dataclass
class Planned:
    """A variant to be, with the artefact as it is now."""

    variant: Variant
    container: dict[str, Any]


class Fleets:
    """The model servers of every endpoint: the part of hosting that can't be stored."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._servers: dict[tuple[Scope, str], dict[str, ModelServer]] = {}

    def of(self, scope: Scope, endpoint: str) -> dict[str, ModelServer]:
        """Servers by variant; empty while none is in service."""
        return self._servers.get((scope, endpoint), {})

    def swap(
        self, scope: Scope, endpoint: str, servers: dict[str, ModelServer]
    ) -> dict[str, ModelServer]:
        """From now on these serve; returns those that served before."""
        with self._lock:
            before = self._servers.pop((scope, endpoint), {})
            if servers:
                self._servers[scope, endpoint] = servers
        return before

    def clear(self) -> None:
        """Stop every server."""
        with self._lock:
            fleets, self._servers = list(self._servers.values()), {}
        for fleet in fleets:
            for server in fleet.values():
                server.stop()


def plan(call: Call, config: EndpointConfig) -> list[Planned]:
    """Read the models that a configuration names, as they are at this moment.

    Raises:
        ValidationException: when a model has been deleted meanwhile.
    """
    planned = []
    for wanted in config.request["ProductionVariants"]:
        model = call.store(SageMakerStore).models.get(wanted["ModelName"])
        if model is None:
            arn = call.arn(f"model/{wanted['ModelName']}")
            raise ValidationException(f'Could not find model "{arn}".')
        container = container_of(model)
        variant = Variant(
            wanted["VariantName"],
            model.name,
            container["Image"],
            wanted["InstanceType"],
            wanted["InitialInstanceCount"],
            wanted.get("InitialVariantWeight", 1.0),
        )
        planned.append(Planned(variant, container))
    return planned


def retain(now: list[Variant], planned: list[Planned], excluded: set[str]) -> None:
    """Keep weights and counts of variants that stay, as RetainAllVariantProperties."""
    current = {variant.name: variant for variant in now}
    for item in planned:
        before = current.get(item.variant.name)
        if before and "DesiredWeight" not in excluded:
            item.variant.weight = before.weight
        if before and "DesiredInstanceCount" not in excluded:
            item.variant.instance_count = before.instance_count


def create(
    engine: Engine, scope: Scope, endpoint: Endpoint, planned: list[Planned]
) -> None:
    """Bring a new endpoint into service, or say why it failed."""
    endpoint.variants = [item.variant for item in planned]
    try:
        servers = _start_all(engine, scope, endpoint, planned)
    except Exception as error:
        _fail(engine, endpoint, "Failed", error)
        return
    engine.fleets.swap(scope, endpoint.name, servers)
    for variant in endpoint.variants:
        engine.meter_variant(endpoint, variant)
    _settle(engine, endpoint, "InService")


def update(
    engine: Engine,
    scope: Scope,
    endpoint: Endpoint,
    planned: list[Planned],
    config_name: str,
) -> None:
    """Bring up the new fleet beside the old, swap, let the old finish its requests."""
    try:
        servers = _start_all(engine, scope, endpoint, planned)
    except Exception as error:
        _fail(engine, endpoint, "InService", error)
        return
    retired = endpoint.variants
    with engine.stores.lock:  # an invocation sees variants and servers that match
        before = engine.fleets.swap(scope, endpoint.name, servers)
        endpoint.variants = [item.variant for item in planned]
    endpoint.config_name = config_name
    for variant in retired:
        engine.stop_metering(variant)
    for variant in endpoint.variants:
        engine.meter_variant(endpoint, variant)
    _settle(engine, endpoint, "InService")
    for server in before.values():
        server.drain()


def reweigh(
    engine: Engine, scope: Scope, endpoint: Endpoint, wanted: list[dict[str, Any]]
) -> None:
    """Set weights and instance counts; a changed count is metered anew."""
    variants = {variant.name: variant for variant in endpoint.variants}
    for item in wanted:
        variant = variants[item["VariantName"]]
        variant.weight = item.get("DesiredWeight", variant.weight)
        count = item.get("DesiredInstanceCount", variant.instance_count)
        if count != variant.instance_count:
            engine.stop_metering(variant)
            variant.instance_count = count
            engine.meter_variant(endpoint, variant)
    _settle(engine, endpoint, "InService")


def delete(engine: Engine, scope: Scope, endpoint: Endpoint) -> None:
    """Take an endpoint out of service and forget it."""
    before = engine.fleets.swap(scope, endpoint.name, {})
    for variant in endpoint.variants:
        engine.stop_metering(variant)
    engine.stores.of(SageMakerStore, scope).endpoints.pop(endpoint.name, None)
    engine.changes.announce()
    for server in before.values():
        server.drain()


def _start_all(
    engine: Engine, scope: Scope, endpoint: Endpoint, planned: list[Planned]
) -> dict[str, ModelServer]:
    servers: dict[str, ModelServer] = {}
    try:
        for item in planned:
            servers[item.variant.name] = _start(engine, scope, endpoint, item)
    except Exception:
        for server in servers.values():
            server.stop()
        raise
    return servers


def _start(
    engine: Engine, scope: Scope, endpoint: Endpoint, planned: Planned
) -> ModelServer:
    image = images.find(planned.container["Image"])
    folder = engine.new_folder(f"serving-{endpoint.name}")
    container = Container(folder / "ml")
    container.model.mkdir(parents=True)
    variant = planned.variant.name
    try:
        _unpack_model(engine, scope, planned, container)
        if image.serve is None:
            raise ServerFailedError(
                f"The image {image.repository} has no serving program of its own in "
                "the local cloud."
            )
        return ModelServer(
            engine.processes,
            folder,
            image.serve,
            engine.container_environment(scope)
            | planned.container.get("Environment", {}),
            lambda lines: engine.logs.write(
                scope,
                endpoint_group(endpoint.name),
                f"{variant}/i-{abs(hash(folder.name)) % 16**12:012x}",
                lines,
                engine.clock.now(),
            ),
        )
    except ServerFailedError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise ServerFailedError(
            f"The primary container for production variant {variant} did not pass the "
            f"ping health check. Please check CloudWatch logs for this endpoint. "
            f"({error})"
        ) from error


def _unpack_model(
    engine: Engine, scope: Scope, planned: Planned, container: Container
) -> None:
    address = planned.container.get("ModelDataUrl")
    if not address:
        return
    body = engine.objects(scope).read(Location.parse(address))
    if body is None:
        raise ServerFailedError(f"Could not find model data at {address}.")
    try:
        archive.unpack(body, container.model)
    except archive.UnsafeArchiveError as error:
        raise ServerFailedError(
            f"Failed to extract model data archive from {address}: {error}"
        ) from error


def _fail(engine: Engine, endpoint: Endpoint, status: str, error: Exception) -> None:
    """Say why the servers did not come up; whatever it was, the endpoint settles."""
    known = isinstance(error, ServerFailedError)
    if not known:
        log.error("endpoint %s", endpoint.name, exc_info=error)
    endpoint.failure_reason = str(error) if known else f"InternalServerError: {error}"
    _settle(engine, endpoint, status)


def _settle(engine: Engine, endpoint: Endpoint, status: str) -> None:
    endpoint.status = status
    endpoint.modified = engine.clock.now()
    engine.changes.announce()
