"""A fixture course of one lab, and places to work in that cost nothing."""

import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws
from textual import events

from mlslab import modes, watch
from mlslab.course import Course, LabInfo, load_course

FIXTURES = Path(__file__).parent / "fixtures"
sys.path.insert(0, str(FIXTURES))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the learner's state."""
    folder = tmp_path / "home"
    monkeypatch.setenv("MLSLAB_HOME", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(FIXTURES))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.delenv("MLSLAB_MODE", raising=False)
    return folder


@pytest.fixture
def course(monkeypatch: pytest.MonkeyPatch) -> Course:
    root = FIXTURES / "course"
    monkeypatch.setenv("MLSLAB_ROOT", str(root))
    return load_course(root)


@pytest.fixture
def lab(course: Course) -> LabInfo:
    return course.lab("101")


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """The fixture course in a folder that a test may change."""
    root = tmp_path / "course"
    shutil.copytree(FIXTURES / "course", root)
    monkeypatch.setenv("MLSLAB_ROOT", str(root))
    return load_course(root)


@pytest.fixture
def learner(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a learner's kernel, which pytest has not started."""
    monkeypatch.delenv("PYTEST_VERSION", raising=False)


class FakeCloud:
    """A cloudlet of moto, in this process."""

    url = "http://127.0.0.1:1"

    def __init__(self) -> None:
        self.stopped = False

    def use(self) -> None:
        """moto answers already."""

    def stop(self) -> None:
        self.stopped = True

    def resources(self) -> list[SimpleNamespace]:
        """The buckets, as cloudlet lists them."""
        s3 = boto3.client("s3")
        found = []
        for bucket in s3.list_buckets()["Buckets"]:
            try:
                tags = s3.get_bucket_tagging(Bucket=bucket["Name"])["TagSet"]
            except s3.exceptions.ClientError:
                tags = []
            arn = f"arn:aws:s3:::{bucket['Name']}"
            pairs = {tag["Key"]: tag["Value"] for tag in tags}
            found.append(SimpleNamespace(arn=arn, tags=pairs))
        return found

    def bill(self):
        from datetime import UTC, datetime

        from cloudlet.metering import Meter, load_prices, make_bill

        return make_bill(Meter(), load_prices(), datetime.now(UTC))


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch):
    """A fake of cloudlet, shared by the course, whose caller is a role."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    watch.listen()
    with mock_aws():
        boto3.client("iam").create_role(
            RoleName="ExecutionRole", AssumeRolePolicyDocument="{}"
        )
        given = boto3.client("sts").assume_role(
            RoleArn="arn:aws:iam::123456789012:role/ExecutionRole",
            RoleSessionName="tests",
        )["Credentials"]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", given["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", given["SecretAccessKey"])
        monkeypatch.setenv("AWS_SESSION_TOKEN", given["SessionToken"])
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        fake = FakeCloud()
        monkeypatch.setattr(modes, "_local_cloud", lambda: (fake, False))
        yield fake
    watch.watch(None)


@pytest.fixture
def type_at_once():
    """Type keys into a Textual application faster than it can handle them."""

    def typed(app, *keys):
        for key in keys:
            event = events.Key(key, key if len(key) == 1 else None)
            event.set_sender(app)
            app._driver.send_message(event)

    return typed
