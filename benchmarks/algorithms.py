"""Built-in algorithms through the cloud against their libraries, as the data grow.

Both sides read the same CSV in the same way and answer the same rows over HTTP. What
they do is not the same everywhere: Linear Learner stops when its loss no longer falls,
the library's descent after 15 passes; K-Means finds a hundred centres before its ten,
the library ten at once, with the same tolerance. The client hears of a job's end as
the labs' do, by waiting for the cloud's next change. Memory is what a job takes beyond
the idle cloud, against twice the CSV that it reads.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measure import Ratio, difference, p50, ratio
from benchmarks.memory import tree_memory, watched
from benchmarks.program import Program, write_csv
from benchmarks.servers import Server, running
from cloudlet import Cloud
from cloudlet.fresh_account import ROLE_ARN

BUCKET = "bench-algorithms"
#: Rows, and how many trainings of each side.
SIZES = {10_000: 5, 100_000: 5, 1_000_000: 3}
REQUEST_ROWS = 1_000
_REGISTRY = "dkr.ecr.us-east-1.amazonaws.com"
_FIRST_PARTY = f"382416733822.{_REGISTRY}"
IMAGES = {
    "xgboost": f"683313688378.{_REGISTRY}/sagemaker-xgboost:1.7-1",
    "linear-learner": f"{_FIRST_PARTY}/linear-learner:1",
    "kmeans": f"{_FIRST_PARTY}/kmeans:1",
    "pca": f"{_FIRST_PARTY}/pca:1",
}
SETTINGS = {
    "xgboost": {"objective": "binary:logistic", "num_round": "50"},
    "linear-learner": {"predictor_type": "binary_classifier", "num_models": "1"},
    "kmeans": {"k": "10", "feature_dim": "30"},
    "pca": {"feature_dim": "30", "num_components": "5", "mini_batch_size": "1000"},
}
LIBRARIES = {
    "xgboost": "xgboost.train",
    "linear-learner": "sklearn's SGDClassifier",
    "kmeans": "sklearn's KMeans",
    "pca": "sklearn's PCA",
}


def ratios() -> Iterator[Ratio]:
    """The rows of the table that are about the built-in algorithms."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running("cloudlet") as server,
        Program("libraries.py", Path(sys.executable), {}) as bare,
    ):
        cloud = _Cloud(server)
        for rows, rounds in SIZES.items():
            file = write_csv(Path(folder) / f"rows-{rows}.csv", rows)
            cloud.upload(file)
            for name, library in LIBRARIES.items():
                cloud.train(name, file)
                bare.ask("train", name, file)
                pairs = [
                    (cloud.train(name, file), bare.ask("train", name, file))
                    for _ in range(rounds)
                ]
                what = f"{name}, a job on {rows:,} × 30 rows of CSV"
                against = f"{library}, warm"
                if rows < max(SIZES):  # there is little but the job's own cost
                    yield difference(what, against, pairs, 1)
                else:
                    yield ratio(what, against, pairs, "s", 1.3)
                    yield _memory(cloud, name, file)
        file = Path(folder) / f"rows-{min(SIZES)}.csv"
        body = _request(file)
        for name, library in LIBRARIES.items():
            bare.ask("train", name, file)
            url = f"http://127.0.0.1:{bare.ask('serve', name):.0f}"
            ours, theirs = cloud.endpoint(name, file, body), partial(_post, url, body)
            pairs = [(p50(ours), p50(theirs)) for _ in range(5)]
            what = f"{name}, an endpoint's answer to {REQUEST_ROWS:,} rows, p50"
            yield ratio(what, f"{library} behind http.server", pairs, "ms", 1.5)


def _memory(cloud: _Cloud, name: str, file: Path) -> Ratio:
    size = file.stat().st_size / 1e6
    peaks = [(cloud.memory(name, file), size) for _ in range(2)]
    what = f"{name}, memory of a job on {max(SIZES):,} rows"
    return ratio(what, "the size of its CSV", peaks, "MB", 2)


class _Cloud:
    """The cloud's side: jobs by boto3."""

    def __init__(self, server: Server) -> None:
        self._server, self._feed = server, Cloud(server.url)
        self._s3, self._sagemaker = server.client("s3"), server.client("sagemaker")
        self._runtime = server.client("sagemaker-runtime")
        self._s3.create_bucket(Bucket=BUCKET)
        self._numbers = itertools.count()

    def upload(self, file: Path) -> None:
        """Put the file where jobs read it."""
        self._s3.upload_file(str(file), BUCKET, f"{file.stem}/rows.csv")

    def train(self, name: str, file: Path) -> float:
        """The seconds from asking for a job to hearing that it is completed."""
        return self._train(name, file)[0]

    def memory(self, name: str, file: Path) -> float:
        """The most megabytes that a job takes beyond the idle cloud."""
        pid = self._server.process.pid
        idle = statistics.median(tree_memory(pid) for _ in range(3))
        with watched([pid]) as peak:
            self._train(name, file)
        return peak.most - idle

    def endpoint(self, name: str, file: Path, body: bytes) -> Any:
        """A call that has an endpoint of a model of these rows answer the body."""
        _, job = self._train(name, file)
        container = {
            "Image": IMAGES[name],
            "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"],
        }
        self._sagemaker.create_model(
            ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE_ARN
        )
        variant = {
            "VariantName": "all",
            "ModelName": name,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        self._sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant]
        )
        self._sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        waiter = self._sagemaker.get_waiter("endpoint_in_service")
        waiter.wait(EndpointName=name, WaiterConfig={"Delay": 1})
        return lambda: self._runtime.invoke_endpoint(
            EndpointName=name, ContentType="text/csv", Body=body
        )["Body"].read()

    def _train(self, name: str, file: Path) -> tuple[float, dict[str, Any]]:
        job = f"{name}-{next(self._numbers)}"
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{file.stem}/"}
        channel = {
            "ChannelName": "train",
            "ContentType": "text/csv",
            "DataSource": {"S3DataSource": source},
        }
        image = {"TrainingImage": IMAGES[name], "TrainingInputMode": "File"}
        began = time.perf_counter()
        self._sagemaker.create_training_job(
            TrainingJobName=job,
            RoleArn=ROLE_ARN,
            AlgorithmSpecification=image,
            HyperParameters=SETTINGS[name],
            InputDataConfig=[channel],
            OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
            ResourceConfig={
                "InstanceType": "ml.m5.xlarge",
                "InstanceCount": 1,
                "VolumeSizeInGB": 10,
            },
            StoppingCondition={"MaxRuntimeInSeconds": 3600},
        )
        seen = 0
        while True:
            told = self._sagemaker.describe_training_job(TrainingJobName=job)
            if told["TrainingJobStatus"] not in ("InProgress", "Stopping"):
                break
            seen = self._feed.next_change(seen)
        seconds = time.perf_counter() - began
        if told["TrainingJobStatus"] != "Completed":
            sys.exit(f"{job}: {told.get('FailureReason')}")
        return seconds, told


def _request(file: Path) -> bytes:
    """The features of the file's first rows."""
    with file.open() as lines:
        rows = itertools.islice(lines, REQUEST_ROWS)
        return "".join(line.partition(",")[2] for line in rows).encode()


def _post(url: str, body: bytes) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, body)) as answer:
        text: bytes = answer.read()
    return text
