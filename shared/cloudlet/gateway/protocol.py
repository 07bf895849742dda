"""Parse requests and serialise answers and errors by the botocore model.

The parsers and serialisers are `moto.core`'s: the same that answer for moto's own
services, so both halves of the cloud speak one dialect.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from cloudlet.errors import AwsError
from cloudlet.gateway.models import service_model

if TYPE_CHECKING:
    from moto.core.model import OperationModel
    from werkzeug.wrappers import Request

Response = tuple[int, dict[str, str], bytes]


class SerializationException(AwsError):  # noqa: N818 - the wire name
    """The body is not what the protocol asks for."""


def parse(
    service: str, operation: str, request: Request, labels: dict[str, str]
) -> dict[str, Any]:
    """The request's members by their wire names.

    Raises:
        SerializationException: when the body can't be read by the protocol.
    """
    parser_class, model = _parser(service, operation)
    body = request.get_data()
    try:
        parsed: dict[str, Any] = parser_class(model).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": body,
                "url_path": request.path,
                "url_params": labels,
            }
        )
        if not parsed and body and service_model(service).protocol == "json":
            json.loads(body)  # the parser takes what is no JSON for an empty request
    except Exception as error:
        raise SerializationException(f"The request can't be read: {error}") from error
    return parsed


def serialize(service: str, operation: str, answer: Any) -> Response:
    """The bytes of an answer, or of an `AwsError`."""
    model = service_model(service).operation_model(operation)
    response = _serializer_class(service)(model).serialize(answer)
    status, headers, body = (
        response["status_code"],
        dict(response["headers"]),
        response["body"],
    )
    if isinstance(answer, AwsError):
        status = _modelled_status(service, answer)
    elif _content_type_is_a_member(service, operation):
        headers["Content-Type"] = answer["ContentType"]
    return status, headers, body if isinstance(body, bytes) else body.encode()


def serialize_unmodelled(request: Request, error: AwsError) -> Response:
    """An error where no model says how: in the dialect that the request speaks."""
    code, message = error.code, escape(error.message)
    content_type = request.headers.get("Content-Type", "")
    if "X-Amz-Target" in request.headers or "json" in content_type:
        body = json.dumps({"__type": code, "message": error.message})
        kind = "application/json"
    elif content_type.startswith("application/x-www-form-urlencoded"):
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
            f"<Message>{message}</Message></Error></ErrorResponse>"
        )
        kind = "text/xml"
    else:
        body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        kind = "application/xml"
    headers = {"Content-Type": kind, "X-Amzn-Errortype": code}
    return error.http_status, headers, body.encode()


def _modelled_status(service: str, error: AwsError) -> int:
    shapes = service_model(service).shape_names
    if error.code in shapes:
        shape = service_model(service).shape_for(error.code)
        modelled = shape.metadata.get("error", {}).get("httpStatusCode")
        return int(modelled or error.http_status)
    return error.http_status


@cache
def _content_type_is_a_member(service: str, operation: str) -> bool:
    """The serialiser gives REST answers its own content type over the modelled one."""
    shape = service_model(service).operation_model(operation).output_shape
    member = shape.members.get("ContentType") if shape else None
    return bool(member and member.serialization.get("name") == "Content-Type")


@cache
def _parser(service: str, operation: str) -> tuple[Any, OperationModel]:
    from moto.core.parse import PROTOCOL_PARSERS

    model = service_model(service)
    return PROTOCOL_PARSERS[model.protocol], model.operation_model(operation)


@cache
def _serializer_class(service: str) -> Any:
    from moto.core.serialize import get_serializer_class

    model = service_model(service)
    return get_serializer_class(model.service_name, model.protocol)
