"""List what stands in the cloud: SageMaker's resources that are ours, and buckets."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC
from typing import TYPE_CHECKING

from cloudlet.resources import Resource
from cloudlet.stores import Scope

if TYPE_CHECKING:
    from cloudlet.engine import Engine

_SAGEMAKER = {
    "training_jobs": "AWS::SageMaker::TrainingJob",
    "models": "AWS::SageMaker::Model",
    "endpoint_configs": "AWS::SageMaker::EndpointConfig",
    "endpoints": "AWS::SageMaker::Endpoint",
}


def resources(engine: Engine) -> list[Resource]:
    """Every resource, oldest first; ended training jobs are history, not resources."""
    found = [*_sagemaker(engine), *_buckets(engine)]
    return sorted(found, key=lambda resource: resource.created)


def _sagemaker(engine: Engine) -> Iterator[Resource]:
    from cloudlet.services.sagemaker.state import Endpoint, SageMakerStore, TrainingJob

    hourly = _hourly_by_endpoint(engine)
    for _, store in engine.stores.all(SageMakerStore):
        for field, kind in _SAGEMAKER.items():
            for item in list(getattr(store, field).values()):
                if isinstance(item, TrainingJob) and item.ended is not None:
                    continue
                price: float | None = 0.0
                if isinstance(item, Endpoint):
                    price = hourly.get(item.name, 0.0)
                yield Resource(
                    item.arn, kind, item.name, dict(item.tags), item.created, price
                )


def _hourly_by_endpoint(engine: Engine) -> dict[str, float | None]:
    prices: dict[str, float | None] = {}
    for line in engine.bill().lines:
        if line.component == "hosting" and line.running:
            before = prices.get(line.resource, 0.0)
            known = before is not None and line.hourly is not None
            prices[line.resource] = (
                (before or 0.0) + (line.hourly or 0.0) if known else None
            )
    return prices


def _buckets(engine: Engine) -> Iterator[Resource]:
    if "moto.s3.models" not in sys.modules:
        return
    from moto.s3.models import s3_backends

    for account_id in list(s3_backends):
        objects = engine.objects(Scope(account_id, "us-east-1"))
        for bucket in objects.buckets():
            yield Resource(
                bucket.arn,
                "AWS::S3::Bucket",
                bucket.name,
                objects.tags_of_bucket(bucket.name),
                bucket.creation_date.replace(tzinfo=UTC),
            )
