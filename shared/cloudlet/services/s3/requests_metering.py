"""Requests to Amazon S3 as they stand on the bill.

PUT, COPY, POST and LIST are one price, GET, SELECT and the rest another, DELETE is
free: https://aws.amazon.com/s3/pricing/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudlet.gateway.routing import path_style

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from cloudlet.metering import Meter


def count(meter: Meter, verb: str, request: Request) -> None:
    """Count one request; `verb` is its HTTP method, or the operation's name."""
    bucket, _, key = path_style(request).lstrip("/").partition("/")
    if verb in ("DELETE", "OPTIONS"):
        return
    component = "put" if verb in ("PUT", "POST") else "get"
    if verb == "GET" and not key:
        component = "list"
    storage_class = request.headers.get("x-amz-storage-class", "STANDARD")
    if component == "list":
        storage_class = "STANDARD"
    meter.add(
        "AmazonS3", component, bucket or "(account)", storage_class, 1, "Requests"
    )
