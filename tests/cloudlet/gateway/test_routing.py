"""Which service, region and operation a request speaks of; S3's odd addresses."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from cloudlet import fresh_account
from cloudlet.gateway.routing import identify, path_style

ODD_KEYS = [
    "plain.txt",
    "with space.txt",
    "a+b=c.txt",
    "ünïcode/日本語.csv",
    "100%.txt",
    "a%2Fb",
    "a//b",
    "/leading",
    "trailing/",
    "question?mark&and=equals",
    "semi;colon:at@comma,tilde~star*",
    "quotes'and\"double",
]


def request_of(path: str, **headers: str) -> Request:
    builder = EnvironBuilder(path, headers=headers)
    environ = builder.get_environ() | {"RAW_URI": path}
    return Request(environ)


def signature(service: str, region: str = "eu-west-1", key: str = "AKIA") -> str:
    scope = f"{key}/20260101/{region}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def test_the_signature_names_service_region_and_key():
    found = identify(request_of("/", Authorization=signature("sagemaker")))
    assert (found.service, found.region, found.access_key) == (
        "sagemaker",
        "eu-west-1",
        "AKIA",
    )


def test_the_runtime_shares_the_signature_and_differs_by_path():
    path = "/endpoints/e/invocations"
    found = identify(request_of(path, Authorization=signature("sagemaker")))
    assert found.service == "sagemaker-runtime"


def test_a_presigned_url_carries_the_signature_in_its_query():
    query = "X-Amz-Credential=AKIA%2F20260101%2Feu-west-1%2Fs3%2Faws4_request"
    found = identify(request_of(f"/lake/a?{query}"))
    assert (found.service, found.region) == ("s3", "eu-west-1")


def test_an_unsigned_request_is_s3s():
    assert identify(request_of("/lake/a")).service == "s3"


@pytest.mark.parametrize(
    "host, expected",
    [
        ("127.0.0.1:4566", "/a/b"),
        ("s3.amazonaws.com", "/a/b"),
        ("s3.eu-west-1.amazonaws.com", "/a/b"),
        ("lake.s3.amazonaws.com", "/lake/a/b"),
        ("my.lake.s3.eu-west-1.amazonaws.com:443", "/my.lake/a/b"),
        ("lake.s3-us-west-2.amazonaws.com", "/lake/a/b"),
        ("lake.s3.dualstack.us-east-1.amazonaws.com", "/lake/a/b"),
        ("123456789012.s3-control.us-east-1.amazonaws.com", "/a/b"),
    ],
)
def test_a_bucket_in_the_host_name_goes_before_the_path(host, expected):
    assert path_style(request_of("/a/b?select", Host=host)) == expected


# S3 over the wire


@pytest.fixture(scope="module")
def bucket(s3) -> str:
    s3.create_bucket(Bucket="routing")
    return "routing"


@pytest.mark.parametrize("key", ODD_KEYS)
def test_an_odd_key_is_kept_as_it_is(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents", [])
    assert key in [item["Key"] for item in listed]
    copy = {"Bucket": bucket, "Key": key}
    s3.copy_object(Bucket=bucket, Key=f"copy-{key}", CopySource=copy)
    s3.delete_object(Bucket=bucket, Key=key)
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=bucket, Key=key)


def test_metadata_keeps_its_underscores(s3, bucket):
    wanted = {"with_underscore": "1", "with-dash": "2", "mixed_and-both": "ok"}
    s3.put_object(Bucket=bucket, Key="meta", Body=b"x", Metadata=wanted)
    assert s3.head_object(Bucket=bucket, Key="meta")["Metadata"] == wanted


def test_a_multipart_upload(s3, bucket):
    parts = [b"a" * 5 * 1024 * 1024, b"b" * 1000]
    target = {"Bucket": bucket, "Key": "parts"}
    upload = s3.create_multipart_upload(**target)["UploadId"]
    done = [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(
                **target, UploadId=upload, PartNumber=number, Body=part
            )["ETag"],
        }
        for number, part in enumerate(parts, start=1)
    ]
    s3.complete_multipart_upload(
        **target, UploadId=upload, MultipartUpload={"Parts": done}
    )
    assert s3.get_object(**target)["Body"].read() == b"".join(parts)
    ranged = s3.get_object(**target, Range=f"bytes={5 * 1024 * 1024 - 1}-")
    assert ranged["Body"].read() == b"a" + parts[1]


@pytest.mark.parametrize("key", ["presigned", "pre signed+%2F/ü"])
def test_presigned_urls(s3, bucket, key):
    target = {"Bucket": bucket, "Key": key}
    put = s3.generate_presigned_url("put_object", Params=target)
    request = urllib.request.Request(put, data=b"hello", method="PUT")
    with urllib.request.urlopen(request) as response:
        assert response.status == 200
    get = s3.generate_presigned_url("get_object", Params=target)
    with urllib.request.urlopen(get) as response:
        assert response.read() == b"hello"


def test_an_upload_in_signed_chunks(s3, bucket):
    """botocore sends `aws-chunked` bodies for checksums in trailers."""
    headers: list[str] = []

    def look(request: Any, **_: Any) -> None:
        headers.append(str(request.headers.get("Content-Encoding")))

    s3.meta.events.register("before-send.s3.PutObject", look)
    try:
        s3.put_object(
            Bucket=bucket, Key="chunks", Body=b"x" * 100_000, ChecksumAlgorithm="CRC32"
        )
    finally:
        s3.meta.events.unregister("before-send.s3.PutObject", look)
    found = s3.get_object(Bucket=bucket, Key="chunks")
    assert found["Body"].read() == b"x" * 100_000


def test_a_body_of_chunks_by_hand(cloud, s3, bucket):
    body = b"5;chunk-signature=0\r\nhello\r\n0;chunk-signature=0\r\n\r\n"
    request = urllib.request.Request(
        f"{cloud.url}/{bucket}/by-hand",
        data=body,
        method="PUT",
        headers={
            "Authorization": signature("s3", key=fresh_account.ACCESS_KEY),
            "Content-Encoding": "aws-chunked",
            "X-Amz-Content-SHA256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            "X-Amz-Decoded-Content-Length": "5",
        },
    )
    with urllib.request.urlopen(request) as response:
        assert response.status == 200
    assert s3.get_object(Bucket=bucket, Key="by-hand")["Body"].read() == b"hello"


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "ap-southeast-2"])
def test_a_default_bucket_is_made_in_any_region(clients, region):
    s3 = clients("s3", region=region)
    bucket = f"sagemaker-{region}-{fresh_account.ACCOUNT_ID}"
    place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=bucket, **(place if region != "us-east-1" else {}))
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    location = s3.get_bucket_location(Bucket=bucket)["LocationConstraint"]
    assert location == (None if region == "us-east-1" else region)


# Region and account


def test_regions_are_apart(clients):
    for region in ("us-east-1", "eu-west-1"):
        clients("sqs", region=region).create_queue(QueueName=f"queue-{region}")
    urls = clients("sqs", region="eu-west-1").list_queues()["QueueUrls"]
    assert [url.rpartition("/")[2] for url in urls] == ["queue-eu-west-1"]


def test_the_arn_says_region_and_account(sagemaker, clients, name):
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
    model = name("abroad")
    arn = clients("sagemaker", region="eu-central-1").create_model(
        ModelName=model,
        ExecutionRoleArn=fresh_account.ROLE_ARN,
        PrimaryContainer={"Image": image},
    )["ModelArn"]
    assert arn == f"arn:aws:sagemaker:eu-central-1:123456789012:model/{model}"
    with pytest.raises(ClientError):
        sagemaker.describe_model(ModelName=model)


def test_a_resource_of_motos_has_its_tags_from_moto(sagemaker, name):
    group = name("group")
    arn = sagemaker.create_model_package_group(
        ModelPackageGroupName=group, Tags=[{"Key": "a", "Value": "b"}]
    )["ModelPackageGroupArn"]
    tags = sagemaker.list_tags(ResourceArn=arn)["Tags"]
    assert json.dumps(tags) == '[{"Key": "a", "Value": "b"}]'
