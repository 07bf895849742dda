"""Hidden checks of lab 000."""

import csv
import io
from datetime import timedelta
from typing import Any

from mlslab.aws import Aws
from mlslab.checks import require
from mlslab.hidden import hidden
from mlslab.labs.lab_000_start_here import RIDES

KILOMETRES, MINUTES = range(1, 21), range(2, 42, 2)
SHOWN = timedelta(hours=2)
"""Hours that the cell before the exercise has let pass."""


@hidden(
    exercise="first_call",
    message="`object_bytes` is not the size of the rides that the lab has stored",
)
def rides_untouched(aws: Aws) -> None:
    """The size is right because it was asked for, not because the object was changed.

    The fares are those of the lab's tariff.
    """
    body = aws.s3.get_object(Bucket=aws.bucket, Key=RIDES)["Body"].read()
    stored = [tuple(map(float, row)) for row in csv.reader(io.StringIO(body.decode()))]
    expected = [(3 + 2.2 * k + 0.4 * m, k, m) for k in KILOMETRES for m in MINUTES]
    close = len(stored) == len(expected) and all(
        len(row) == 3 and max(abs(x - y) for x, y in zip(row, ride, strict=True)) < 0.01
        for row, ride in zip(stored, expected, strict=True)
    )
    require(close, f"the object holds {len(stored)} other rides")


@hidden(
    exercise="repair",
    message="`repaired_job` differs from the job that failed in more than the reason"
    " is about",
)
def one_change(repaired_job: str, broken_job: str, aws: Aws) -> None:
    """Both jobs are the lab's, but for `eta`."""
    broken = aws.sagemaker.describe_training_job(TrainingJobName=broken_job)
    repaired = aws.sagemaker.describe_training_job(TrainingJobName=repaired_job)
    require(
        broken["HyperParameters"]
        == {"objective": "reg:squarederror", "num_round": "50", "eta": "7"},
        f"`broken_job` is another job: {broken['HyperParameters']}",
    )
    require(
        _without_eta(repaired) == _without_eta(broken),
        f"the jobs are {_without_eta(repaired)} and {_without_eta(broken)}",
    )


def _without_eta(job: dict[str, Any]) -> list[Any]:
    given = {key: v for key, v in job["HyperParameters"].items() if key != "eta"}
    channels = [channel["DataSource"] for channel in job["InputDataConfig"]]
    return [given, channels, job["AlgorithmSpecification"]["TrainingImage"]]


@hidden(
    exercise="bill",
    message="`costs` was not measured: the endpoint has hardly stood since it was"
    " created",
)
def time_has_passed(endpoint_name: str, aws: Aws) -> None:
    """The endpoint has stood for an hour more, the least from which a day follows."""
    endpoint = aws.sagemaker.describe_endpoint(EndpointName=endpoint_name)
    stood = _cloud_time(aws) - endpoint["CreationTime"]
    require(
        stood > SHOWN + timedelta(minutes=59),
        f"it has stood for {stood}, of which {SHOWN} were given",
    )


def _cloud_time(aws: Aws) -> Any:
    """The cloud's clock: its credentials end so many seconds after they are asked."""
    asked = aws.client("sts").get_session_token(DurationSeconds=900)
    return asked["Credentials"]["Expiration"] - timedelta(seconds=900)
