"""The calls that live mode would make, in their order, by botocore's Stubber."""

from collections.abc import Iterator

import boto3
import botocore.session
import pytest
from botocore.stub import Stubber

from mlslab import start_lab, watch
from mlslab.errors import MlslabError
from mlslab.live import Consent
from mlslab.watch import TAG, NotConfirmedError

BUCKET = "mlslab-101-111122223333-eu-west-1"
ROLE = "arn:aws:iam::111122223333:role/service-role/AmazonSageMaker-ExecutionRole-1"
TAGS = [{"Key": TAG, "Value": "101"}]
CALLER = "arn:aws:sts::111122223333:assumed-role/AmazonSageMaker-ExecutionRole-1/SM"
VARIANT = {
    "VariantName": "a",
    "ModelName": "m",
    "InitialInstanceCount": 2,
    "InstanceType": "ml.m5.xlarge",
}
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:"


class Account:
    """One stubbed client for each service; anything not expected is an error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._stubs: dict[str, Stubber] = {}
        create = botocore.session.Session.create_client

        def client(session, service, *args, **kwargs):
            if service not in self._stubs:
                made = create(session, service, region_name="eu-west-1")
                self._stubs[service] = Stubber(made)
                self._stubs[service].activate()
            return self._stubs[service].client

        monkeypatch.setattr(botocore.session.Session, "create_client", client)

    def expect(self, service: str, method: str, answer: dict, **params: object) -> None:
        boto3.Session().client(service)
        self._stubs[service].add_response(method, answer, params)

    def refuse(self, service: str, method: str, code: str, **params: object) -> None:
        boto3.Session().client(service)
        self._stubs[service].add_client_error(method, code, expected_params=params)

    def done(self) -> None:
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()


@pytest.fixture
def account(course, learner, monkeypatch) -> Iterator[Account]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("MLSLAB_LIVE_OK", raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    watch.listen()
    account = Account(monkeypatch)
    identity = {"Account": "111122223333", "Arn": CALLER, "UserId": "x"}
    account.expect("sts", "get_caller_identity", identity)
    role = {
        "Path": "/service-role/",
        "RoleName": "AmazonSageMaker-ExecutionRole-1",
        "RoleId": "AROAAAAAAAAAAAAAAAAA",
        "Arn": ROLE,
        "CreateDate": "2026-01-01T00:00:00Z",
    }
    account.expect("iam", "get_role", {"Role": role}, RoleName=role["RoleName"])
    yield account
    watch.watch(None)
    account.done()


def found_by_tag(account: Account, *arns: str) -> None:
    account.expect(
        "resourcegroupstaggingapi",
        "get_resources",
        {"ResourceTagMappingList": [{"ResourceARN": arn} for arn in arns]},
        TagFilters=[{"Key": TAG, "Values": ["101"]}],
    )


def test_start_and_end_without_a_resource(account, capsys):
    lab = start_lab("101", mode="live")
    assert (lab.role, lab.region, lab.cloud) == (ROLE, "eu-west-1", None)
    assert "your AWS account; what you create there costs money" in (
        capsys.readouterr().out
    )
    found_by_tag(account)
    lab.end()
    assert "✓ Nothing is left" in capsys.readouterr().out


def test_the_bucket_from_first_use_to_proof(account):
    lab = start_lab("101", mode="live")
    account.refuse("s3", "head_bucket", "404", Bucket=BUCKET)
    account.refuse("s3", "head_bucket", "404", Bucket=BUCKET)
    place = {"LocationConstraint": "eu-west-1"}
    account.expect(
        "s3", "create_bucket", {}, Bucket=BUCKET, CreateBucketConfiguration=place
    )
    account.expect(
        "s3", "put_bucket_tagging", {}, Bucket=BUCKET, Tagging={"TagSet": TAGS}
    )
    assert lab.bucket == BUCKET
    account.expect("s3", "head_bucket", {}, Bucket=BUCKET)
    account.expect("s3", "delete_bucket_policy", {}, Bucket=BUCKET)
    version = {"Key": "k", "VersionId": "v"}
    account.expect("s3", "list_object_versions", {"Versions": [version]}, Bucket=BUCKET)
    account.expect(
        "s3",
        "delete_objects",
        {},
        Bucket=BUCKET,
        Delete={"Objects": [version], "Quiet": True},
    )
    account.expect("s3", "list_multipart_uploads", {}, Bucket=BUCKET)
    account.expect("s3", "delete_bucket", {}, Bucket=BUCKET)
    # The tag search may lag behind; the bucket itself has the last word.
    found_by_tag(account, f"arn:aws:s3:::{BUCKET}")
    account.refuse("s3", "head_bucket", "404", Bucket=BUCKET)
    lab.end()


def test_a_neighbour_s_bucket_is_left_alone(account):
    lab = start_lab("101", mode="live")
    account.expect("s3", "head_bucket", {}, Bucket=BUCKET)
    with pytest.raises(MlslabError, match="look whose it is"):
        _ = lab.bucket


def endpoint_config(account: Account) -> None:
    account.expect(
        "sagemaker",
        "create_endpoint_config",
        {"EndpointConfigArn": f"{ARN}endpoint-config/c"},
        EndpointConfigName="c",
        ProductionVariants=[VARIANT],
        Tags=TAGS,
    )
    boto3.client("sagemaker").create_endpoint_config(
        EndpointConfigName="c", ProductionVariants=[VARIANT]
    )


def test_nothing_that_costs_is_sent_without_a_yes(account, monkeypatch, capsys):
    start_lab("101", mode="live")
    endpoint_config(account)
    account.expect(
        "sagemaker",
        "create_endpoint",
        {"EndpointArn": f"{ARN}endpoint/e"},
        EndpointName="e",
        EndpointConfigName="c",
        Tags=TAGS,
    )
    sagemaker = boto3.client("sagemaker")
    monkeypatch.setattr("builtins.input", lambda _: "n")
    with pytest.raises(NotConfirmedError):
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    with pytest.raises(AssertionError, match="remaining in queue"):
        account.done()
    text = capsys.readouterr().out
    assert "CreateEndpoint costs money: 2 × ml.m5.xlarge, 0.230 USD an hour" in text
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")


def test_an_endpoint_from_yes_to_proof(account, monkeypatch, capsys):
    lab = start_lab("101", mode="live")
    endpoint_config(account)
    questions = []
    monkeypatch.setattr("builtins.input", lambda text: questions.append(text) or "y")
    for name in ("e", "f"):
        account.expect(
            "sagemaker",
            "create_endpoint",
            {"EndpointArn": f"{ARN}endpoint/{name}"},
            EndpointName=name,
            EndpointConfigName="c",
            Tags=TAGS,
        )
        boto3.client("sagemaker").create_endpoint(
            EndpointName=name, EndpointConfigName="c"
        )
    assert len(questions) == 1
    for name in ("e", "f"):
        for _ in range(2):
            account.expect(
                "sagemaker",
                "describe_endpoint",
                {
                    "EndpointName": name,
                    "EndpointArn": f"{ARN}endpoint/{name}",
                    "EndpointStatus": "InService",
                    "CreationTime": 0,
                    "LastModifiedTime": 0,
                },
                EndpointName=name,
            )
        account.expect("sagemaker", "delete_endpoint", {}, EndpointName=name)
        account.refuse(
            "sagemaker", "describe_endpoint", "ValidationException", EndpointName=name
        )
    config = {"EndpointConfigName": "c"}
    described = {
        **config,
        "EndpointConfigArn": f"{ARN}endpoint-config/c",
        "ProductionVariants": [VARIANT],
        "CreationTime": 0,
    }
    account.expect("sagemaker", "describe_endpoint_config", described, **config)
    account.expect("sagemaker", "delete_endpoint_config", {}, **config)
    found_by_tag(account)
    missing = "ValidationException"
    account.refuse("sagemaker", "describe_endpoint_config", missing, **config)
    for name in ("e", "f"):
        account.refuse("sagemaker", "describe_endpoint", missing, EndpointName=name)
    capsys.readouterr()
    lab.end()
    text = capsys.readouterr().out
    assert "✓ Nothing is left" in text
    month = 2 * 2 * 0.23 * 730
    assert f"would have cost {month:.2f} USD" in text


def test_without_a_person_the_answer_is_no(monkeypatch, capsys):
    monkeypatch.delenv("MLSLAB_LIVE_OK", raising=False)

    def nobody(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    assert not Consent()("CreateTrainingJob", [("ml.m5.large", 1)])
    assert "set MLSLAB_LIVE_OK=1" in capsys.readouterr().out
    monkeypatch.setenv("MLSLAB_LIVE_OK", "1")
    assert Consent()("CreateTransformJob", [("ml.m5.large", 1)])
    assert "price unknown here" in capsys.readouterr().out
