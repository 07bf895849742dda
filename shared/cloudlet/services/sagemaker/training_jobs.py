"""Training jobs: the operations. What then happens is `training.run`.

States: InProgress → Completed | Failed | Stopped; InProgress → Stopping → Stopped.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cloudlet.errors import ResourceInUse, ResourceNotFound, ValidationException
from cloudlet.gateway.call import Answer, Call
from cloudlet.gateway.registry import operation
from cloudlet.gateway.validation import require
from cloudlet.objects import Location
from cloudlet.runner import images
from cloudlet.services.sagemaker import channels, training
from cloudlet.services.sagemaker.listing import page
from cloudlet.services.sagemaker.state import SageMakerStore, TrainingJob, Transition
from cloudlet.services.sagemaker.tags import as_mapping

FINAL = ("Completed", "Failed", "Stopped")


@operation("sagemaker", "CreateTrainingJob")
def create_training_job(call: Call, request: dict[str, Any]) -> Answer:
    """Check the request and start the job; it goes on in the background."""
    name = request["TrainingJobName"]
    arn = call.arn(f"training-job/{name}")
    jobs = call.store(SageMakerStore).training_jobs
    _check(call, request)
    now = call.engine.clock.now()
    job = TrainingJob(name, arn, request, created=now, modified=now)
    job.tags = as_mapping(request.get("Tags"))
    job.transitions.append(Transition("Starting", now, training.MESSAGES["Starting"]))
    with call.engine.stores.lock:
        if name in jobs:
            raise ResourceInUse(
                "Training job names must be unique within an AWS account and region, "
                f"and a training job with this name already exists ({arn})"
            )
        jobs[name] = job
    call.engine.run_in_background(training.run, call.engine, call.scope, job)
    return {"TrainingJobArn": arn}


@operation("sagemaker", "DescribeTrainingJob")
def describe_training_job(call: Call, request: dict[str, Any]) -> Answer:
    """Everything about one job."""
    return _description(_job(call, request))


@operation("sagemaker", "ListTrainingJobs")
def list_training_jobs(call: Call, request: dict[str, Any]) -> Answer:
    """Summaries, filtered, sorted and in pages.

    Source of the odd filter: the note on StatusEquals and MaxResults in
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTrainingJobs.html
    """
    jobs = list(call.store(SageMakerStore).training_jobs.values())
    if "WarmPoolStatusEquals" in request or "TrainingPlanArnEquals" in request:
        jobs = []  # no job here keeps a warm pool, or runs on a training plan
    wanted = request.get("StatusEquals")
    if "MaxResults" in request:  # then AWS filters by status what the page has
        request = {k: v for k, v in request.items() if k != "StatusEquals"}
    shown, more = page(jobs, request, status=lambda job: job.status)
    shown = [job for job in shown if wanted in (None, job.status)]
    return {"TrainingJobSummaries": [_summary(job) for job in shown], **more}


@operation("sagemaker", "UpdateTrainingJob")
def update_training_job(call: Call, request: dict[str, Any]) -> Answer:
    """Change the profiler, debugging or warm pool settings of a running job."""
    job = _job(call, request)
    if job.status in FINAL:
        raise ValidationException(
            f"You can't update the training job {job.name}: it is {job.status}."
        )
    changes = {k: v for k, v in request.items() if k != "TrainingJobName"}
    job.request["ResourceConfig"] |= changes.pop("ResourceConfig", {})
    job.request.update(changes)
    job.modified = call.engine.clock.now()
    return {"TrainingJobArn": job.arn}


@operation("sagemaker", "StopTrainingJob")
def stop_training_job(call: Call, request: dict[str, Any]) -> Answer:
    """Ask a running job to stop: SIGTERM, then 120 seconds, then SIGKILL."""
    job = _job(call, request)
    if job.status in FINAL:
        raise ValidationException(
            f"The request was rejected because the training job is in status "
            f"{job.status}."
        )
    job.stop_requested = True
    job.status = "Stopping"
    job.modified = call.engine.clock.now()
    call.engine.changes.announce()
    return {}


@operation("sagemaker", "DeleteTrainingJob")
def delete_training_job(call: Call, request: dict[str, Any]) -> Answer:
    """Forget a job that has ended."""
    job = _job(call, request)
    if job.status not in FINAL:
        raise ResourceInUse(
            f"The training job {job.name} is {job.status}; stop it first."
        )
    call.store(SageMakerStore).training_jobs.pop(job.name, None)
    return {}


def _check(call: Call, request: dict[str, Any]) -> None:
    require(request, "AlgorithmSpecification", "ResourceConfig")
    specification = request["AlgorithmSpecification"]
    if "InstanceGroups" in request["ResourceConfig"]:
        raise ValidationException(
            "The local cloud trains on instances of one type; InstanceGroups are not "
            "there yet."
        )
    require(
        request["ResourceConfig"],
        "InstanceType",
        "InstanceCount",
        path="resourceConfig",
    )
    if request["ResourceConfig"]["InstanceCount"] < 1:
        raise ValidationException("InstanceCount must be at least 1.")
    if "TrainingImage" not in specification:
        raise ValidationException(
            "You must specify TrainingImage: the local cloud has no AlgorithmName."
        )
    try:
        images.find(specification["TrainingImage"])
        Location.parse(request["OutputDataConfig"]["S3OutputPath"])
        channels.check(call.engine.objects(call.scope), request, call.scope.region)
    except (images.UnknownImageError, ValueError) as error:
        raise ValidationException(str(error)) from error
    stopping = request.get("StoppingCondition", {})
    if request.get("EnableManagedSpotTraining"):
        longest = stopping.get("MaxWaitTimeInSeconds")
        if longest is None or longest < stopping.get("MaxRuntimeInSeconds", 86400):
            raise ValidationException(
                "MaxWaitTimeInSeconds must be present, and at least "
                "MaxRuntimeInSeconds, when EnableManagedSpotTraining is true."
            )


def _job(call: Call, request: dict[str, Any]) -> TrainingJob:
    job = call.store(SageMakerStore).training_jobs.get(request["TrainingJobName"])
    if job is None:
        if call.operation in ("StopTrainingJob", "DescribeTrainingJob"):
            raise ValidationException("Requested resource not found.")
        raise ResourceNotFound("Requested resource not found.")
    return job


def _description(job: TrainingJob) -> Answer:
    answer: Answer = {
        **{k: v for k, v in job.request.items() if k != "Tags"},
        "TrainingJobArn": job.arn,
        "TrainingJobStatus": job.status,
        "SecondaryStatus": job.transitions[-1].status,
        "SecondaryStatusTransitions": [
            _without_none(
                Status=t.status,
                StartTime=t.start,
                EndTime=t.end,
                StatusMessage=t.message,
            )
            for t in job.transitions
        ],
        "CreationTime": job.created,
        "LastModifiedTime": job.modified,
    }
    answer.setdefault("EnableNetworkIsolation", False)
    answer.setdefault("EnableInterContainerTrafficEncryption", False)
    answer.setdefault("EnableManagedSpotTraining", False)
    return answer | _without_none(
        TrainingStartTime=job.started,
        TrainingEndTime=job.ended,
        TrainingTimeInSeconds=_seconds(job.started, job.ended),
        BillableTimeInSeconds=training.billable_seconds(job),
        FailureReason=job.failure_reason,
        FinalMetricDataList=[
            {"MetricName": name, "Value": value, "Timestamp": at}
            for name, (value, at) in list(job.metrics.items())
        ]
        or None,
        ModelArtifacts={"S3ModelArtifacts": job.artifacts} if job.artifacts else None,
    )


def _summary(job: TrainingJob) -> Answer:
    return _without_none(
        TrainingJobName=job.name,
        TrainingJobArn=job.arn,
        CreationTime=job.created,
        LastModifiedTime=job.modified,
        TrainingEndTime=job.ended,
        TrainingJobStatus=job.status,
        SecondaryStatus=job.transitions[-1].status,
    )


def _seconds(start: datetime | None, end: datetime | None) -> int | None:
    if start is None or end is None:
        return None
    return max(1, round((end - start).total_seconds()))


def _without_none(**members: Any) -> Answer:
    return {name: value for name, value in members.items() if value is not None}
