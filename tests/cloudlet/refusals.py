"""What AWS's clients are told when a request is refused."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


def error_of(call: Any, **request: Any) -> dict[str, Any]:
    """The `Code` and `Message` that the call ends with, at its first try."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    return dict(caught.value.response["Error"])
