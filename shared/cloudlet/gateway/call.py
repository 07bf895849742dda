"""One AWS call, as a handler sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from cloudlet.stores import Scope, Store

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from cloudlet.engine import Engine

S = TypeVar("S", bound=Store)


@dataclass(frozen=True)
class Call:
    """Who calls which operation, where; and the cloud that answers.

    Attributes:
        service: botocore's service name, `sagemaker-runtime`.
        operation: the wire name of the operation, `CreateTrainingJob`.
        scope: the account and region that the call speaks of.
        request: the HTTP request, for the few handlers that need its headers.
        engine: the running cloud: clock, objects, jobs, logs, metrics, meter.
    """

    service: str
    operation: str
    scope: Scope
    request: Request
    engine: Engine

    def store(self, kind: type[S]) -> S:
        """The caller's own store of this kind: one per account and region."""
        return self.engine.stores.of(kind, self.scope)

    def arn(self, resource: str) -> str:
        """`training-job/my-job` → the ARN in the caller's account and region."""
        service = self.service.removesuffix("-runtime")
        scope = self.scope
        return f"arn:aws:{service}:{scope.region}:{scope.account_id}:{resource}"


class PassOn(Exception):  # noqa: N818 - a turn of the road, not an error
    """Raised by a handler whose resource is not ours: moto answers instead."""


Answer = dict[str, Any]
