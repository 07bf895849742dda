"""Errors and answers in the dialect that a request speaks."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

SCOPE = (
    "AWS4-HMAC-SHA256 "
    "Credential=ASIACLOUDLET00000000/20260101/us-east-1/{}/aws4_request"
)


def send(
    url: str, service: str, path: str = "/", data: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(
        url + path,
        data=data,
        headers={"Authorization": SCOPE.format(service)}
        | {name.replace("_", "-"): value for name, value in headers.items()},
    )
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, dict(response.headers), response.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def sagemaker(url: str, operation: str, data: bytes) -> tuple[int, dict[str, str], Any]:
    status, headers, body = send(
        url,
        "sagemaker",
        data=data,
        X_Amz_Target=f"SageMaker.{operation}",
        Content_Type="application/x-amz-json-1.1",
    )
    return status, headers, json.loads(body)


def test_an_answer_is_json_with_a_request_id(cloud):
    status, headers, answer = sagemaker(cloud.url, "ListEndpointConfigs", b"{}")
    assert status == 200
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert len(headers["x-amzn-RequestId"]) == 36
    assert isinstance(answer["EndpointConfigs"], list)


def test_an_error_is_a_type_and_a_message(cloud):
    status, _, answer = sagemaker(cloud.url, "DescribeModel", b'{"ModelName": "none"}')
    assert status == 400
    assert answer["__type"].rpartition("#")[2] == "ValidationException"
    assert "Could not find model" in (answer.get("message") or answer["Message"])


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff\xfe", b"null", b'"text"', b"5"])
def test_a_body_that_is_no_request(cloud, body):
    status, _, answer = sagemaker(cloud.url, "ListModels", body)
    assert status == 400
    assert answer["__type"].rpartition("#")[2] in (
        "SerializationException",
        "ValidationException",
    )


def test_members_that_the_model_does_not_know_are_passed_over(cloud):
    status, _, answer = sagemaker(cloud.url, "ListModels", b'{"Unknown": 1}')
    assert status == 200, answer


def test_an_empty_body_is_an_empty_request(cloud):
    status, _, _ = sagemaker(cloud.url, "ListModels", b"")
    assert status == 200


@pytest.mark.parametrize(
    "service, headers, read",
    [
        (
            "sagemaker",
            {"X_Amz_Target": "SageMaker.Nonsense"},
            lambda body: json.loads(body)["__type"],
        ),
        (
            "iam",
            {"Content_Type": "application/x-www-form-urlencoded"},
            lambda body: body.decode().split("<Code>")[1].split("</Code>")[0],
        ),
    ],
)
def test_an_operation_that_nobody_serves_answers_in_the_same_dialect(
    cloud, service, headers, read
):
    data = b"Action=Nonsense&Version=2010-05-08" if service == "iam" else b"{}"
    status, _, body = send(cloud.url, service, data=data, **headers)
    assert 400 <= status < 500
    assert "Nonsense" in body.decode()
    assert read(body)
