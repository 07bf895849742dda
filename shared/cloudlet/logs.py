"""CloudWatch Logs from the inside: what jobs and endpoints print.

Lines are kept here and handed to moto's Logs service when somebody reads it, so that a
chatty job costs a list append per line.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from cloudlet.stores import Scope

if TYPE_CHECKING:
    from moto.logs.models import LogsBackend

TRAINING_GROUP = "/aws/sagemaker/TrainingJobs"


def endpoint_group(endpoint_name: str) -> str:
    """The log group of an endpoint."""
    return f"/aws/sagemaker/Endpoints/{endpoint_name}"


class Logs:
    """Log streams of all accounts and regions."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pending: dict[tuple[Scope, str, str], list[dict[str, Any]]] = defaultdict(
            list
        )

    def write(
        self, scope: Scope, group: str, stream: str, lines: list[str], at: datetime
    ) -> None:
        """Append lines to a stream, which is made on first use."""
        timestamp = int(at.timestamp() * 1000)
        events = [{"timestamp": timestamp, "message": line or " "} for line in lines]
        with self._lock:
            self._pending[scope, group, stream].extend(events)

    def flush(self) -> None:
        """Hand all pending lines to the Logs service."""
        with self._lock:
            pending, self._pending = dict(self._pending), defaultdict(list)
            for (scope, group, stream), events in pending.items():
                backend = _backend(scope)
                _ensure_stream(backend, group, stream)
                if events:
                    backend.put_log_events(group, stream, events)

    def read(self, group: str | None = None) -> list[dict[str, Any]]:
        """`{group, stream, timestamp (ms), message}` of every line, oldest first."""
        self.flush()
        from moto.logs.models import logs_backends

        found = [
            {
                "group": log_group.name,
                "stream": stream.log_stream_name,
                "timestamp": event.timestamp,
                "message": event.message,
            }
            for account in logs_backends.values()
            for backend in account.values()
            for log_group in backend.groups.values()
            if group is None or log_group.name.startswith(group)
            for stream in log_group.streams.values()
            for event in stream.events
        ]
        return sorted(found, key=lambda event: event["timestamp"])

    def clear(self) -> None:
        """Forget what is pending."""
        with self._lock:
            self._pending.clear()


def _backend(scope: Scope) -> LogsBackend:
    from moto.logs.models import logs_backends

    return logs_backends[scope.account_id][scope.region]


def _ensure_stream(backend: LogsBackend, group: str, stream: str) -> None:
    if group not in backend.groups:
        backend.create_log_group(group, {})
    if stream not in backend.groups[group].streams:
        backend.create_log_stream(group, stream)
