"""What endpoints are asked."""

from __future__ import annotations

from typing import Any

ROW = ",".join(["1.0"] * 30)


def invoke(runtime: Any, endpoint: str, **members: Any) -> dict[str, Any]:
    return dict(
        runtime.invoke_endpoint(
            EndpointName=endpoint, ContentType="text/csv", Body=ROW, **members
        )
    )
