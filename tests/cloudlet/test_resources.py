"""What stands in a cloud, as `Cloud.resources()` lists it."""

from __future__ import annotations

from datetime import UTC, datetime

from cloudlet import Resource


def test_a_fresh_cloud_is_empty(fresh_cloud):
    assert fresh_cloud.resources() == []
    assert fresh_cloud.status()["resources"] == 0


def test_what_stands_is_listed_oldest_first_with_tags(fresh_bench, fresh_cloud):
    bench = fresh_bench
    tagging = {"TagSet": [{"Key": "lab", "Value": "302"}]}
    bench.s3.put_bucket_tagging(Bucket=bench.bucket, Tagging=tagging)
    job = bench.run(bench.request("job"))
    model = bench.model("model", job["ModelArtifacts"]["S3ModelArtifacts"])
    bench.deploy("endpoint", bench.variant(model, InstanceType="ml.m5.large"))
    arn = bench.sagemaker.describe_endpoint(EndpointName="endpoint")["EndpointArn"]
    bench.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "lab", "Value": "302"}])
    found = fresh_cloud.resources()
    assert [(r.type, r.name) for r in found] == [
        ("AWS::S3::Bucket", "bench"),
        ("AWS::SageMaker::Model", "model"),
        ("AWS::SageMaker::EndpointConfig", "endpoint"),
        ("AWS::SageMaker::Endpoint", "endpoint"),
    ]
    tags = {(r.type, r.name): r.tags for r in found}
    assert tags["AWS::S3::Bucket", "bench"] == {"lab": "302"}
    assert tags["AWS::SageMaker::Endpoint", "endpoint"] == {"lab": "302"}
    prices = {r.type: r.hourly_price for r in found}
    assert prices.pop("AWS::SageMaker::Endpoint") > 0
    assert set(prices.values()) == {0.0}
    assert found[-1].arn == arn


def test_a_running_job_stands_and_an_ended_one_does_not(
    fresh_bench, fresh_cloud, tmp_path
):
    script = f"touch {tmp_path}/on; sleep 60"
    fresh_bench.sagemaker.create_training_job(**fresh_bench.bash_request("job", script))
    fresh_bench.writes("job", tmp_path / "on")
    kinds = [r.type for r in fresh_cloud.resources()]
    assert "AWS::SageMaker::TrainingJob" in kinds
    fresh_bench.sagemaker.stop_training_job(TrainingJobName="job")
    fresh_bench.ended("job")
    kinds = [r.type for r in fresh_cloud.resources()]
    assert "AWS::SageMaker::TrainingJob" not in kinds


def test_a_resource_goes_through_json_and_back():
    resource = Resource("arn", "t", "n", {"a": "b"}, datetime.now(UTC), None)
    assert Resource.from_dict(resource.to_dict()) == resource
