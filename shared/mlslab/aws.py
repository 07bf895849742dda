"""The cloud that a lab works on, as checks and the lab itself see it."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass
class Aws:
    """A boto3 session with the account's facts, and its clients by name.

    `bucket` is the lab's own bucket, which may not have been made yet.
    """

    session: Any
    account_id: str
    region: str
    role: str
    bucket: str
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)

    def client(self, service: str) -> Any:
        """A boto3 client, made once."""
        if service not in self._clients:
            self._clients[service] = self.session.client(
                service, region_name=self.region
            )
        return self._clients[service]

    @cached_property
    def s3(self) -> Any:
        """The client of Amazon S3."""
        return self.client("s3")

    @cached_property
    def sagemaker(self) -> Any:
        """The client of Amazon SageMaker AI."""
        return self.client("sagemaker")
