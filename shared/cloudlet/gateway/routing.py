"""Which service, region, account and operation a request speaks of.

SigV4 names service and region in the credential scope; the JSON protocols name the
operation in `X-Amz-Target`, the query protocol in `Action`, the REST protocols by
method and path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from cloudlet.gateway.models import service_model
from cloudlet.gateway.registry import MARKS, handlers_of

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

DEFAULT_REGION = "us-east-1"
#: Every cloud has one account, moto's, unless IAM in the cloud says otherwise.
ACCOUNT_ID = "123456789012"

_CREDENTIAL = re.compile(
    r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request"
)
#: A bucket in the host name, `lake.s3.us-east-1.amazonaws.com`; source: "Virtual
#: hosting of general purpose buckets" in the Amazon S3 user guide.
_BUCKET_HOST = re.compile(r"^(?P<bucket>[^:]+)\.s3(?!-control)[.-].*amazonaws\.com")
_RUNTIME_PATH = re.compile(r"^/endpoints/[^/]+/(async-)?invocations|^/endpoints/")


@dataclass(frozen=True)
class Identity:
    """What the signature of a request says: nobody checks it, as nobody is outside."""

    service: str
    region: str
    access_key: str | None


def identify(request: Request) -> Identity:
    """Read service, region and access key; an unsigned request is taken as S3's."""
    header = request.headers.get("Authorization") or request.args.get(
        "X-Amz-Credential", ""
    )
    if request.args.get("X-Amz-Credential"):
        header = f"Credential={header}"
    match = _CREDENTIAL.search(header)
    if match is None:
        return Identity("s3", DEFAULT_REGION, None)
    service = match["service"].lower()
    if service == "sagemaker" and _RUNTIME_PATH.match(request.path):
        service = "sagemaker-runtime"
    return Identity(service, match["region"], match["key"])


def operation_name(service: str, request: Request) -> tuple[str, dict[str, str]] | None:
    """The operation of ours that the request calls, with its path labels, or None."""
    mark = MARKS.get(service)
    if mark is not None and mark.isdisjoint(request.args):
        return None
    ours = handlers_of(service)
    if not ours:
        return None
    target = request.headers.get("X-Amz-Target")
    name = target.rpartition(".")[2] if target else None
    protocol = service_model(service).protocol
    if protocol in ("query", "ec2"):
        name = request.values.get("Action")
    elif protocol.startswith("rest"):
        return _rest_operation(service, request)
    return (name, {}) if name in ours else None


def path_style(request: Request) -> str:
    """The path as the client sent it, a bucket in the host name put before it."""
    raw_path = str(request.environ.get("RAW_URI", request.path)).partition("?")[0]
    match = _BUCKET_HOST.match(request.host)
    return f"/{match['bucket']}{raw_path}" if match else raw_path


@dataclass(frozen=True)
class _RestRoute:
    operation: str
    method: str
    path: re.Pattern[str]
    arguments: tuple[tuple[str, str | None], ...]

    def labels(self, request: Request) -> dict[str, str] | None:
        if request.method != self.method:
            return None
        for name, value in self.arguments:
            if name not in request.args or value not in (None, request.args[name]):
                return None
        match = self.path.match(path_style(request))
        return (
            {name: unquote(text) for name, text in match.groupdict().items()}
            if match
            else None
        )


def _rest_operation(
    service: str, request: Request
) -> tuple[str, dict[str, str]] | None:
    for route in _rest_routes(service):
        labels = route.labels(request)
        if labels is not None:
            return route.operation, labels
    return None


@cache
def _rest_routes(service: str) -> tuple[_RestRoute, ...]:
    return tuple(_rest_route(service, name) for name in handlers_of(service))


def _rest_route(service: str, name: str) -> _RestRoute:
    http = service_model(service).operation_model(name).http
    path, _, query = http["requestUri"].partition("?")
    arguments = tuple(
        (key, value or None)
        for key, _, value in (item.partition("=") for item in query.split("&") if item)
    )
    pattern = re.sub(r"\\{(\w+)\\\+\\}", r"(?P<\1>.+)", re.escape(path))
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", pattern)
    return _RestRoute(name, http["method"], re.compile(f"^{pattern}/?$"), arguments)
