"""Lifecycle rules come true when cloud time moves."""

from __future__ import annotations

from typing import Any

import pytest

from cloudlet import start


@pytest.fixture(scope="module")
def aging(bench_at) -> Any:
    """A cloud whose time this module moves, and an S3 client in it."""
    with start() as cloud:
        yield cloud, bench_at(cloud.url).s3


def rule(number: str = "1", **members: Any) -> dict[str, Any]:
    return {"ID": number, "Status": "Enabled", "Filter": {"Prefix": ""}} | members


def bucket_with(s3: Any, bucket: str, rules: list[Any], *keys: str) -> None:
    s3.create_bucket(Bucket=bucket)
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": rules}
    )


def classes(s3: Any, bucket: str) -> dict[str, str]:
    listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {item["Key"]: item["StorageClass"] for item in listed}


def test_objects_move_down_class_by_class_and_expire(aging):
    cloud, s3 = aging
    transitions = [
        {"Days": 30, "StorageClass": "STANDARD_IA"},
        {"Days": 90, "StorageClass": "GLACIER"},
    ]
    rules = [rule(Transitions=transitions, Expiration={"Days": 365})]
    bucket_with(s3, "aging", rules, "a", "b/c")
    cloud.advance(days=29)
    assert classes(s3, "aging") == {"a": "STANDARD", "b/c": "STANDARD"}
    cloud.advance(days=2)
    assert classes(s3, "aging") == {"a": "STANDARD_IA", "b/c": "STANDARD_IA"}
    cloud.advance(days=60)
    assert classes(s3, "aging") == {"a": "GLACIER", "b/c": "GLACIER"}
    cloud.advance(days=275)
    assert classes(s3, "aging") == {}


def test_a_long_leap_does_what_is_due_at_its_end(aging):
    cloud, s3 = aging
    transitions = [
        {"Days": 30, "StorageClass": "STANDARD_IA"},
        {"Days": 90, "StorageClass": "GLACIER"},
    ]
    bucket_with(s3, "leap", [rule(Transitions=transitions)], "a")
    cloud.advance(days=400)
    assert classes(s3, "leap") == {"a": "GLACIER"}


def test_a_rule_concerns_its_prefix_and_tags_and_only_when_enabled(aging):
    cloud, s3 = aging
    rules = [
        rule("1", Filter={"Prefix": "logs/"}, Expiration={"Days": 1}),
        rule(
            "2",
            Filter={"Tag": {"Key": "keep", "Value": "no"}},
            Expiration={"Days": 1},
        ),
        rule("3", Status="Disabled", Expiration={"Days": 1}),
    ]
    bucket_with(s3, "choosy", rules, "logs/a", "tagged", "other-tag", "plain")
    for key, value in (("tagged", "no"), ("other-tag", "yes")):
        s3.put_object_tagging(
            Bucket="choosy",
            Key=key,
            Tagging={"TagSet": [{"Key": "keep", "Value": value}]},
        )
    cloud.advance(days=3)
    assert set(classes(s3, "choosy")) == {"other-tag", "plain"}


def test_prefix_and_tags_together(aging):
    cloud, s3 = aging
    both = {"And": {"Prefix": "logs/", "Tags": [{"Key": "keep", "Value": "no"}]}}
    bucket_with(s3, "both", [rule(Filter=both, Expiration={"Days": 1})], "logs/a", "b")
    s3.put_object(Bucket="both", Key="logs/b", Body=b"x", Tagging="keep=no")
    s3.put_object(Bucket="both", Key="c", Body=b"x", Tagging="keep=no")
    cloud.advance(days=3)
    assert set(classes(s3, "both")) == {"logs/a", "b", "c"}


def test_an_expired_object_of_a_versioned_bucket_leaves_a_delete_marker(aging):
    cloud, s3 = aging
    s3.create_bucket(Bucket="versions")
    s3.put_bucket_versioning(
        Bucket="versions", VersioningConfiguration={"Status": "Enabled"}
    )
    s3.put_object(Bucket="versions", Key="a", Body=b"x")
    s3.put_bucket_lifecycle_configuration(
        Bucket="versions",
        LifecycleConfiguration={"Rules": [rule(Expiration={"Days": 1})]},
    )
    for _ in range(2):  # a marker is not marked again
        cloud.advance(days=3)
    assert classes(s3, "versions") == {}
    versions = s3.list_object_versions(Bucket="versions")
    assert len(versions["Versions"]) == 1
    assert len(versions["DeleteMarkers"]) == 1


def test_a_class_never_goes_back(aging):
    cloud, s3 = aging
    s3.create_bucket(Bucket="cold")
    s3.put_object(Bucket="cold", Key="a", Body=b"x", StorageClass="GLACIER")
    s3.put_bucket_lifecycle_configuration(
        Bucket="cold",
        LifecycleConfiguration={
            "Rules": [rule(Transitions=[{"Days": 30, "StorageClass": "STANDARD_IA"}])]
        },
    )
    cloud.advance(days=40)
    assert classes(s3, "cold") == {"a": "GLACIER"}
