import json

import boto3
import pytest

from mlslab import modes
from mlslab.errors import MlslabError
from mlslab.modes import close_place, execution_role, open_place

ROLE = "arn:aws:iam::123456789012:role/ExecutionRole"


def test_local_is_the_default(cloud):
    place = open_place()
    assert (place.mode, place.region, place.role) == ("local", "eu-west-1", ROLE)
    assert place.account_id == "123456789012"
    assert place.lasting
    close_place(place)
    assert not cloud.stopped


def test_a_cloud_of_one_s_own_is_stopped(cloud, monkeypatch):
    monkeypatch.setattr(modes, "_local_cloud", lambda: (cloud, True))
    place = open_place()
    assert not place.lasting
    close_place(place)
    assert cloud.stopped


def test_the_environment_says_live(cloud, monkeypatch):
    monkeypatch.setenv("MLSLAB_MODE", "live")
    place = open_place()
    assert (place.mode, place.cloud) == ("live", None)
    assert open_place("local").mode == "local"


def test_an_unknown_mode():
    with pytest.raises(MlslabError, match="not 'dead'"):
        open_place("dead")


def test_live_refuses_a_redirected_kernel(cloud, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(MlslabError, match="restart the kernel"):
        open_place("live")


def test_a_user_is_no_role(cloud):
    user = "arn:aws:iam::123456789012:user/me"
    with pytest.raises(MlslabError, match="is not a role"):
        execution_role(boto3.Session(), user, live=True)


def test_studio_tells_the_role(cloud, monkeypatch, tmp_path):
    told = tmp_path / "metadata.json"
    told.write_text(json.dumps({"ExecutionRoleArn": "arn:studio"}))
    monkeypatch.setattr(modes, "STUDIO_METADATA", told)
    caller = "arn:aws:sts::123456789012:assumed-role/ExecutionRole/x"
    session = boto3.Session()
    assert execution_role(session, caller, live=True) == "arn:studio"
    assert execution_role(session, caller, live=False) == ROLE


def test_a_role_with_a_path_is_found_by_its_name(cloud):
    boto3.client("iam").create_role(
        RoleName="Deep", Path="/service-role/", AssumeRolePolicyDocument="{}"
    )
    whole = "arn:aws:iam::123456789012:role/service-role/Deep"
    session = boto3.Session()
    caller = "arn:aws:sts::123456789012:assumed-role/Deep/SageMaker"
    assert execution_role(session, caller, live=False) == whole
    assert execution_role(session, whole, live=False) == whole


def test_no_region(cloud, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(MlslabError, match="AWS_DEFAULT_REGION"):
        open_place()
