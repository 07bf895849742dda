"""What SageMaker holds in one account and region: declared, plain, writable to disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cloudlet.stores import Store


@dataclass
class Transition:
    """One entry of SecondaryStatusTransitions."""

    status: str
    start: datetime
    message: str
    end: datetime | None = None


@dataclass
class TrainingJob:
    """A training job: the request as it came, and how the job stands."""

    name: str
    arn: str
    request: dict[str, Any]
    created: datetime
    modified: datetime
    status: str = "InProgress"
    transitions: list[Transition] = field(default_factory=list)
    started: datetime | None = None
    ended: datetime | None = None
    stop_requested: bool = False
    failure_reason: str | None = None
    artifacts: str | None = None
    metrics: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Model:
    """A model: an image, an artefact, a role."""

    name: str
    arn: str
    request: dict[str, Any]
    created: datetime
    modified: datetime
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class EndpointConfig:
    """An endpoint configuration: variants, each a model on instances."""

    name: str
    arn: str
    request: dict[str, Any]
    created: datetime
    modified: datetime
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Variant:
    """A production variant as an endpoint runs it now."""

    name: str
    model_name: str
    image: str
    instance_type: str
    instance_count: int
    weight: float
    usage_id: str | None = None


@dataclass
class Endpoint:
    """An endpoint: what it should be, what it is, and what serves it meanwhile."""

    name: str
    arn: str
    config_name: str
    created: datetime
    modified: datetime
    status: str = "Creating"
    variants: list[Variant] = field(default_factory=list)
    failure_reason: str | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class SageMakerStore(Store):
    """All of one account's SageMaker resources in one region, by name."""

    training_jobs: dict[str, TrainingJob] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    endpoint_configs: dict[str, EndpointConfig] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)

    def by_kind(self, kind: str) -> Mapping[str, Any] | None:
        """Resources by the kind that stands in their ARNs; None for moto's kinds."""
        kinds: dict[str, Mapping[str, Any]] = {
            "training-job": self.training_jobs,
            "model": self.models,
            "endpoint-config": self.endpoint_configs,
            "endpoint": self.endpoints,
        }
        return kinds.get(kind)
