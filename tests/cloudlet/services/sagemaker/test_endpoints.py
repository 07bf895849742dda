"""Endpoints over the wire: how they come up, and how they end."""

from __future__ import annotations

import io
import tarfile
import threading
from collections import Counter

import pytest
from archives import tar_gz
from asking import ROW, invoke
from botocore.exceptions import ClientError
from refusals import error_of


def test_a_description_shows_what_serves(served, sagemaker):
    description = sagemaker.describe_endpoint(EndpointName=served)
    assert description["EndpointStatus"] == "InService"
    assert description["EndpointConfigName"] == served
    assert description["CreationTime"] <= description["LastModifiedTime"]
    (variant,) = description["ProductionVariants"]
    image = variant.pop("DeployedImages")[0]["SpecifiedImage"]
    assert image.endswith("sagemaker-xgboost:1.7-1")
    assert variant == {
        "VariantName": "AllTraffic",
        "CurrentWeight": 1.0,
        "DesiredWeight": 1.0,
        "CurrentInstanceCount": 1,
        "DesiredInstanceCount": 1,
    }
    assert "FailureReason" not in description


def test_a_name_that_is_taken(served, sagemaker):
    error = error_of(
        sagemaker.create_endpoint, EndpointName=served, EndpointConfigName=served
    )
    assert error["Code"] == "ValidationException"
    assert error["Message"] == (
        "Cannot create already existing endpoint "
        '"arn:aws:sagemaker:us-east-1:123456789012:endpoint/served".'
    )


@pytest.mark.parametrize(
    "operation, members",
    [
        ("describe_endpoint", {}),
        ("delete_endpoint", {}),
        ("update_endpoint", {"EndpointConfigName": "served"}),
        (
            "update_endpoint_weights_and_capacities",
            {"DesiredWeightsAndCapacities": [{"VariantName": "AllTraffic"}]},
        ),
    ],
)
def test_an_endpoint_that_is_not_there(served, sagemaker, operation, members):
    call = getattr(sagemaker, operation)
    error = error_of(call, EndpointName="nobody", **members)
    assert error["Code"] == "ValidationException"
    assert error["Message"] == (
        "Could not find endpoint "
        '"arn:aws:sagemaker:us-east-1:123456789012:endpoint/nobody".'
    )


def test_a_configuration_that_is_not_there(sagemaker, name):
    error = error_of(
        sagemaker.create_endpoint, EndpointName=name("e"), EndpointConfigName="nobody"
    )
    assert error["Message"] == (
        "Could not find endpoint configuration "
        '"arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/nobody".'
    )


def test_a_model_that_was_deleted_leaves_no_endpoint_behind(bench, model, name):
    endpoint = bench.config(name("gone"), bench.variant(model))
    bench.sagemaker.delete_model(ModelName=model)
    error = error_of(
        bench.sagemaker.create_endpoint,
        EndpointName=endpoint,
        EndpointConfigName=endpoint,
    )
    assert "Could not find model" in error["Message"]
    error = error_of(bench.sagemaker.describe_endpoint, EndpointName=endpoint)
    assert "Could not find endpoint" in error["Message"]


def hostile_archive(kind: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("../../escaped" if kind == "parent" else "link")
        if kind == "link":
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        elif kind == "hard link":
            member.type, member.linkname = tarfile.LNKTYPE, "../../../etc/passwd"
        elif kind == "device":
            member.type = tarfile.CHRTYPE
        archive.addfile(member)
    return buffer.getvalue()


def artefact_of(kind: str, good: bytes) -> bytes:
    if kind == "truncated":
        return good[: len(good) // 2]
    if kind == "corrupt":
        return good[:200] + b"\xff" * 200 + good[400:]
    if kind == "other files":
        return tar_gz({"readme.txt": b"no model here"})
    return b"" if kind == "empty" else hostile_archive(kind)


@pytest.mark.parametrize(
    "kind",
    [
        "parent",
        "link",
        "hard link",
        "device",
        "truncated",
        "corrupt",
        "other files",
        "empty",
    ],
)
def test_an_artefact_that_can_not_be_served_fails_with_a_reason(
    bench, name, artifact, kind
):
    key = artifact.removeprefix(f"s3://{bench.bucket}/")
    good = bench.s3.get_object(Bucket=bench.bucket, Key=key)["Body"].read()
    endpoint = name("hostile")
    uri = bench.put(f"{endpoint}/model.tar.gz", artefact_of(kind, good))
    model = bench.model(endpoint, uri)
    description = bench.deploy(endpoint, bench.variant(model))
    assert description["EndpointStatus"] == "Failed"
    reason = description["FailureReason"]
    assert "AllTraffic" in reason
    assert ("extract" in reason) == (kind != "other files")
    other = bench.config(
        name("config"), bench.variant(bench.model(endpoint + "-b", uri))
    )
    error = error_of(
        bench.sagemaker.update_endpoint,
        EndpointName=endpoint,
        EndpointConfigName=other,
    )
    assert error["Code"] == "ValidationException"
    assert "failed" in error["Message"]
    bench.sagemaker.delete_endpoint(EndpointName=endpoint)


def test_an_image_without_a_serving_program(bench, name, artifact):
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1"
    endpoint = name("scikit")
    model = bench.model(endpoint, artifact, Image=image)
    description = bench.deploy(endpoint, bench.variant(model))
    assert description["EndpointStatus"] == "Failed"
    assert "sagemaker-scikit-learn" in description["FailureReason"]


def test_waiters_end(bench, model, name):
    endpoint = bench.config(name("waited"), bench.variant(model))
    sagemaker = bench.sagemaker
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=endpoint)
    quick = {"Delay": 1, "MaxAttempts": 30}
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName=endpoint, WaiterConfig=quick
    )
    sagemaker.delete_endpoint(EndpointName=endpoint)
    sagemaker.get_waiter("endpoint_deleted").wait(
        EndpointName=endpoint, WaiterConfig=quick
    )


def test_an_endpoint_in_progress_can_not_be_touched(bench, model, name, runtime):
    """Eight servers start one after the other, so that it is Creating for a while."""
    endpoint = name("busy")
    bench.config(endpoint, *(bench.variant(model, f"v{n}") for n in range(8)))
    sagemaker = bench.sagemaker
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=endpoint)
    refused = [
        error_of(sagemaker.delete_endpoint, EndpointName=endpoint),
        error_of(
            sagemaker.update_endpoint,
            EndpointName=endpoint,
            EndpointConfigName="served",
        ),
        error_of(
            sagemaker.update_endpoint_weights_and_capacities,
            EndpointName=endpoint,
            DesiredWeightsAndCapacities=[{"VariantName": "v0", "DesiredWeight": 1}],
        ),
    ]
    with pytest.raises(ClientError, match="not found"):
        invoke(runtime, endpoint)
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:endpoint/{endpoint}"
    for error in refused:
        assert error["Code"] == "ValidationException"
        assert error["Message"] == f'Cannot update in-progress endpoint "{arn}".'
    bench.settled(endpoint)


def test_deleting_model_and_configuration_lets_the_endpoint_serve(
    bench, model, endpoint, runtime
):
    bench.sagemaker.delete_endpoint_config(EndpointConfigName=endpoint)
    bench.sagemaker.delete_model(ModelName=model)
    assert invoke(runtime, endpoint)["InvokedProductionVariant"] == "AllTraffic"
    description = bench.sagemaker.describe_endpoint(EndpointName=endpoint)
    assert description["EndpointConfigName"] == endpoint


def test_a_deleted_endpoint_is_gone_and_its_name_is_free(
    bench, model, endpoint, runtime
):
    bench.sagemaker.delete_endpoint(EndpointName=endpoint)

    def gone() -> bool:
        listed = bench.sagemaker.list_endpoints(NameContains=endpoint)["Endpoints"]
        return endpoint not in [e["EndpointName"] for e in listed]

    bench.until(gone, bool)
    error = error_of(runtime.invoke_endpoint, EndpointName=endpoint, Body=ROW)
    assert error["Code"] == "ValidationError"
    assert error["Message"] == f"Endpoint {endpoint} of account 123456789012 not found."
    bench.sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=endpoint)
    assert bench.settled(endpoint)["EndpointStatus"] == "InService"


def test_deleting_under_load_gives_only_clear_answers(endpoint, runtime, sagemaker):
    seen = Counter()

    def load() -> None:
        for _ in range(60):
            try:
                invoke(runtime, endpoint)
                seen["answered"] += 1
            except ClientError as error:
                seen[error.response["Error"]["Message"]] += 1

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    sagemaker.delete_endpoint(EndpointName=endpoint)
    for thread in threads:
        thread.join()
    not_found = f"Endpoint {endpoint} of account 123456789012 not found."
    assert set(seen) <= {"answered", not_found}
    assert seen[not_found] > 0


def test_regions_are_apart(served, clients):
    assert clients("sagemaker", region="eu-west-1").list_endpoints()["Endpoints"] == []
    elsewhere = clients("sagemaker-runtime", region="eu-west-1")
    error = error_of(elsewhere.invoke_endpoint, EndpointName=served, Body=ROW)
    assert error["Code"] == "ValidationError"
