"""InvokeEndpoint over the wire: formats, faults, metrics, the death of a container."""

from __future__ import annotations

import io
import json
import os
import signal
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
from botocore.exceptions import ClientError

ROWS = [[float(value) for value in np.linspace(1, 9 + row, 30)] for row in range(3)]
CSV = "\n".join(",".join(map(repr, row)) for row in ROWS)


def scores(text: str) -> list[float]:
    return [float(line) for line in text.split()]


@pytest.fixture(scope="module")
def expected(artifact, s3) -> np.ndarray:
    """What plain xgboost predicts from the artefact in S3."""
    bucket, _, key = artifact.removeprefix("s3://").partition("/")
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        member = archive.extractfile("xgboost-model")
        assert member is not None
        booster = xgboost.Booster()
        booster.load_model(bytearray(member.read()))
    return np.asarray(booster.predict(xgboost.DMatrix(np.array(ROWS))))


def model_error_of(runtime: Any, **request: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        runtime.invoke_endpoint(**request)
    response = caught.value.response
    assert response["Error"]["Code"] == "ModelError"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["ResponseMetadata"]["RetryAttempts"] == 0
    return dict(response)


def test_the_endpoint_answers_what_plain_xgboost_predicts(served, runtime, expected):
    answer = runtime.invoke_endpoint(
        EndpointName=served, ContentType="text/csv", Body=CSV
    )
    assert answer["ContentType"] == "text/csv; charset=utf-8"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    found = scores(answer["Body"].read().decode())
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(
    "accept, content_type, read",
    [
        ("text/csv", "text/csv; charset=utf-8", scores),
        (
            "application/json",
            "application/json",
            lambda text: [p["score"] for p in json.loads(text)["predictions"]],
        ),
        (
            "application/jsonlines",
            "application/jsonlines",
            lambda text: [json.loads(line)["score"] for line in text.splitlines()],
        ),
        ("*/*", "text/csv; charset=utf-8", scores),
    ],
)
def test_the_answer_has_the_format_that_was_asked_for(
    served, runtime, expected, accept, content_type, read
):
    answer = runtime.invoke_endpoint(
        EndpointName=served, ContentType="text/csv", Accept=accept, Body=CSV
    )
    assert answer["ContentType"] == content_type
    np.testing.assert_allclose(
        read(answer["Body"].read().decode()), expected, rtol=1e-6
    )


def test_libsvm_goes_in(served, runtime, expected):
    lines = [" ".join(f"{i}:{v!r}" for i, v in enumerate(row)) for row in ROWS]
    answer = runtime.invoke_endpoint(
        EndpointName=served, ContentType="text/libsvm", Body="\n".join(lines)
    )
    found = scores(answer["Body"].read().decode())
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_wrong_column_count_is_a_model_error_in_aws_words(served, runtime):
    response = model_error_of(
        runtime, EndpointName=served, ContentType="text/csv", Body="1,2,3"
    )
    assert response["OriginalStatusCode"] == 400
    original = response["OriginalMessage"]
    assert "Feature size of csv inference data 3 is not consistent" in original
    assert response["LogStreamArn"] == (
        "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/served"
    )
    assert response["Error"]["Message"] == (
        f'Received client error (400) from primary with message "{original}". See '
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
        "#logEventViewer:group=/aws/sagemaker/Endpoints/served in account "
        "123456789012 for more information."
    )


@pytest.mark.parametrize(
    "members, status",
    [
        ({"ContentType": "application/json", "Body": "[1]"}, 415),
        ({"ContentType": "image/png", "Body": b"\x89PNG"}, 415),
        ({"ContentType": "text/csv", "Body": "a,b,c"}, 415),
        ({"ContentType": "text/csv", "Body": CSV, "Accept": "image/png"}, 406),
    ],
)
def test_what_the_container_refuses(served, runtime, members, status):
    response = model_error_of(runtime, EndpointName=served, **members)
    assert response["OriginalStatusCode"] == status
    assert f"client error ({status}) from primary" in response["Error"]["Message"]


def test_an_endpoint_that_is_not_there(runtime):
    with pytest.raises(ClientError) as caught:
        runtime.invoke_endpoint(EndpointName="nobody", Body=CSV)
    assert caught.value.response["Error"] == {
        "Code": "ValidationError",
        "Message": "Endpoint nobody of account 123456789012 not found.",
    }
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_member_that_nothing_acts_on_is_refused(served, runtime):
    with pytest.raises(ClientError, match="TargetModel"):
        runtime.invoke_endpoint(EndpointName=served, Body=CSV, TargetModel="a.tar.gz")


@pytest.mark.parametrize(
    "operation, members",
    [
        ("invoke_endpoint_async", {"InputLocation": "s3://bench/x"}),
        ("invoke_endpoint_with_response_stream", {"Body": CSV}),
    ],
)
def test_the_family_is_ours_and_its_missing_members_say_so(
    served, runtime, operation, members
):
    with pytest.raises(ClientError) as caught:
        getattr(runtime, operation)(EndpointName=served, **members)
    response = caught.value.response
    assert response["Error"]["Code"] == "UnknownOperationException"
    assert response["ResponseMetadata"]["RetryAttempts"] == 0


def test_invocations_are_measured(bench, trained, artifact, name, runtime, clients):
    endpoint = name("measured")
    bench.deploy(endpoint, bench.variant(bench.model(endpoint, artifact)))
    for _ in range(3):
        runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=CSV)
    with pytest.raises(ClientError):
        runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body="1")

    def total(metric: str, statistic: str) -> float:
        points = clients("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=metric,
            Dimensions=[
                {"Name": "EndpointName", "Value": endpoint},
                {"Name": "VariantName", "Value": "AllTraffic"},
            ],
            StartTime=trained["CreationTime"],
            EndTime=trained["CreationTime"].replace(year=2100),
            Period=60,
            Statistics=[statistic],
        )["Datapoints"]
        return sum(point[statistic] for point in points)

    assert total("Invocations", "Sum") == 4
    assert total("InvocationsPerInstance", "Sum") == 4
    assert total("Invocation4XXErrors", "Sum") == 1
    assert total("Invocation5XXErrors", "Sum") == 0
    assert total("ModelLatency", "SampleCount") == 4
    assert total("ModelLatency", "Sum") > 0


def test_what_the_container_prints_is_in_its_log_group(served, runtime, clients):
    with pytest.raises(ClientError):
        runtime.invoke_endpoint(
            EndpointName=served, ContentType="text/csv", Body="4,5,6,7"
        )
    logs, group = clients("logs"), "/aws/sagemaker/Endpoints/served"
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert [s["logStreamName"].split("/")[0] for s in streams] == ["AllTraffic"]
    events = logs.get_log_events(
        logGroupName=group, logStreamName=streams[0]["logStreamName"]
    )["events"]
    assert any("inference data 4" in event["message"] for event in events)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds processes in /proc")
def test_a_killed_container_is_replaced(bench, artifact, name, runtime, cloud):
    endpoint = name("mortal")
    standing = servers(cloud.status()["folder"])
    bench.deploy(endpoint, bench.variant(bench.model(endpoint, artifact)))
    (pid,) = servers(cloud.status()["folder"]) - standing
    os.kill(pid, signal.SIGKILL)
    errors = []

    def ask() -> str | None:
        try:
            answer = runtime.invoke_endpoint(
                EndpointName=endpoint, ContentType="text/csv", Body=CSV
            )
        except ClientError as error:
            errors.append(error.response)
            return None
        return str(answer["Body"].read().decode())

    assert len(scores(bench.until(ask, bool))) == 3
    for response in errors:
        assert response["Error"]["Code"] == "ModelError"
        assert response["OriginalStatusCode"] == 503
    description = bench.sagemaker.describe_endpoint(EndpointName=endpoint)
    assert description["EndpointStatus"] == "InService"


def servers(folder: str) -> set[int]:
    """Processes that listen on a socket in the cloud's folder."""
    inodes = {
        line.split()[6]
        for line in Path("/proc/net/unix").read_text().splitlines()
        if line.endswith("/s") and folder in line
    }
    found = set()
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = os.readlink(descriptor)
        except OSError:
            continue
        if target.removeprefix("socket:[").removesuffix("]") in inodes:
            found.add(int(descriptor.parts[2]))
    return found
