"""Inside a serving container: the HTTP side of the contract, for images of ours.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

import importlib
import os
import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from cloudlet.algorithms.serving import PayloadError, Predictor
from cloudlet.runner.container import Container
from cloudlet.runner.unix_sockets import short

#: Requests answered at once; more wait in the queue.
THREADS = 8


def serve(container: Container) -> None:
    """Load the model once, then answer until killed."""
    from cheroot import wsgi

    module, _, function = os.environ["CLOUDLET_PREDICTOR"].partition(":")
    predictor = getattr(importlib.import_module(module), function)(container.model)
    path = Path(os.environ["CLOUDLET_SOCKET"])
    with short(path.parent) as folder:
        server = wsgi.Server(
            f"{folder}/{path.name}",
            _application(predictor),
            numthreads=THREADS,
            request_queue_size=128,
            timeout=3600,
        )
        server.start()


def _application(predictor: Predictor) -> Callable[..., Iterable[bytes]]:
    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        if environ["PATH_INFO"] == "/ping":
            status, content_type, body = 200, "text/plain", b""
        else:
            status, content_type, body = _invocation(predictor, environ)
        phrase = HTTPStatus(status).phrase
        headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
        start(f"{status} {phrase}", headers)
        return [body]

    return answer


def _invocation(
    predictor: Predictor, environ: dict[str, Any]
) -> tuple[int, str, bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    content_type = environ.get("CONTENT_TYPE") or "application/octet-stream"
    accept = environ.get("HTTP_ACCEPT") or "*/*"
    try:
        answer, answer_type = predictor.predict(body, content_type, accept)
        return 200, answer_type, answer
    except PayloadError as error:
        print(f"{error.status}: {error}", flush=True)
        return error.status, "text/plain", str(error).encode()
    except Exception as error:
        traceback.print_exc()
        return 500, "text/plain", f"{type(error).__name__}: {error}".encode()
