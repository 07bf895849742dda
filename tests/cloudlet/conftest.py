"""A running cloud for the tests of cloudlet, and what most of them need in it.

Tests speak to the cloud over the wire, with boto3; one cloud serves a whole session, so
a test names its resources by `name(…)` and takes a `fresh_cloud` where it needs
an empty one, moves cloud time or resets it.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest
from archives import tar_gz
from botocore.config import Config

from cloudlet import Cloud, fresh_account, start

REGION = "us-east-1"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
SCIKIT = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1"
FEATURES = 30

Clients = Callable[..., Any]
Names = Callable[[str], str]

#: What AWS leaves out although its model requires it: a job that has no artefact yet
#: shows no ModelArtifacts.
OMITTED = {".ModelArtifacts is required"}

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    """The session's cloud."""
    with start() as running:
        yield running


@pytest.fixture
def fresh_cloud() -> Iterator[Cloud]:
    """A cloud of the test's own, in which nothing stands."""
    with start() as running:
        yield running


def clients_of(cloud: Cloud) -> Clients:
    """A factory of boto3 clients for one cloud, with the local credentials.

    Every answer of SageMaker's that they get is held against its output shape.
    """

    def make(service: str, region: str = REGION, **config: Any) -> Any:
        client = boto3.client(
            service,
            region_name=region,
            endpoint_url=cloud.url,
            aws_access_key_id=fresh_account.ACCESS_KEY,
            aws_secret_access_key=fresh_account.SECRET_KEY,
            aws_session_token=fresh_account.SESSION_TOKEN,
            config=Config(**config) if config else None,
        )
        client.meta.events.register("after-call.sagemaker", _check_answer)
        return client

    return make


@pytest.fixture(scope="session")
def clients(cloud: Cloud) -> Clients:
    """`clients("s3")`, `clients("sagemaker", region="eu-west-1")`: boto3 clients."""
    return lru_cache(clients_of(cloud))


@pytest.fixture
def name() -> Names:
    """`name("job")`: a name that no other test has."""
    return lambda kind: f"{kind}-{next(_numbers)}"


@pytest.fixture(scope="session")
def sagemaker(clients: Clients) -> Any:
    return clients("sagemaker")


@pytest.fixture(scope="session")
def runtime(clients: Clients) -> Any:
    return clients("sagemaker-runtime")


@pytest.fixture(scope="session")
def s3(clients: Clients) -> Any:
    return clients("s3")


class Bench:
    """What a training needs in one cloud: a bucket with breast cancer data, requests.

    Attributes:
        bucket: holds `train/train.csv` and `validation/validation.csv`.
    """

    bucket = "bench"

    def __init__(self, clients: Clients) -> None:
        self.clients = clients
        self.s3 = clients("s3")
        self.sagemaker = clients("sagemaker")
        self.s3.create_bucket(Bucket=self.bucket)
        table = breast_cancer()
        self.put("train/train.csv", csv_of(table[:300]))
        self.put("validation/validation.csv", csv_of(table[300:400]))

    def put(self, key: str, body: bytes) -> str:
        """Put an object into the bucket; returns its URI."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def channel(self, name: str, key: str = "", **members: Any) -> dict[str, Any]:
        """One entry of InputDataConfig; by default all below `<name>/`, as CSV."""
        source = {
            "S3DataType": "S3Prefix",
            "S3Uri": f"s3://{self.bucket}/{key or name + '/'}",
            "S3DataDistributionType": members.pop("distribution", "FullyReplicated"),
        }
        return {
            "ChannelName": name,
            "ContentType": "text/csv",
            "DataSource": {"S3DataSource": source},
        } | members

    def request(self, job: str, **members: Any) -> dict[str, Any]:
        """A CreateTrainingJob request: the built-in XGBoost, five rounds."""
        return {
            "TrainingJobName": job,
            "RoleArn": fresh_account.ROLE_ARN,
            "AlgorithmSpecification": {
                "TrainingImage": XGBOOST,
                "TrainingInputMode": "File",
            },
            "InputDataConfig": [self.channel("train"), self.channel("validation")],
            "OutputDataConfig": {"S3OutputPath": f"s3://{self.bucket}/output"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 5,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "HyperParameters": {
                "num_round": "5",
                "objective": "binary:logistic",
                "eval_metric": "auc",
            },
        } | members

    def bash_request(self, job: str, script: str, **members: Any) -> dict[str, Any]:
        """A CreateTrainingJob request that runs a bash script from a channel."""
        self.put(f"source/{job}/run.sh", script.encode())
        specification = {
            "TrainingImage": SCIKIT,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["bash", "/opt/ml/input/data/code/run.sh"],
        }
        plain = self.request(
            job,
            AlgorithmSpecification=specification,
            InputDataConfig=[self.channel("code", f"source/{job}/")],
        )
        del plain["HyperParameters"]
        return plain | members

    def script_request(self, job: str, script: str, **members: Any) -> dict[str, Any]:
        """A CreateTrainingJob request that runs a Python script, as SDK v2 asks."""
        archive = tar_gz({"train.py": script.encode()})
        source = self.put(f"source/{job}/sourcedir.tar.gz", archive)
        hyperparameters = {
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": json.dumps(source),
        } | members.pop("HyperParameters", {})
        specification = {"TrainingImage": SCIKIT, "TrainingInputMode": "File"}
        plain = self.request(
            job,
            AlgorithmSpecification=specification,
            HyperParameters=hyperparameters,
        )
        del plain["InputDataConfig"]
        return plain | members

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Create a job and wait for its end; returns its description."""
        self.sagemaker.create_training_job(**request)
        return self.ended(request["TrainingJobName"])

    def ended(self, job: str) -> dict[str, Any]:
        """Wait for a job's end; returns its description."""
        return self.until(
            lambda: self.sagemaker.describe_training_job(TrainingJobName=job),
            lambda d: d["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"),
        )

    def writes(self, job: str, path: Path) -> None:
        """Wait until a running job has written a file of this machine."""

        def look() -> bool:
            status = self.sagemaker.describe_training_job(TrainingJobName=job)
            assert path.exists() or status["TrainingJobStatus"] == "InProgress", status
            return path.exists()

        self.until(look, bool)

    def settled(self, endpoint: str) -> dict[str, Any]:
        """Wait until an endpoint is neither created nor updated any more."""
        return self.until(
            lambda: self.sagemaker.describe_endpoint(EndpointName=endpoint),
            lambda d: d["EndpointStatus"] not in ("Creating", "Updating"),
        )

    def until(
        self, look: Callable[[], Any], done: Callable[[Any], bool], seconds: float = 60
    ) -> Any:
        """Look until it is done, and return what was seen last."""
        import time

        deadline = time.monotonic() + seconds
        while not done(seen := look()):
            assert time.monotonic() < deadline, f"still not done: {seen}"
            time.sleep(0.02)
        return seen

    def model(self, model: str, artifact: str, **container: Any) -> str:
        """Create a model of the built-in XGBoost; returns its name."""
        primary = {"Image": XGBOOST, "ModelDataUrl": artifact} | container
        self.sagemaker.create_model(
            ModelName=model,
            ExecutionRoleArn=fresh_account.ROLE_ARN,
            PrimaryContainer=primary,
        )
        return model

    def config(self, config: str, *variants: dict[str, Any]) -> str:
        """Create an endpoint configuration; returns its name."""
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=config, ProductionVariants=list(variants)
        )
        return config

    @staticmethod
    def variant(model: str, variant: str = "AllTraffic", **members: Any) -> Any:
        """One production variant on one instance."""
        return {
            "VariantName": variant,
            "ModelName": model,
            "InstanceType": "ml.t2.medium",
            "InitialInstanceCount": 1,
        } | members

    def deploy(self, endpoint: str, *variants: dict[str, Any]) -> dict[str, Any]:
        """Configuration and endpoint of one name; returns the settled endpoint."""
        self.sagemaker.create_endpoint(
            EndpointName=endpoint, EndpointConfigName=self.config(endpoint, *variants)
        )
        return self.settled(endpoint)


@pytest.fixture(scope="session")
def bench(clients: Clients) -> Bench:
    """The session cloud's bucket with data, and requests that use it."""
    return Bench(clients)


@pytest.fixture
def fresh_clients(fresh_cloud: Cloud) -> Clients:
    """A factory of boto3 clients for the test's own cloud."""
    return clients_of(fresh_cloud)


@pytest.fixture(scope="session")
def bench_at() -> Callable[[str], Bench]:
    """`bench_at(url)`: the bench in a cloud that a test has started itself."""
    return lambda url: Bench(clients_of(Cloud(url)))


@pytest.fixture
def fresh_bench(fresh_clients: Clients) -> Bench:
    """The bench in the test's own cloud."""
    return Bench(fresh_clients)


@pytest.fixture(scope="session")
def trained(bench: Bench) -> dict[str, Any]:
    """The description of one completed training job of the built-in XGBoost."""
    description = bench.run(bench.request("trained"))
    assert description["TrainingJobStatus"] == "Completed", description
    return description


@pytest.fixture(scope="session")
def artifact(trained: dict[str, Any]) -> str:
    """The URI of its model.tar.gz."""
    return str(trained["ModelArtifacts"]["S3ModelArtifacts"])


@pytest.fixture(scope="session")
def served(bench: Bench, artifact: str) -> str:
    """The name of an endpoint in service; tests leave it as it is."""
    model = bench.model("served", artifact)
    description = bench.deploy("served", bench.variant(model))
    assert description["EndpointStatus"] == "InService", description
    return "served"


@lru_cache
def breast_cancer() -> np.ndarray:
    """scikit-learn's table, shape (569, 31), the label first."""
    from sklearn.datasets import load_breast_cancer

    features, label = load_breast_cancer(return_X_y=True)
    return np.column_stack([label, features])


def csv_of(rows: np.ndarray) -> bytes:
    """Rows as CSV without a header."""
    return "\n".join(",".join(map(repr, map(float, row))) for row in rows).encode()


def _check_answer(http_response: Any, model: Any, **_: Any) -> None:
    """Raise for a successful answer of SageMaker's that botocore's shape forbids."""
    if http_response.status_code < 300 and http_response.content:
        answer = json.loads(http_response.content)
        faults = set(faults_of(answer, model.output_shape)) - OMITTED
        assert not faults, f"{model.name}: {faults}"


def faults_of(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """What in a raw JSON answer does not fit an output shape of botocore's."""
    kind = getattr(shape, "type_name", None)
    expected = {
        "structure": dict,
        "map": dict,
        "list": list,
        "string": str,
        "boolean": bool,
        "integer": int,
        "long": int,
        "float": (int, float),
        "double": (int, float),
        "timestamp": (int, float),
    }[kind or "structure"]
    if not isinstance(value, expected):
        yield f"{path} is {type(value).__name__}, not {kind}"
    elif kind is None:
        yield from (f"{path}.{name} is unknown" for name in value)
    elif kind == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"{path}.{name} is required"
        for name, item in value.items():
            if name not in shape.members:
                yield f"{path}.{name} is unknown"
            elif item is None:
                yield f"{path}.{name} is null"
            else:
                yield from faults_of(item, shape.members[name], f"{path}.{name}")
    elif kind == "list":
        for index, item in enumerate(value):
            yield from faults_of(item, shape.member, f"{path}[{index}]")
    elif kind == "map":
        for key, item in value.items():
            yield from faults_of(key, shape.key, f"{path} key")
            yield from faults_of(item, shape.value, f"{path}.{key}")
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{path} is {value!r}, not one of {shape.enum}"
