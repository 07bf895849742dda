"""What all built-in algorithms share when they answer requests.

https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from cloudlet.algorithms.formats import media_type


class Predictor(Protocol):
    """A loaded model; one object answers many threads at once."""

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Answer one `/invocations` request.

        Args:
            body: the payload.
            content_type: the Content-Type header; empty for the algorithm's default.
            accept: the Accept header; empty or `*/*` for the algorithm's default.

        Returns:
            The response's body and its Content-Type.

        Raises:
            PayloadError: the request is at fault.
        """
        ...


class PayloadError(Exception):
    """A request that the container answers with a client error.

    InvokeEndpoint turns it into a ModelError with this message as its
    `OriginalMessage` and this status as its `OriginalStatusCode`.

    Args:
        message: as the container words it.
        status: 400 the data do not fit the model, 415 they cannot be read as their
            Content-Type says, 406 the Accept type is not offered.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class ModelLoadError(Exception):
    """The artefact holds no model that the algorithm can serve."""


Score = float | Sequence[float]
"""One row's prediction: a number, or one for each class."""

Encoder = Callable[[Sequence[Score]], bytes]


def accepted(accept: str, offered: Mapping[str, Encoder], default: str) -> str:
    """The media type to answer in; PayloadError 406 if it is not offered."""
    name = media_type(accept)[0] if accept.strip() else "*/*"
    if name == "*/*":
        return default
    if name not in offered:
        raise PayloadError(
            f"Accept type {name} is not supported. "
            f"Please use supported accept types: {list(offered)}.",
            status=406,
        )
    return name


def csv_lines(scores: Sequence[Score]) -> bytes:
    """One line a prediction, several values of one separated by commas."""
    lines = (
        ",".join(map(repr, score)) if isinstance(score, Sequence) else repr(score)
        for score in scores
    )
    return "".join(f"{line}\n" for line in lines).encode()


def json_scores(scores: Sequence[Score]) -> bytes:
    """`{"predictions": [{"score": 0.4}, …]}`."""
    return json.dumps({"predictions": _records(scores)}).encode()


def jsonlines_scores(scores: Sequence[Score]) -> bytes:
    """`{"score": 0.4}`, one a line."""
    return "".join(json.dumps(record) + "\n" for record in _records(scores)).encode()


def _records(scores: Sequence[Score]) -> list[dict[str, Any]]:
    return [{"score": score} for score in scores]
