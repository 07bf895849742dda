"""The execution role, and SimulatePrincipalPolicy over it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloudlet import fresh_account

DENY = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
ALLOW = {
    "Effect": "Allow",
    "Action": ["s3:GetObject", "s3:DeleteBucket"],
    "Resource": ["arn:aws:s3:::lake/*", "arn:aws:s3:::lake"],
}


@pytest.fixture(scope="module")
def iam(clients) -> Any:
    return clients("iam")


def decisions(iam: Any, arn: str, *actions: str, **members: Any) -> dict[str, str]:
    answer = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=list(actions), **members
    )
    assert answer["IsTruncated"] is False
    return {
        result["EvalActionName"]: result["EvalDecision"]
        for result in answer["EvaluationResults"]
    }


@pytest.fixture
def role(iam, name) -> str:
    role = name("role")
    arn = iam.create_role(
        RoleName=role,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}),
    )["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=role,
        PolicyName="lake",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [ALLOW, DENY]}
        ),
    )
    return str(arn)


def test_the_caller_has_assumed_the_execution_role(clients, iam):
    identity = clients("sts").get_caller_identity()
    role = fresh_account.ROLE_NAME
    assert identity["Account"] == fresh_account.ACCOUNT_ID
    assert identity["Arn"] == (
        f"arn:aws:sts::{fresh_account.ACCOUNT_ID}:assumed-role/{role}/SageMaker"
    )
    assert iam.get_role(RoleName=role)["Role"]["Arn"] == fresh_account.ROLE_ARN
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [p["PolicyName"] for p in attached] == ["AmazonSageMakerFullAccess"]


def test_the_execution_role_may_train(iam):
    assert decisions(
        iam,
        fresh_account.ROLE_ARN,
        "sagemaker:CreateTrainingJob",
        "s3:PutObject",
        "iam:DeleteUser",
    ) == {
        "sagemaker:CreateTrainingJob": "allowed",
        "s3:PutObject": "allowed",
        "iam:DeleteUser": "implicitDeny",
    }


def test_deny_wins_and_resources_count(iam, role):
    found = iam.simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=["s3:GetObject", "s3:DeleteBucket"],
        ResourceArns=["arn:aws:s3:::lake/a", "arn:aws:s3:::other/a"],
    )["EvaluationResults"]
    assert [
        (r["EvalActionName"], r["EvalResourceName"], r["EvalDecision"]) for r in found
    ] == [
        ("s3:GetObject", "arn:aws:s3:::lake/a", "allowed"),
        ("s3:GetObject", "arn:aws:s3:::other/a", "implicitDeny"),
        ("s3:DeleteBucket", "arn:aws:s3:::lake/a", "explicitDeny"),
        ("s3:DeleteBucket", "arn:aws:s3:::other/a", "explicitDeny"),
    ]


def test_a_policy_of_the_request_is_judged_too(iam, role):
    extra = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": extra})
    assert decisions(iam, role, "kms:Decrypt") == {"kms:Decrypt": "implicitDeny"}
    assert decisions(iam, role, "kms:Decrypt", PolicyInputList=[policy]) == {
        "kms:Decrypt": "allowed"
    }


def test_users_have_policies_as_well(iam, name):
    user = name("user")
    arn = iam.create_user(UserName=user)["User"]["Arn"]
    assert decisions(iam, arn, "s3:GetObject") == {"s3:GetObject": "implicitDeny"}
    iam.attach_user_policy(
        UserName=user, PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    )
    assert decisions(iam, arn, "s3:GetObject") == {"s3:GetObject": "allowed"}


@pytest.mark.parametrize("kind", ["role", "user"])
def test_a_principal_that_is_not_there(iam, kind):
    with pytest.raises(ClientError) as caught:
        decisions(iam, f"arn:aws:iam::123456789012:{kind}/nobody", "s3:GetObject")
    response = caught.value.response
    assert response["Error"]["Code"] == "NoSuchEntity"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404
