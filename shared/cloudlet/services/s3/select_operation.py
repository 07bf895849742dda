"""SelectObjectContent over the wire: the object in, an event stream out."""

from __future__ import annotations

from typing import Any

from cloudlet.errors import AwsError
from cloudlet.gateway.call import Answer, Call
from cloudlet.gateway.registry import operation
from cloudlet.objects import Location
from cloudlet.services.s3.select import SelectResult, select_object_content


@operation("s3", "SelectObjectContent")
def select(call: Call, request: dict[str, Any]) -> Answer:
    """Run the expression over one object."""
    location = Location(request["Bucket"], request["Key"])
    objects = call.engine.objects(call.scope)
    if not objects.bucket_exists(location.bucket):
        raise AwsError(
            "The specified bucket does not exist",
            code="NoSuchBucket",
            status=404,
            BucketName=location.bucket,
        )
    body = objects.read(location)
    if body is None:
        raise AwsError(
            "The specified key does not exist.",
            code="NoSuchKey",
            status=404,
            Key=location.key,
        )
    result = select_object_content(body, request)
    events = _events(result, request)
    _count(call, location.bucket, result)
    return {"Payload": events}


def _events(result: SelectResult, request: dict[str, Any]) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = [
        {"Records": {"Payload": chunk}} for chunk in result.records
    ]
    details = {
        "BytesScanned": result.bytes_scanned,
        "BytesProcessed": result.bytes_processed,
        "BytesReturned": result.bytes_returned,
    }
    if request.get("RequestProgress", {}).get("Enabled"):
        events.append({"Progress": {"Details": details}})
    return [*events, {"Stats": {"Details": details}}, {"End": {}}]


def _count(call: Call, bucket: str, result: SelectResult) -> None:
    gigabyte = 1024**3
    for component, amount in (
        ("select_scanned", result.bytes_scanned),
        ("select_returned", result.bytes_returned),
    ):
        call.engine.meter.add(
            "AmazonS3", component, bucket, "STANDARD", amount / gigabyte, "GB"
        )
