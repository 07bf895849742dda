"""Start, control-plane calls, S3, invocation and memory, against moto's server."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.measure import Ratio, p50, ratio
from benchmarks.servers import Server, running

ROUNDS = 5
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
ROLE = "arn:aws:iam::123456789012:role/service-role/Role"
ROW = ",".join(["0.5"] * 30).encode()


def ratios() -> Iterator[Ratio]:
    """The rows of the table that are about single calls."""
    yield ratio("start to first answer", "moto_server", _starts(), "s", 1.0)
    with running("cloudlet") as ours, running("moto") as theirs:
        _prepare(ours)
        _prepare(theirs)
        for what, make, most in _CALLS:
            calls = make(ours), make(theirs)
            pairs = [(p50(calls[0]), p50(calls[1])) for _ in range(ROUNDS)]
            yield ratio(what, "moto_server", pairs, "ms", most)
    yield ratio(
        "memory, idle before its first job", "moto_server", _memory(), "MB", 1.5
    )


def _starts() -> list[tuple[float, float]]:
    pairs = []
    for _ in range(ROUNDS):
        with running("cloudlet") as ours:
            pass
        with running("moto") as theirs:
            pass
        pairs.append((ours.first_answer, theirs.first_answer))
    return pairs


def _memory() -> list[tuple[float, float]]:
    pairs = []
    for _ in range(ROUNDS):
        found = []
        for name in ("cloudlet", "moto"):
            with running(name) as server:
                for service, verb in _SAME_CALLS:
                    getattr(server.client(service), verb)()
                found.append(server.memory())
        pairs.append((found[0], found[1]))
    return pairs


_SAME_CALLS = (
    ("s3", "list_buckets"),
    ("sts", "get_caller_identity"),
    ("iam", "list_roles"),
    ("logs", "describe_log_groups"),
    ("cloudwatch", "list_metrics"),
)


def _prepare(server: Server) -> None:
    """The same bucket, job, model and endpoint on either side."""
    s3, sagemaker = server.client("s3"), server.client("sagemaker")
    s3.create_bucket(Bucket="bench-bucket")
    s3.put_object(Bucket="bench-bucket", Key="train/train.csv", Body=_table())
    sagemaker.create_training_job(**_job())
    if server.name == "cloudlet":
        waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
        waiter.wait(TrainingJobName="job", WaiterConfig={"Delay": 1})
        model = "out/job/output/model.tar.gz"
    else:
        model = "model.tar.gz"
        s3.put_object(Bucket="bench-bucket", Key=model, Body=_empty_tar())
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://bench-bucket/{model}"}
    sagemaker.create_model(
        ModelName="model", ExecutionRoleArn=ROLE, PrimaryContainer=container
    )
    variant = {"VariantName": "all", "ModelName": "model", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(
        EndpointConfigName="config",
        ProductionVariants=[variant | {"InstanceType": "ml.m5.xlarge"}],
    )
    sagemaker.create_endpoint(EndpointName="endpoint", EndpointConfigName="config")
    waiter = sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName="endpoint", WaiterConfig={"Delay": 1})


def _job() -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bench-bucket/train/"}
    channel = {"ChannelName": "train", "ContentType": "text/csv"}
    return {
        "TrainingJobName": "job",
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "HyperParameters": {"num_round": "50", "objective": "binary:logistic"},
        "InputDataConfig": [channel | {"DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": "s3://bench-bucket/out"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def _describe_job(server: Server) -> Callable[[], object]:
    client = server.client("sagemaker")
    return lambda: client.describe_training_job(TrainingJobName="job")


def _describe_endpoint(server: Server) -> Callable[[], object]:
    client = server.client("sagemaker")
    return lambda: client.describe_endpoint(EndpointName="endpoint")


def _put(server: Server) -> Callable[[], object]:
    client, body = server.client("s3"), b"x" * 1000
    return lambda: client.put_object(Bucket="bench-bucket", Key="key", Body=body)


def _head(server: Server) -> Callable[[], object]:
    client = server.client("s3")
    client.put_object(Bucket="bench-bucket", Key="key", Body=b"x" * 1000)
    return lambda: client.head_object(Bucket="bench-bucket", Key="key")


def _invoke(server: Server) -> Callable[[], object]:
    client = server.client("sagemaker-runtime")
    return lambda: client.invoke_endpoint(
        EndpointName="endpoint", ContentType="text/csv", Body=ROW
    )["Body"].read()


_CALLS = (
    ("DescribeTrainingJob, p50", _describe_job, 0.6),
    ("DescribeEndpoint, p50", _describe_endpoint, 0.6),
    ("S3 PutObject, 1 kB, p50", _put, 0.8),
    ("S3 HeadObject, 1 kB, p50", _head, 0.8),
    ("InvokeEndpoint: a prediction against a canned answer, p50", _invoke, 1.0),
)


def _table(rows: int = 200) -> bytes:
    """Rows of a label and 30 numbers that tell it."""
    lines = []
    for number in range(rows):
        label = number % 2
        lines.append(",".join([str(label), *[f"{(number * 7 + label) % 11}"] * 30]))
    return "\n".join(lines).encode()


def _empty_tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz"):
        pass
    return buffer.getvalue()
