"""The life of a training job, told from Starting to its end.

Source of statuses and messages: the SecondaryStatusTransition shape of the SageMaker
API, and the exit code and failure file of the container contract,
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-output.html
"""

from __future__ import annotations

import json
import math
import shutil
import socket
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudlet.logs import TRAINING_GROUP
from cloudlet.metrics import TRAINING_NAMESPACE
from cloudlet.objects import Location
from cloudlet.runner import archive, images, script_mode
from cloudlet.runner.container import RENDEZVOUS, ClientError, Container
from cloudlet.runner.pipes import Pipe
from cloudlet.runner.processes import ContainerProcess, ContainerSpec
from cloudlet.services.sagemaker import channels
from cloudlet.services.sagemaker.metric_log import MetricLog
from cloudlet.services.sagemaker.state import TrainingJob, Transition
from cloudlet.stores import Scope

if TYPE_CHECKING:
    from cloudlet.engine import Engine

MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds",
    "Failed": "Training job failed",
}

#: Seconds between two looks at what a job prints.
LOOK_INTERVAL = 0.1
#: SIGTERM to SIGKILL, in seconds; source: the StopTrainingJob API.
GRACE = 120
#: FailureReason holds at most this much; source: botocore's FailureReason shape.
LONGEST_REASON = 1024
#: Linux's highest signal; exit codes beyond 128 + this are a program's own.
LAST_SIGNAL = 64


def run(engine: Engine, scope: Scope, job: TrainingJob) -> None:
    """Bring one job to its end; never raises."""
    folder = engine.new_folder(f"training-{job.name}")
    try:
        with engine.training_slots, closing(_Run(engine, scope, job, folder)) as one:
            one.to_the_end()
    except ClientError as error:
        _end(engine, job, "Failed", f"ClientError: {error}")
    except Exception as error:
        _end(engine, job, "Failed", f"InternalServerError: {error}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Run:
    """One job on its way: the hosts, their folders and processes."""

    def __init__(
        self, engine: Engine, scope: Scope, job: TrainingJob, folder: Path
    ) -> None:
        self.engine, self.scope, self.job, self.folder = engine, scope, job, folder
        self.objects = engine.objects(scope)
        self.image = images.find(job.request["AlgorithmSpecification"]["TrainingImage"])
        count = job.request["ResourceConfig"].get("InstanceCount", 1)
        self.hosts = [f"algo-{number}" for number in range(1, count + 1)]
        custom = job.request["AlgorithmSpecification"].get("MetricDefinitions", [])
        self.metrics = MetricLog(self.image.metrics, custom)
        self.first_to_fail: int | None = None
        self.pipes: list[Pipe] = []
        self.rendezvous = f"127.0.0.1:{_free_port()}" if count > 1 else ""

    def close(self) -> None:
        """Stop feeding the pipes."""
        for pipe in self.pipes:
            pipe.close()

    def to_the_end(self) -> None:
        if self.job.stop_requested:
            return _end(self.engine, self.job, "Stopped")
        self._check_output()
        self._enter("Downloading")
        containers = [self._prepare(number) for number in range(len(self.hosts))]
        self.job.started = self.engine.clock.now()
        self._enter("Training")
        processes = [
            self._start(host, container)
            for host, container in zip(self.hosts, containers, strict=True)
        ]
        cut_short = self._wait(processes)
        failed = _first_to_fail(processes)
        if failed is not None and not cut_short:
            host = failed if self.first_to_fail is None else self.first_to_fail
            reason = _failure_reason(containers[host], processes[host])
            return _end(self.engine, self.job, "Failed", reason)
        self._enter("Uploading")
        self._upload(containers)
        _end(self.engine, self.job, cut_short or "Completed")

    def _check_output(self) -> None:
        path = self.job.request["OutputDataConfig"]["S3OutputPath"]
        bucket = Location.parse(path).bucket
        if not self.objects.bucket_exists(bucket):
            raise ClientError(
                f"The specified bucket does not exist: S3OutputPath {path} names "
                f"the bucket {bucket}."
            )

    def _prepare(self, number: int) -> Container:
        container = Container(self.folder / self.hosts[number])
        for path in (container.config, container.model, container.output / "data"):
            path.mkdir(parents=True)
        request = self.job.request
        inputs = {
            channel["ChannelName"]: {
                "TrainingInputMode": channels.mode(request, channel),
                "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                    "S3DataDistributionType", "FullyReplicated"
                ),
                "RecordWrapperType": channel.get("RecordWrapperType", "None"),
                **({"ContentType": c} if (c := channel.get("ContentType")) else {}),
            }
            for channel in request.get("InputDataConfig", [])
        }
        _write(container, "hyperparameters", request.get("HyperParameters", {}))
        _write(container, "inputdataconfig", inputs)
        _write(container, "resourceconfig", self._resources(number))
        for channel in request.get("InputDataConfig", []):
            given = (self.objects, channel, container, number, len(self.hosts))
            if channels.mode(request, channel) == "Pipe":
                self.pipes.append(channels.pipe(*given))
            else:
                channels.download(*given)
        self._download_source(container)
        self._restore_checkpoints(container)
        return container

    def _resources(self, number: int) -> dict[str, Any]:
        instance = self.job.request["ResourceConfig"].get("InstanceType", "")
        group = {
            "instance_group_name": "homogeneousCluster",
            "instance_type": instance,
            "hosts": self.hosts,
        }
        return {
            "current_host": self.hosts[number],
            "current_instance_type": instance,
            "current_group_name": "homogeneousCluster",
            "hosts": self.hosts,
            "instance_groups": [group],
            "network_interface_name": "lo",
        }

    def _download_source(self, container: Container) -> None:
        hyperparameters = self.job.request.get("HyperParameters", {})
        address = hyperparameters.get(script_mode.SUBMIT_DIRECTORY, "").strip('"')
        if address.startswith("s3://"):
            target = container.root / script_mode.SOURCE_ARCHIVE
            if not self.objects.download(Location.parse(address), target):
                raise ClientError(f"There is no object {address}")

    def _restore_checkpoints(self, container: Container) -> None:
        container.checkpoints.mkdir(exist_ok=True)
        config = self.job.request.get("CheckpointConfig")
        if config:
            source = Location.parse(config["S3Uri"])
            for key in self.objects.keys(source.bucket, source.key.rstrip("/") + "/"):
                name = key[len(source.key.rstrip("/")) + 1 :]
                path = (container.checkpoints / name).resolve()
                if path.is_relative_to(container.checkpoints.resolve()):
                    self.objects.download(Location(source.bucket, key), path)

    def _start(self, host: str, container: Container) -> ContainerProcess:
        specification = self.job.request["AlgorithmSpecification"]
        environment = self.engine.container_environment(self.scope) | {
            "TRAINING_JOB_NAME": self.job.name,
            "TRAINING_JOB_ARN": self.job.arn,
            "SM_CURRENT_HOST": host,
            RENDEZVOUS: self.rendezvous,
            **self.job.request.get("Environment", {}),
        }
        program = self.image.train
        if script_mode.PROGRAM in self.job.request.get("HyperParameters", {}):
            program = "cloudlet.runner.script_mode:train"
        command = tuple(specification.get("ContainerEntrypoint", ()))
        if not command and program is None:
            raise ClientError(
                f"The image {self.image.repository} has no training program of its "
                "own: give it a script (SourceCode in SDK v3, entry_point in v2)."
            )
        stream = f"{self.job.name}/{host}-{int(self.job.created.timestamp())}"

        def on_output(lines: list[str]) -> None:
            now = self.engine.clock.now()
            self.engine.logs.write(self.scope, TRAINING_GROUP, stream, lines, now)
            for name, value in self.metrics.read(lines):
                self._measure(name, value)
            self.engine.announce_output()

        spec = ContainerSpec(
            container.root,
            environment,
            program=program,
            command=command,
            arguments=tuple(specification.get("ContainerArguments", ())),
        )
        return self.engine.processes.start(spec, on_output, LOOK_INTERVAL)

    def _measure(self, name: str, value: float) -> None:
        now = self.engine.clock.now()
        self.job.metrics[name] = (value, now)
        self.engine.metrics.put(
            self.scope,
            TRAINING_NAMESPACE,
            name,
            value,
            {"TrainingJobName": self.job.name},
            now,
        )

    def _wait(self, processes: list[ContainerProcess]) -> str | None:
        """Wait for all hosts; the status of a job cut short, or None."""
        limit = self.job.request.get("StoppingCondition", {}).get(
            "MaxRuntimeInSeconds", 86400
        )
        deadline = self.engine.clock.now() + timedelta(seconds=limit)
        for process in processes:
            while not process.wait(0.2):
                failed = _first_to_fail(processes)
                if failed is not None:
                    self.first_to_fail = failed
                    _stop(processes, 0)
                elif self.job.stop_requested:
                    self._enter("Stopping")
                    _stop(processes, GRACE)
                    return "Stopped"
                elif self.engine.clock.now() > deadline:
                    _stop(processes, GRACE)
                    return "MaxRuntimeExceeded"
        return None

    def _upload(self, containers: list[Container]) -> None:
        base = Location.parse(self.job.request["OutputDataConfig"]["S3OutputPath"])
        target = base.child(self.job.name).child("output")
        first = containers[0]
        body = archive.pack(first.model)
        if any(path.is_file() for path in first.model.rglob("*")):
            artifact = target.child("model.tar.gz")
            self.objects.write(artifact, body)
            self.job.artifacts = artifact.uri
        if any(path.is_file() for path in (first.output / "data").rglob("*")):
            self.objects.write(
                target.child("output.tar.gz"), archive.pack(first.output / "data")
            )
        config = self.job.request.get("CheckpointConfig")
        for path in first.checkpoints.rglob("*") if config else ():
            if path.is_file() and config:
                name = path.relative_to(first.checkpoints).as_posix()
                place = Location.parse(config["S3Uri"]).child(name)
                self.objects.write(place, path.read_bytes())

    def _enter(self, status: str) -> None:
        _transition(self.engine, self.job, status)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def billable_seconds(job: TrainingJob) -> int | None:
    """Seconds that AWS would charge per instance: from download to upload's end."""
    if job.ended is None or job.started is None:
        return None
    return max(1, math.ceil((job.ended - job.started).total_seconds()))


def _end(
    engine: Engine, job: TrainingJob, secondary: str, reason: str | None = None
) -> None:
    final = "Stopped" if secondary == "MaxRuntimeExceeded" else secondary
    with engine.stores.lock:
        job.ended = engine.clock.now()
        job.failure_reason = reason[:LONGEST_REASON] if reason else None
        job.status = final
        _transition(engine, job, secondary, reason)
    engine.meter_training(job)
    engine.changes.announce()


def _transition(
    engine: Engine, job: TrainingJob, status: str, reason: str | None = None
) -> None:
    now = engine.clock.now()
    job.transitions[-1].end = now
    message = MESSAGES[status] if reason is None else f"Training job failed: {reason}"
    job.transitions.append(Transition(status, now, message[:LONGEST_REASON]))
    if status in ("Completed", "Failed", "Stopped", "MaxRuntimeExceeded"):
        job.transitions[-1].end = now
    job.modified = now
    engine.changes.announce()


def _first_to_fail(processes: list[ContainerProcess]) -> int | None:
    failed = (n for n, p in enumerate(processes) if p.exit_code not in (None, 0))
    return next(failed, None)


def _failure_reason(container: Container, process: ContainerProcess) -> str:
    """What the failing host says, in AWS's form: `AlgorithmError: …, exit code: 1`."""
    code = process.exit_code or 0
    signal = -code if code < 0 else code - 128
    text = ""
    if container.failure.is_file():
        text = container.failure.read_text(errors="replace").strip()
    if not text and 0 < signal <= LAST_SIGNAL:
        text = f"the training process was ended by signal {signal}"
    if not text.startswith(("ClientError", "AlgorithmError")):
        text = f"AlgorithmError: {text}"
    shown = 128 + signal if code < 0 else code
    return f"{text[: LONGEST_REASON - 60]}, exit code: {shown}"


def _stop(processes: list[ContainerProcess], grace: float) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        if not process.wait(grace):
            process.kill()
            process.wait(5)


def _write(container: Container, name: str, value: Any) -> None:
    (container.config / f"{name}.json").write_text(json.dumps(value))
