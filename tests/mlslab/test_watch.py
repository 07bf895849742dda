import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError

from mlslab.ledger import Ledger, Record
from mlslab.watch import TAG, NotConfirmedError, Watcher, add_tag, instances, watch

ROLE = "arn:aws:iam::123456789012:role/ExecutionRole"
VARIANT = {
    "VariantName": "a",
    "ModelName": "m",
    "InitialInstanceCount": 2,
    "InstanceType": "ml.m5.large",
}


def shape(service: str, operation: str):
    model = botocore.session.get_session().get_service_model(service)
    return model.operation_model(operation).input_shape


@pytest.fixture
def ledger(cloud) -> Ledger:
    ledger = Ledger()
    watch(Watcher("101", ledger))
    return ledger


@pytest.mark.parametrize(
    ("service", "operation", "member", "tag"),
    [
        ("sagemaker", "CreateModel", "Tags", [{"Key": TAG, "Value": "101"}]),
        ("kms", "CreateKey", "Tags", [{"TagKey": TAG, "TagValue": "101"}]),
        ("lambda", "CreateFunction", "Tags", {TAG: "101"}),
        ("logs", "CreateLogGroup", "tags", {TAG: "101"}),
        ("stepfunctions", "CreateStateMachine", "tags", [{"key": TAG, "value": "101"}]),
    ],
)
def test_the_form_of_the_tag_is_the_service_s(service, operation, member, tag):
    params: dict = {}
    add_tag(params, shape(service, operation), "101")
    assert params == {member: tag}


def test_tags_that_are_there_stay_and_ours_comes_once():
    mine = [{"Key": "team", "Value": "x"}]
    params = {"Tags": mine}
    for _ in range(2):
        add_tag(params, shape("sagemaker", "CreateModel"), "101")
    assert params["Tags"] == [*mine, {"Key": TAG, "Value": "101"}]
    assert len(mine) == 1


def test_operations_without_tags_are_left_alone():
    params: dict = {}
    add_tag(params, shape("s3", "CreateBucket"), "101")
    assert params == {}


def test_instances_are_found_anywhere():
    request = {"A": [VARIANT], "B": {"InstanceType": "ml.g5.xlarge"}, "C": 1}
    assert list(instances(request)) == [("ml.m5.large", 2), ("ml.g5.xlarge", 1)]


def test_a_bucket_is_tagged_and_recorded(ledger):
    s3 = boto3.client("s3")
    place = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="new-bucket", CreateBucketConfiguration=place)
    assert [(r.kind, r.name, r.region) for r in ledger] == [
        ("bucket", "new-bucket", "eu-west-1")
    ]
    tags = s3.get_bucket_tagging(Bucket="new-bucket")["TagSet"]
    assert tags == [{"Key": TAG, "Value": "101"}]


def test_the_learner_s_own_bucket_is_never_taken_for_the_lab_s(ledger):
    watch(None)
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="precious")
    watch(Watcher("101", ledger))
    s3.create_bucket(Bucket="precious")  # us-east-1 answers 200 to the owner
    assert list(ledger) == []
    with pytest.raises(ClientError, match="NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket="precious")


def test_what_fails_is_not_recorded(ledger):
    sagemaker = boto3.client("sagemaker")
    with pytest.raises(ClientError):
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="none")
    assert list(ledger) == []


def test_endpoints_know_the_instances_of_their_configuration(ledger):
    sagemaker = boto3.client("sagemaker")
    container = {"Image": "image"}
    sagemaker.create_model(
        ModelName="m", PrimaryContainer=container, ExecutionRoleArn=ROLE
    )
    sagemaker.create_endpoint_config(
        EndpointConfigName="c", ProductionVariants=[VARIANT]
    )
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    assert [record.kind for record in ledger] == [
        "model",
        "endpoint-config",
        "endpoint",
    ]
    endpoint = ledger.find("endpoint", "e")
    assert endpoint is not None
    assert endpoint.instances == (("ml.m5.large", 2),)
    arn = sagemaker.describe_endpoint(EndpointName="e")["EndpointArn"]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [
        {"Key": TAG, "Value": "101"}
    ]


def test_a_no_keeps_the_call_back(cloud):
    asked = []

    def confirm(operation, instances):
        asked.append((operation, instances))
        return False

    ledger = Ledger()
    ledger.add(Record("endpoint-config", "c", "eu-west-1", (("ml.m5.large", 2),)))
    watch(Watcher("101", ledger, confirm))
    sagemaker = boto3.client("sagemaker")
    with pytest.raises(NotConfirmedError, match="CreateEndpoint was not sent"):
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    assert asked == [("CreateEndpoint", (("ml.m5.large", 2),))]
    assert sagemaker.list_endpoints()["Endpoints"] == []
    sagemaker.list_models()
    assert len(asked) == 1
