import boto3
import pytest

from mlslab.kinds import KINDS, kind_of_arn
from mlslab.ledger import Ledger, Record
from mlslab.teardown import tagged_in_account, tear_down
from mlslab.watch import Watcher, watch

REGION = "eu-west-1"
ROLE = "arn:aws:iam::123456789012:role/ExecutionRole"


@pytest.fixture
def ledger(cloud) -> Ledger:
    ledger = Ledger()
    watch(Watcher("101", ledger))
    return ledger


def ended(ledger: Ledger, tagged=list, alone=True):
    return tear_down(boto3.Session(), ledger, tagged, REGION, alone=alone)


def test_a_bucket_goes_with_versions_markers_and_uploads(ledger):
    s3 = boto3.client("s3")
    place = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket="full", CreateBucketConfiguration=place)
    s3.put_bucket_versioning(
        Bucket="full", VersioningConfiguration={"Status": "Enabled"}
    )
    for body in (b"1", b"2"):
        s3.put_object(Bucket="full", Key="k", Body=body)
    s3.delete_object(Bucket="full", Key="k")
    s3.create_multipart_upload(Bucket="full", Key="half")
    teardown = ended(ledger)
    assert [record.name for record in teardown.removed] == ["full"]
    assert teardown.clean
    assert s3.list_buckets()["Buckets"] == []
    assert list(ledger) == []


def test_users_go_before_what_they_use(ledger):
    sagemaker = boto3.client("sagemaker")
    boto3.client("s3").create_bucket(
        Bucket="b-of-lab", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    sagemaker.create_model(
        ModelName="m", PrimaryContainer={"Image": "i"}, ExecutionRoleArn=ROLE
    )
    variant = {
        "VariantName": "a",
        "ModelName": "m",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_endpoint_config(
        EndpointConfigName="c", ProductionVariants=[variant]
    )
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    teardown = ended(ledger)
    kinds = [record.kind for record in teardown.removed]
    assert kinds == ["endpoint", "endpoint-config", "model", "bucket"]
    assert teardown.clean
    assert sagemaker.list_endpoints()["Endpoints"] == []


def test_a_finished_job_costs_nothing_and_stays(ledger):
    sagemaker = boto3.client("sagemaker")
    sagemaker.create_training_job(
        TrainingJobName="j",
        AlgorithmSpecification={"TrainingImage": "i", "TrainingInputMode": "File"},
        RoleArn=ROLE,
        OutputDataConfig={"S3OutputPath": "s3://b/o"},
        ResourceConfig={
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        },
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    teardown = ended(ledger)
    assert [record.name for record in teardown.finished] == ["j"]
    assert (teardown.removed, teardown.clean) == ((), True)


def test_what_is_gone_already_is_no_trouble(ledger):
    for kind in KINDS:
        ledger.add(Record(kind, "never-was", REGION))
    teardown = ended(ledger)
    assert teardown.clean
    assert teardown.removed == ()
    assert list(ledger) == []


def test_what_only_the_tag_knows_is_removed(ledger):
    watch(None)
    s3 = boto3.client("s3")
    s3.create_bucket(
        Bucket="of-another-kernel",
        CreateBucketConfiguration={"LocationConstraint": REGION},
    )
    teardown = ended(ledger, lambda: ["arn:aws:s3:::of-another-kernel"])
    assert [record.name for record in teardown.removed] == ["of-another-kernel"]
    assert teardown.clean


def test_in_a_shared_account_another_learner_s_is_told_and_kept(ledger):
    watch(None)
    s3 = boto3.client("s3")
    s3.create_bucket(
        Bucket="of-my-neighbour",
        CreateBucketConfiguration={"LocationConstraint": REGION},
    )
    teardown = ended(ledger, lambda: ["arn:aws:s3:::of-my-neighbour"], alone=False)
    ((what, why),) = teardown.left
    assert what == "bucket of-my-neighbour"
    assert "was not made from here" in why
    assert len(s3.list_buckets()["Buckets"]) == 1


def test_what_nobody_knows_how_to_remove_is_told(ledger):
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:f"
    teardown = ended(ledger, lambda: [arn])
    assert not teardown.clean
    assert teardown.left == ((arn, "carries the lab's tag: delete it by hand"),)


def test_a_removal_that_fails_is_told_with_its_reason(ledger, monkeypatch):
    s3 = boto3.client("s3")
    s3.create_bucket(
        Bucket="stuck", CreateBucketConfiguration={"LocationConstraint": REGION}
    )

    def refuse(client, name):
        client.delete_bucket(Bucket="no-such-bucket-at-all")

    monkeypatch.setitem(
        KINDS,
        "bucket",
        type(KINDS["bucket"])(**{**vars(KINDS["bucket"]), "remove": refuse}),
    )
    teardown = ended(ledger)
    ((what, why),) = teardown.left
    assert what == "bucket stuck"
    assert "NoSuchBucket" in why
    assert ledger.find("bucket", "stuck") is not None


@pytest.mark.parametrize(
    ("arn", "found"),
    [
        ("arn:aws:sagemaker:r:1:endpoint/e", ("endpoint", "e")),
        ("arn:aws:sagemaker:r:1:endpoint-config/c", ("endpoint-config", "c")),
        ("arn:aws:sagemaker:r:1:training-job/j", ("training-job", "j")),
        ("arn:aws:s3:::b", ("bucket", "b")),
        ("arn:aws:sns:r:1:topic", None),
    ],
)
def test_arns_are_read(arn, found):
    assert kind_of_arn(arn) == found


def test_the_tag_search_of_an_account(ledger):
    s3 = boto3.client("s3")
    for name in ("one", "two"):
        watch(Watcher("101" if name == "one" else "102", ledger))
        s3.create_bucket(
            Bucket=f"bucket-{name}",
            CreateBucketConfiguration={"LocationConstraint": REGION},
        )
    found = tagged_in_account(boto3.Session(), "101")
    assert [arn.split(":")[-1] for arn in found] == ["bucket-one"]
