"""Checks of lab 000."""

import math
from typing import Any

from cloudlet.metering import load_prices
from mlslab.aws import Aws
from mlslab.checks import check, require

RIDES = "rides/rides.csv"
INSTANCE_TYPE = "ml.t2.medium"
HOURS = {"always on": 24, "evenings": 2}


@check(
    lab="000",
    name="first_call",
    title="Your first call",
    points=1,
    objective="call",
    hints=(
        "Point 3 above the cell names the call, and what to take from its answer.",
        "The answer of `s3.head_object` is a dictionary.",
        '`s3.head_object(Bucket=bucket, Key=rides_key)["…"]`',
    ),
)
def first_call(object_bytes: int, aws: Aws) -> None:
    """The size is that of the object that stands in the bucket."""
    body = aws.s3.get_object(Bucket=aws.bucket, Key=RIDES)["Body"].read()
    require(
        object_bytes != len(body.splitlines()),
        "`object_bytes` is the number of rides; a ride takes several bytes",
    )
    require(
        object_bytes == len(body),
        f"`object_bytes` is {object_bytes}, and S3 counts another number of bytes"
        f" in `{RIDES}`",
    )


@check(
    lab="000",
    name="repair",
    title="Find the reason, and repair the job",
    points=2,
    objective="failure",
    hints=(
        "What `describe_training_job` answers for a failed job has a member more.",
        "`sorted(sagemaker.describe_training_job(TrainingJobName=broken_job))` lists"
        " the members; the reason says which values are allowed.",
        '`failure_reason = sagemaker.describe_training_job(…)["FailureReason"]`, and'
        " the `train(…)` call of the broken job with a number from the range.",
    ),
)
def repair(failure_reason: str, repaired_job: str, broken_job: str, aws: Aws) -> None:
    """The reason is AWS's own words, and a later job has completed."""
    broken = aws.sagemaker.describe_training_job(TrainingJobName=broken_job)
    require(
        failure_reason == broken["FailureReason"],
        "`failure_reason` is not what the description of `broken_job` gives as reason",
    )
    job = aws.sagemaker.describe_training_job(TrainingJobName=repaired_job)
    require(
        repaired_job != broken_job and job["CreationTime"] > broken["CreationTime"],
        f"`repaired_job` is {repaired_job}, which was not started after the failure",
    )
    require(
        job["TrainingJobStatus"] == "Completed",
        f"`repaired_job` has ended as {job['TrainingJobStatus']}:"
        f" {job.get('FailureReason', 'it gives no reason')}",
    )
    rounds = job["HyperParameters"].get("num_round")
    require(
        rounds == broken["HyperParameters"]["num_round"],
        f"`repaired_job` has trained {rounds} rounds; the reason is not about rounds",
    )


@check(
    lab="000",
    name="bill",
    title="Choose a design by a measurement",
    points=2,
    objective="bill",
    hints=(
        "`cost_of` in the cell before the exercise measures so many hours.",
        "A day has 24 hours; in the second design the endpoint stands for 2 of them.",
        '`costs = {"always on": cost_of(…), "evenings": cost_of(…)}`',
    ),
)
def bill(costs: dict[str, Any], choice: str) -> None:
    """Both days are measured, and the cheaper design is taken."""
    require(
        set(costs) == set(HOURS),
        f"`costs` has the keys {sorted(map(str, costs))}, not those of both designs",
    )
    price = load_prices().instance_hour("hosting", INSTANCE_TYPE).usd
    for design, hours in HOURS.items():
        require(
            math.isclose(costs[design], hours * price, rel_tol=0.02),
            f"`costs[{design!r}]` is {costs[design]} USD, and the endpoint does not"
            " come to that in the hours that it stands in a day of this design",
        )
    require(
        choice in costs,
        f"`choice` is {choice!r}, which is none of the designs in `costs`",
    )
    require(
        costs[choice] == min(costs.values()),
        f"`choice` is {choice!r}, the dearer design by your own measurement",
    )
