"""Content types of training channels and of requests, as built-in algorithms read them.

https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html
https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html
"""

from collections.abc import Collection
from email.message import Message
from enum import Enum


class DataFormat(Enum):
    """A format and the names it goes by."""

    CSV = ("csv", "text/csv")
    LIBSVM = ("libsvm", "text/libsvm", "text/x-libsvm")
    PARQUET = ("parquet", "application/x-parquet")
    RECORDIO_PROTOBUF = ("recordio-protobuf", "application/x-recordio-protobuf")

    @property
    def short(self) -> str:
        """The name in messages: `csv`, `libsvm`, …."""
        return str(self.value[0])


class UnknownContentType(ValueError):  # noqa: N818 - names the case, not the class
    """The content type names no known format; the text is worded as AWS words it."""


def media_type(header: str) -> tuple[str, dict[str, str]]:
    """Split `text/csv;label_size=1` into `text/csv` and `{"label_size": "1"}`."""
    message = Message()
    message["content-type"] = header.strip().lower()
    (name, _), *params = message.get_params([("", "")])
    return name, dict(params)


def data_format(
    content_type: str | None,
    default: DataFormat,
    known: Collection[DataFormat] = tuple(DataFormat),
) -> DataFormat:
    """The format of a content type; without one, the default.

    `label_size` of CSV must be 1: the label is the first column.

    Raises:
        UnknownContentType: it is none of the known ones, or `label_size` is not 1.
    """
    if not content_type or not content_type.strip():
        return default
    name, params = media_type(content_type)
    for candidate in known:
        if name in candidate.value:
            _check_label_size(candidate, params, content_type)
            return candidate
    raise UnknownContentType(
        f"{content_type} is not an accepted ContentType: {', '.join(_names(known))}."
    )


def _names(known: Collection[DataFormat]) -> list[str]:
    return [form.short for form in known] + [
        name for form in known for name in form.value[1:]
    ]


def _check_label_size(
    form: DataFormat, params: dict[str, str], content_type: str
) -> None:
    if form is DataFormat.CSV and params.get("label_size", "1") != "1":
        raise UnknownContentType(
            f"{content_type} is not an accepted csv ContentType. "
            "Optional parameter label_size must be equal to 1"
        )
