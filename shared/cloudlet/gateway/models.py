"""The service models that botocore ships: shapes, protocols and error shapes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moto.core.model import ServiceModel


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a service by botocore's name for it."""
    from moto.core.utils import get_service_model

    return get_service_model(service)
