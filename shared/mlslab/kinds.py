"""The kinds of resources that a lab can create, and how each is removed.

The order of the table is the order of removal: what uses comes before what is used.
The operations are those of the botocore models of SageMaker and S3.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, WaiterError

GONE = frozenset(
    (
        "404",
        "NoSuchBucket",
        "NotFound",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "ValidationException",
    )
)
"""Error codes with which a Describe says that there is no such resource.

SageMaker's is `ValidationException: Could not find …`.
"""


@dataclass(frozen=True)
class Kind:
    """One kind of resource.

    Args:
        words: what a person calls it.
        service: boto3's name of the service.
        create: the wire name of the operation that creates it.
        name: the member of that request that names it.
        arn: the part of its ARN before its name.
        costs: whether it costs money as long as it runs.
        state: `(client, name)` → its status, or raises a `ClientError` of `GONE`.
        remove: `(client, name)` removes it, and waits until it is gone.
        finished: the statuses in which it stands for ever and costs nothing.
    """

    words: str
    service: str
    create: str
    name: str
    arn: str
    costs: bool
    state: Callable[[Any, str], str]
    remove: Callable[[Any, str], None]
    finished: frozenset[str] = frozenset()

    def stands(self, client: Any, name: str) -> bool:
        """Whether the resource is there and can still cost something."""
        try:
            return self.state(client, name) not in self.finished
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in GONE:
                return False
            raise


def _job(words: str, stem: str, waiter: str) -> Kind:
    """A job cannot be taken back: it is stopped, and its record costs nothing."""
    wire = stem.replace("_", " ").title().replace(" ", "")
    name = f"{wire}Name"

    def state(client: Any, value: str) -> str:
        answer = getattr(client, f"describe_{stem}")(**{name: value})
        return str(answer[f"{wire}Status"])

    def remove(client: Any, value: str) -> None:
        getattr(client, f"stop_{stem}")(**{name: value})
        client.get_waiter(waiter).wait(**{name: value})

    return Kind(
        words=words,
        service="sagemaker",
        create=f"Create{wire}",
        name=name,
        arn=f":{stem.replace('_', '-')}/",
        costs=True,
        state=state,
        remove=remove,
        finished=frozenset(("Completed", "Failed", "Stopped")),
    )


def _configured(words: str, stem: str) -> Kind:
    """A name with settings: deleted at once."""
    wire = stem.replace("_", " ").title().replace(" ", "")
    name = f"{wire}Name"

    def state(client: Any, value: str) -> str:
        getattr(client, f"describe_{stem}")(**{name: value})
        return "Stands"

    def remove(client: Any, value: str) -> None:
        getattr(client, f"delete_{stem}")(**{name: value})

    return Kind(
        words=words,
        service="sagemaker",
        create=f"Create{wire}",
        name=name,
        arn=f":{stem.replace('_', '-')}/",
        costs=False,
        state=state,
        remove=remove,
    )


def _endpoint_state(client: Any, name: str) -> str:
    return str(client.describe_endpoint(EndpointName=name)["EndpointStatus"])


def _remove_endpoint(client: Any, name: str) -> None:
    if _endpoint_state(client, name) in ("Creating", "Updating"):
        # A failed endpoint is deleted like any other.
        with contextlib.suppress(WaiterError):
            client.get_waiter("endpoint_in_service").wait(EndpointName=name)
    client.delete_endpoint(EndpointName=name)
    client.get_waiter("endpoint_deleted").wait(EndpointName=name)


def _bucket_state(client: Any, name: str) -> str:
    client.head_bucket(Bucket=name)
    return "Stands"


def _remove_bucket(client: Any, name: str) -> None:
    """Take every version, delete marker and unfinished upload, then the bucket.

    Its policy goes first: one that denies would keep us from the rest.
    """
    client.delete_bucket_policy(Bucket=name)
    for page in client.get_paginator("list_object_versions").paginate(Bucket=name):
        held = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        keys = [{"Key": o["Key"], "VersionId": o["VersionId"]} for o in held]
        if keys:
            client.delete_objects(Bucket=name, Delete={"Objects": keys, "Quiet": True})
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=name):
        for upload in page.get("Uploads", ()):
            client.abort_multipart_upload(
                Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"]
            )
    client.delete_bucket(Bucket=name)


KINDS: dict[str, Kind] = {
    "endpoint": Kind(
        words="endpoint",
        service="sagemaker",
        create="CreateEndpoint",
        name="EndpointName",
        arn=":endpoint/",
        costs=True,
        state=_endpoint_state,
        remove=_remove_endpoint,
    ),
    "endpoint-config": _configured("endpoint configuration", "endpoint_config"),
    "model": _configured("model", "model"),
    "training-job": _job(
        "training job", "training_job", "training_job_completed_or_stopped"
    ),
    "processing-job": _job(
        "processing job", "processing_job", "processing_job_completed_or_stopped"
    ),
    "transform-job": _job(
        "transform job", "transform_job", "transform_job_completed_or_stopped"
    ),
    "bucket": Kind(
        words="bucket",
        service="s3",
        create="CreateBucket",
        name="Bucket",
        arn=":s3:::",
        costs=False,
        state=_bucket_state,
        remove=_remove_bucket,
    ),
}
"""Key → kind, in the order of removal."""


def kind_of_call(service: str, operation: str) -> tuple[str, Kind] | None:
    """The kind that a call creates, with its key."""
    for key, kind in KINDS.items():
        if (kind.service, kind.create) == (service, operation):
            return key, kind
    return None


def kind_of_arn(arn: str) -> tuple[str, str] | None:
    """The key of the kind and the resource's name, of an ARN."""
    for key, kind in KINDS.items():
        if kind.arn in arn and f":{kind.service}:" in arn:
            return key, arn.split(kind.arn, 1)[1]
    return None
