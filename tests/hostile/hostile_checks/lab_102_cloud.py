"""Visible checks of the lab with a cloud."""

from mlslab.aws import Aws
from mlslab.checks import check, require

HINTS = ("Look.", "Look again.", "Write it down.")


@check(
    lab="102", name="store", title="Store", points=1, objective="objects", hints=HINTS
)
def store(key: str, aws: Aws) -> None:
    body = aws.s3.get_object(Bucket=aws.bucket, Key=key)["Body"].read()
    require(body == b"hello", f"`{key}` holds {body!r}")


@check(
    lab="102", name="count", title="Count", points=2, objective="objects", hints=HINTS
)
def count(count: int, aws: Aws) -> None:
    stands = aws.s3.list_objects_v2(Bucket=aws.bucket)["KeyCount"]
    require(stands >= 1, "there is no object in the bucket")
    require(count == stands, f"`count` is {count}")
