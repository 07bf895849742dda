"""What endpoints are asked, and archives of what they may serve."""

from __future__ import annotations

import io
import tarfile
from typing import Any

ROW = ",".join(["1.0"] * 30)


def invoke(runtime: Any, endpoint: str, **members: Any) -> dict[str, Any]:
    return dict(
        runtime.invoke_endpoint(
            EndpointName=endpoint, ContentType="text/csv", Body=ROW, **members
        )
    )


def tar_gz(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, body in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return buffer.getvalue()
