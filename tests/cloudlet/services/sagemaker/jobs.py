"""What training jobs tell, and how the tests' programs wait."""

from __future__ import annotations

from typing import Any

#: What a bash program does to wait for a file, for at most half a minute.
WAIT_FOR = "for i in $(seq 600); do [ -e {0} ] && break; sleep 0.05; done"


def statuses(description: dict[str, Any]) -> list[str]:
    return [t["Status"] for t in description["SecondaryStatusTransitions"]]


def log_of(clients: Any, job: str) -> dict[str, list[str]]:
    """Messages by host, read as the SDKs read them: streams by the job's name."""
    logs = clients("logs")
    group = "/aws/sagemaker/TrainingJobs"
    streams = logs.describe_log_streams(
        logGroupName=group, logStreamNamePrefix=f"{job}/", orderBy="LogStreamName"
    )["logStreams"]
    return {
        stream["logStreamName"].split("/")[1].rpartition("-")[0]: [
            event["message"]
            for event in logs.get_log_events(
                logGroupName=group,
                logStreamName=stream["logStreamName"],
                startFromHead=True,
            )["events"]
        ]
        for stream in streams
    }
