"""Errors that know their wire form.

Raise one where the matter is found; `cloudlet.gateway` turns it into the bytes
that the client's protocol asks for. The message is worded as AWS words it.
"""

from typing import Any, ClassVar


class AwsError(Exception):
    """An error answer of an AWS service.

    Args:
        message: the text that the client shows, worded as AWS words it.
        code: the error code (`ValidationException`); by default the class name.
        status: the HTTP status; 4xx, as botocore retries 5xx.
        members: further members of the modelled error shape.
    """

    status: ClassVar[int] = 400

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        **members: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).__name__
        self.http_status = status or self.status
        self.__dict__.update(members)  # read by name when the error is serialised


class ValidationException(AwsError):  # noqa: N818 - these are the wire names
    """A request member is missing, malformed, or names what does not exist."""


class ResourceNotFound(AwsError):  # noqa: N818
    """The named SageMaker resource does not exist."""


class ResourceInUse(AwsError):  # noqa: N818
    """The name is taken, or the resource is busy."""


class ResourceLimitExceeded(AwsError):  # noqa: N818
    """The account's quota does not allow it."""


class ConflictException(AwsError):  # noqa: N818
    """The resource changed, or is being changed, by somebody else."""

    status = 409


class UnknownOperationException(AwsError):  # noqa: N818
    """Nobody serves this operation: neither cloudlet nor moto."""


class IncompleteBody(AwsError):  # noqa: N818 - S3's name for it
    """The client went, or stopped, before it had sent what it announced.

    Args:
        sent, announced: bytes.
    """

    def __init__(self, sent: int, announced: int) -> None:
        super().__init__(
            "You did not provide the number of bytes specified by the Content-Length "
            f"HTTP header: {sent} of {announced}."
        )
