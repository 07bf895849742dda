"""The life of a request, as one ordered list.

receive → which service and operation → parse by the botocore model → check → our
handler, or moto's → serialise by the botocore model → answer.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.core.request import Request

from cloudlet.errors import AwsError, IncompleteBody, UnknownOperationException
from cloudlet.gateway import admin, moto_backend, protocol, verbs
from cloudlet.gateway.call import Call, PassOn
from cloudlet.gateway.registry import handlers_of
from cloudlet.gateway.routing import Identity, identify, operation_name
from cloudlet.gateway.validation import validate
from cloudlet.stores import Scope

if TYPE_CHECKING:
    from cloudlet.engine import Engine

log = logging.getLogger("cloudlet.requests")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class LocalRequest(Request):  # type: ignore[misc]
    """moto's request, which knows that a server of its own received it."""

    from_wsgi_server = True


class Gateway:
    """The WSGI application of one cloud."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = LocalRequest(environ)
        request.get_data()  # before anyone takes an S3 object for an HTML form
        began = time.perf_counter()
        if request.path.startswith(verbs.PREFIX):
            status, headers, body = admin.answer(self.engine, request)
        else:
            status, headers, body = self._answer(request)
        elapsed = 1000 * (time.perf_counter() - began)
        log.debug("%s %s %d %.1f ms", request.method, request.path, status, elapsed)
        headers.setdefault("x-amzn-RequestId", str(uuid.uuid4()))
        if request.method != "HEAD" or "content-length" not in map(str.lower, headers):
            headers = {
                k: v for k, v in headers.items() if k.lower() != "content-length"
            }
            headers["Content-Length"] = str(len(body))
        start(f"{status} {_phrase(status)}", list(headers.items()))
        return [] if request.method == "HEAD" else [body]

    def _answer(self, request: LocalRequest) -> protocol.Response:
        identity = identify(request)
        try:
            _require_whole(request)
            self.engine.before_call(identity.service)
            ours = operation_name(identity.service, request)
            if ours is not None:
                try:
                    return self._ours(identity, request, *ours)
                except PassOn:
                    pass
            return self._motos(identity, request)
        except AwsError as error:
            return protocol.serialize_unmodelled(request, error)
        except Exception as error:
            log.exception("%s %s failed", identity.service, request.path)
            return protocol.serialize_unmodelled(
                request,
                UnknownOperationException(
                    "The local cloud failed on this request, which is a fault of its "
                    f"own and not of your program: {type(error).__name__}: {error}. "
                    "`cloudlet logs --server` has the traceback.",
                    code="LocalCloudFault",
                ),
            )

    def _ours(
        self, identity: Identity, request: Request, name: str, labels: dict[str, str]
    ) -> protocol.Response:
        service = identity.service
        call = Call(service, name, self._scope(identity), request, self.engine)
        try:
            members = protocol.parse(service, name, request, labels)
            validate(service, name, members)
            answer = handlers_of(service)[name](call, members)
        except AwsError as error:
            return protocol.serialize(service, name, error)
        self.engine.count_request(call.scope, service, name, request)
        return protocol.serialize(service, name, answer)

    def _motos(self, identity: Identity, request: Request) -> protocol.Response:
        response = moto_backend.answer(identity.service, request)
        self.engine.count_request(
            self._scope(identity), identity.service, request.method, request
        )
        return response

    def _scope(self, identity: Identity) -> Scope:
        return Scope(self.engine.account_of(identity.access_key), identity.region)


def _require_whole(request: LocalRequest) -> None:
    sent, announced = len(request.get_data()), request.content_length or 0
    if sent < announced:
        raise IncompleteBody(sent, announced)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
