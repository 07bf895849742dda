"""What Amazon S3 puts on the bill: requests and storage, as they were."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest


def requests(cloud: Any) -> Counter[tuple[str, str]]:
    """Requests by bucket and kind."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in cloud.bill().lines:
        if line.service == "AmazonS3" and line.unit == "Requests":
            counts[line.resource, line.component] += round(line.quantity)
    return counts


@pytest.fixture
def s3(fresh_cloud, fresh_clients) -> Any:
    client = fresh_clients("s3")
    client.create_bucket(Bucket="metered")
    return client


def test_requests_are_counted_by_what_aws_charges_for(s3, fresh_cloud):
    before = requests(fresh_cloud)
    s3.put_object(Bucket="metered", Key="a", Body=b"x" * 1024)
    s3.copy_object(Bucket="metered", Key="b", CopySource="metered/a")
    s3.get_object(Bucket="metered", Key="a")
    s3.head_object(Bucket="metered", Key="a")
    s3.list_objects_v2(Bucket="metered")
    s3.delete_object(Bucket="metered", Key="b")
    assert requests(fresh_cloud) - before == {
        ("metered", "put"): 2,
        ("metered", "get"): 2,
        ("metered", "list"): 1,
    }


def test_a_bucket_in_the_host_name_is_the_same_bucket(s3, fresh_cloud, fresh_clients):
    virtual = fresh_clients("s3")

    def by_host(request: Any, **_: Any) -> None:
        request.headers["Host"] = "metered.s3.us-east-1.amazonaws.com"
        request.url = request.url.replace("/metered", "", 1)

    virtual.meta.events.register("before-send.s3", by_host)
    before = requests(fresh_cloud)
    virtual.put_object(Bucket="metered", Key="folder/a", Body=b"x")
    assert virtual.get_object(Bucket="metered", Key="folder/a")["Body"].read() == b"x"
    virtual.list_objects_v2(Bucket="metered")
    assert requests(fresh_cloud) - before == {
        ("metered", "put"): 1,
        ("metered", "get"): 1,
        ("metered", "list"): 1,
    }


def test_what_lies_there_is_billed_by_class_and_time(s3, fresh_cloud):
    s3.put_object(Bucket="metered", Key="a", Body=bytes(1024 * 1024))
    s3.put_object(
        Bucket="metered", Key="b", Body=bytes(2 * 1024 * 1024), StorageClass="GLACIER"
    )
    fresh_cloud.advance(hours=730)
    stored = {
        line.usage_type: line.quantity
        for line in fresh_cloud.bill().lines
        if line.component == "storage" and line.unit == "GB-Mo"
    }
    assert stored["STANDARD"] == pytest.approx(1 / 1024, rel=0.01)
    assert stored["GLACIER"] >= 2 / 1024


def test_a_bucket_that_is_gone_bills_no_storage(s3, fresh_cloud):
    s3.put_object(Bucket="metered", Key="a", Body=b"x")
    s3.delete_object(Bucket="metered", Key="a")
    s3.delete_bucket(Bucket="metered")
    fresh_cloud.advance(days=30)
    assert not [
        line for line in fresh_cloud.bill().lines if line.component == "storage"
    ]
