"""The services that moto answers, called without its web framework.

moto's handlers take a request and return status, headers and body; the url tables of
its backends say which handler answers which path.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import BaseConverter, Map, MapAdapter, Rule

from cloudlet.errors import UnknownOperationException
from cloudlet.gateway.registry import WHOLLY_OURS

if TYPE_CHECKING:
    from moto.core.request import Request

MotoResponse = tuple[int, dict[str, str], bytes]


class _RegexConverter(BaseConverter):
    """`<regex("…"):name>`, which moto's url tables use."""

    part_isolating = False

    def __init__(self, url_map: Map, *patterns: str) -> None:
        super().__init__(url_map)
        self.regex = patterns[0]


def answer(service: str, request: Request) -> MotoResponse:
    """Let moto answer.

    Raises:
        UnknownOperationException: for what moto does not serve either; a 4xx, since
            botocore retries a 5xx for minutes.
    """
    if service in WHOLLY_OURS:
        raise _unserved(service, request)
    try:
        handler, _ = _adapter(_package(service, request)).match(
            path_info=request.raw_path, method=request.method
        )
    except NotFound:
        raise _unserved(service, request) from None
    try:
        result = handler(request, request.raw_url, dict(request.headers))
    except NotImplementedError:
        raise _unserved(service, request) from None
    except HTTPException as error:
        response = error.get_response()
        result = (response.status_code, dict(response.headers), response.get_data())
    return _normalised(result)


def _normalised(result: Any) -> MotoResponse:
    status, headers, body = result if isinstance(result, tuple) else (200, {}, result)
    headers = {
        key: str(value) for key, value in headers.items() if key.lower() != "status"
    }
    if isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = b"".join(
            part.encode() if isinstance(part, str) else part for part in body
        )
    return int(status), headers, body


def _unserved(service: str, request: Request) -> UnknownOperationException:
    target = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    action = (
        target or request.values.get("Action") or f"{request.method} {request.path}"
    )
    return UnknownOperationException(
        f"The local cloud does not serve {service} {action}: neither cloudlet nor moto "
        "implements it."
    )


@cache
def _dispatcher() -> Any:
    """moto's own choice of a backend by credential scope, path and body."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    return DomainDispatcherApplication(lambda _service: None)


def _package(service: str, request: Request) -> str:
    control = "s3-control" in request.host or request.path.startswith("/v20180820/")
    if service == "s3" and not control:
        return "s3"
    dispatcher = _dispatcher()
    host = dispatcher.infer_service_region_host(request.environ, request.path)
    package = dispatcher.get_backend_for_host(host) if host else None
    if package is None:
        raise _unserved(service, request)
    return str(package)


@cache
def _adapter(package: str) -> MapAdapter:
    from moto import backends
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.core.base_backend import BackendDict

    found = backends.get_backend(package)
    if isinstance(found, BackendDict):
        account = found[DEFAULT_ACCOUNT_ID]
        backend = account["us-east-1" if "us-east-1" in account else "aws"]
    else:
        backend = found["global"]
    rules = [
        Rule(path, endpoint=handler, strict_slashes=False)
        for path, handler in backend.flask_paths.items()
        if path
    ]
    url_map = Map(rules, converters={"regex": _RegexConverter}, merge_slashes=False)
    return url_map.bind("localhost")
