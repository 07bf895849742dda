"""The variables that keep a program in the local cloud."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cloudlet import fresh_account, redirect

URL = "http://127.0.0.1:4567"


def test_a_program_gets_address_credentials_and_region() -> None:
    variables = redirect.environment(URL, inherited={})
    assert variables["AWS_ENDPOINT_URL"] == variables["CLOUDLET_URL"] == URL
    assert variables["AWS_ACCESS_KEY_ID"] == fresh_account.ACCESS_KEY
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == "us-east-1"
    assert variables["PYTHONPATH"] == str(redirect.HOOK)


@pytest.mark.parametrize(
    ("region", "inherited", "expected"),
    [
        ("eu-west-1", {"AWS_REGION": "us-west-2"}, "eu-west-1"),
        (None, {"AWS_REGION": "us-west-2"}, "us-west-2"),
        (None, {"AWS_DEFAULT_REGION": "ap-south-1"}, "ap-south-1"),
    ],
)
def test_the_region_is_the_callers(
    region: str | None, inherited: dict[str, str], expected: str
) -> None:
    variables = redirect.environment(URL, region, inherited)
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == expected


def test_the_users_own_paths_stay() -> None:
    above = str(redirect.HOOK.parent.parent)  # a part of the hook's own path
    inherited = {"PYTHONPATH": os.pathsep.join([above, "/x", above])}
    path = redirect.environment(URL, inherited=inherited)["PYTHONPATH"]
    assert path.split(os.pathsep) == [str(redirect.HOOK), above, "/x"]
    again = redirect.environment(URL, inherited={"PYTHONPATH": path})["PYTHONPATH"]
    assert again == path


def test_no_proxy_is_asked_for_the_cloud_or_for_aws() -> None:
    inherited = {"NO_PROXY": "intranet,localhost"}
    variables = redirect.environment(URL, inherited=inherited)
    hosts = variables["NO_PROXY"].split(",")
    assert {"127.0.0.1", "localhost", "amazonaws.com", "intranet"} <= set(hosts)
    assert len(hosts) == len(set(hosts))
    assert "amazonaws.com" in variables["no_proxy"].split(",")


def test_endpoints_of_single_services_do_not_win() -> None:
    inherited = {"AWS_ENDPOINT_URL_S3": "https://s3.example", "AWS_ENDPOINT_URL": "x"}
    variables = redirect.environment(URL, inherited=inherited)
    assert variables["AWS_ENDPOINT_URL_S3"] == variables["AWS_ENDPOINT_URL"] == URL


#: Settings of a real account, each of which breaks a call to the cloud, or leaves it.
FOREIGN = {
    "AWS_PROFILE": "work",
    "AWS_ROLE_ARN": "arn:aws:iam::210987654321:role/x",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z",
    "AWS_ACCOUNT_ID": "210987654321",
    "AWS_SECURITY_TOKEN": "of-a-real-account",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
}


def test_a_real_accounts_settings_do_not_reach_a_program(cloud: object) -> None:
    program = (
        "import boto3\n"
        "print(boto3.client('sts').get_caller_identity()['Account'])\n"
        "url = 'https://sts.eu-west-1.amazonaws.com'\n"
        "there = boto3.client('sts', region_name='eu-west-1', endpoint_url=url)\n"
        "print(there.get_caller_identity()['Account'])\n"
        "boto3.client('s3').list_buckets()\n"
    )
    theirs = os.environ | FOREIGN
    inside = redirect.without_foreign(theirs) | cloud.env()  # type: ignore[attr-defined]
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=inside,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "123456789012\n123456789012\n", done.stderr[-1000:]
