"""The cloud's own verbs, below `/_cloudlet/`: no AWS service has such a path.

A page in the learner's browser must not be able to stop the cloud, so each verb asks
for a header that browsers send across origins only after asking us.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cloudlet.gateway.verbs import HEADER, PREFIX

if TYPE_CHECKING:
    from moto.core.request import Request

    from cloudlet.engine import Engine


Verb = Callable[["Engine", dict[str, Any]], Any]


def answer(engine: Engine, request: Request) -> tuple[int, dict[str, str], bytes]:
    """Do what the verb says; the answer is JSON."""
    verb = _VERBS.get(request.path.removeprefix(PREFIX))
    if request.headers.get(HEADER) is None:
        return _json(403, {"error": f"requests to {PREFIX} need the header {HEADER}"})
    if verb is None:
        return _json(404, {"error": f"no such verb; there are {sorted(_VERBS)}"})
    try:
        body = request.get_data()
        return _json(200, verb(engine, json.loads(body) if body else {}))
    except (KeyError, TypeError, ValueError) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})


def _json(status: int, value: Any) -> tuple[int, dict[str, str], bytes]:
    body = json.dumps(value, default=str).encode()
    return status, {"Content-Type": "application/json"}, body


def _status(engine: Engine, _: dict[str, Any]) -> Any:
    return engine.status()


def _reset(engine: Engine, _: dict[str, Any]) -> Any:
    engine.reset()
    return {}


def _advance(engine: Engine, arguments: dict[str, Any]) -> Any:
    now = engine.clock.advance(timedelta(seconds=float(arguments["seconds"])))
    return {"now": now.isoformat()}


def _wait(engine: Engine, arguments: dict[str, Any]) -> Any:
    seconds = min(float(arguments["seconds"]), 30.0)
    return {"version": engine.changes.wait(int(arguments["seen"]), seconds)}


def _bill(engine: Engine, _: dict[str, Any]) -> Any:
    return engine.bill().to_dict()


def _resources(engine: Engine, _: dict[str, Any]) -> Any:
    return [resource.to_dict() for resource in engine.resources()]


def _logs(engine: Engine, arguments: dict[str, Any]) -> Any:
    return engine.logs.read(arguments.get("group"))


def _shutdown(engine: Engine, _: dict[str, Any]) -> Any:
    if not engine.stoppable:
        raise ValueError("this cloud is not its caller's to stop")
    engine.ask_to_stop()
    return {}


_VERBS: dict[str, Verb] = {
    "advance": _advance,
    "bill": _bill,
    "logs": _logs,
    "reset": _reset,
    "resources": _resources,
    "shutdown": _shutdown,
    "status": _status,
    "wait": _wait,
}
