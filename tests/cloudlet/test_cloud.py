"""The handle: start, use, move time, reset, stop; several clouds; who ends them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from waiting import soon

from cloudlet import Cloud, NotRunning, attach, fresh_account, start, state_file
from cloudlet import cloud as module


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDLET_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CLOUDLET_URL", raising=False)


def client(cloud: Cloud, service: str = "s3") -> Any:
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=cloud.url,
        aws_access_key_id=fresh_account.ACCESS_KEY,
        aws_secret_access_key=fresh_account.SECRET_KEY,
    )


def buckets(cloud: Cloud) -> list[str]:
    return [bucket["Name"] for bucket in client(cloud).list_buckets()["Buckets"]]


def alive(pid: int) -> bool:
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        )
    except OSError:
        return False


def test_a_change_is_told_to_those_who_have_not_seen_it(fresh_cloud: Cloud) -> None:
    seen = fresh_cloud.next_change()
    assert fresh_cloud.next_change(seen) == seen  # at once: nothing is under way
    fresh_cloud.reset()
    assert fresh_cloud.next_change(seen) > seen


def test_time_moves_forward_and_reset_begins_anew(fresh_cloud: Cloud) -> None:
    client(fresh_cloud).create_bucket(Bucket="forgotten")
    before = fresh_cloud.now()
    assert abs(before - datetime.now(UTC)) < timedelta(minutes=1)
    moved = fresh_cloud.advance(days=2, hours=3, minutes=4, seconds=5)
    ahead = timedelta(days=2, hours=3, minutes=4, seconds=5)
    assert ahead <= moved - before < ahead + timedelta(minutes=1)
    assert fresh_cloud.status()["ahead_seconds"] == ahead.total_seconds()
    for back in ({"seconds": -1}, {"days": 1, "hours": -25}):
        with pytest.raises(ValueError, match="only moves forward"):
            fresh_cloud.advance(**back)
    assert [r.name for r in fresh_cloud.resources()] == ["forgotten"]
    assert fresh_cloud.bill().total >= 0

    fresh_cloud.reset()
    assert fresh_cloud.resources() == []
    assert buckets(fresh_cloud) == []
    assert fresh_cloud.status()["ahead_seconds"] == 0
    role = fresh_account.ROLE_NAME
    found = client(fresh_cloud, "iam").get_role(RoleName=role)
    assert found["Role"]["Arn"] == fresh_account.ROLE_ARN


def test_two_clouds_know_nothing_of_each_other(
    cloud: Cloud, fresh_cloud: Cloud
) -> None:
    assert cloud.url != fresh_cloud.url
    client(fresh_cloud).create_bucket(Bucket="only-in-the-fresh-one")
    fresh_cloud.advance(hours=5)
    assert "only-in-the-fresh-one" not in buckets(cloud)
    assert cloud.now() < fresh_cloud.now() - timedelta(hours=4)
    fresh_cloud.stop()
    assert cloud.status()["url"] == cloud.url


def test_stop_ends_the_server_removes_its_files_and_may_be_repeated() -> None:
    with start() as cloud:
        status = cloud.status()
        assert Path(status["folder"]).is_dir()
        assert alive(status["pid"])
    assert not alive(status["pid"])
    assert not Path(status["folder"]).exists()
    cloud.stop()
    for ask in (cloud.status, cloud.reset, cloud.bill, cloud.resources, cloud.logs):
        with pytest.raises(NotRunning, match="no local cloud answers at http://127"):
            ask()


def test_stop_after_the_server_was_killed_removes_its_files() -> None:
    cloud = start()
    status = cloud.status()
    os.kill(status["pid"], signal.SIGKILL)
    cloud.stop()
    assert not Path(status["folder"]).exists()


def test_stop_does_not_wait_for_those_who_wait(fresh_cloud: Cloud) -> None:
    answered = threading.Event()

    def wait() -> None:
        with pytest.raises(NotRunning):
            while True:
                fresh_cloud._ask("wait", seen=0, seconds=30)
        answered.set()

    client(fresh_cloud).create_bucket(Bucket="jobs")
    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    fresh_cloud.stop()
    assert answered.wait(20)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_cloud_ends_with_its_parent(number: signal.Signals) -> None:
    program = (
        "import cloudlet, time\n"
        "status = cloudlet.start().status()\n"
        "print(status['pid'], status['folder'], flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid, folder = parent.stdout.readline().decode().split()
    assert alive(int(pid))
    parent.send_signal(number)
    parent.wait()
    parent.stdout.close()
    assert soon(lambda: not alive(int(pid)) and not Path(folder).exists())


def test_attach_takes_the_argument_then_the_variable_then_the_file(
    cloud: Cloud, fresh_cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotRunning, match="`cloudlet up` starts one"):
        attach()
    state_file.write_state(cloud.status())
    assert attach().url == cloud.url
    monkeypatch.setenv("CLOUDLET_URL", fresh_cloud.url)
    assert attach().url == fresh_cloud.url
    assert attach(cloud.url).url == cloud.url
    attached = attach()
    attached.stop()
    assert module.wait_until_gone(attached)
    with pytest.raises(NotRunning):
        attach()
    monkeypatch.delenv("CLOUDLET_URL")
    assert attach().url == cloud.url  # the file is of another cloud, and stays


def test_what_answers_there_may_be_no_cloud() -> None:
    class Stranger(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Stranger)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(NotRunning, match="is no local cloud"):
            attach(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()


def test_nobody_speaks_http_there() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def babble() -> None:
            connection, _ = listener.accept()
            connection.sendall(b"220 mail.example SMTP\r\n")
            connection.close()

        threading.Thread(target=babble, daemon=True).start()
        with pytest.raises(NotRunning):
            attach(f"http://127.0.0.1:{listener.getsockname()[1]}")


def test_a_server_that_does_not_start_says_why(cloud: Cloud) -> None:
    port = int(cloud.url.rpartition(":")[2])
    with pytest.raises(NotRunning, match=f"can't listen on 127.0.0.1:{port}"):
        start(port)


def test_a_server_that_never_answers_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "START_SECONDS", 0.2)
    process = subprocess.Popen(["sleep", "60"], stdout=subprocess.PIPE)
    with pytest.raises(NotRunning, match="exit -9"):
        module.first_line(process)


def test_a_cloud_inside_a_program_of_another_is_its_own(cloud: Cloud) -> None:
    program = (
        "import boto3, cloudlet, os\n"
        "outer = boto3.client('s3')\n"
        "outer.create_bucket(Bucket='made-in-the-outer')\n"
        "with cloudlet.start() as inner:\n"
        "    inner.use()\n"
        "    print([b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | cloud.env(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
    assert "made-in-the-outer" in buckets(cloud)


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"pid": 1}'])
def test_a_damaged_state_file_is_as_none(content: str) -> None:
    path = state_file.state_path()
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert state_file.read_state() is None
    state_file.write_state({"url": "http://127.0.0.1:1", "pid": 1, "folder": "/x"})
    found = state_file.read_state()
    assert found is not None
    assert found["pid"] == 1
    assert [file.name for file in path.parent.iterdir()] == ["cloud.json"]
    state_file.forget()
    state_file.forget()
    assert state_file.read_state() is None


def test_a_cloud_that_is_stopped_at_once_ends_by_itself() -> None:
    for _ in range(5):
        cloud = start()
        cloud.stop()
        assert cloud._process is not None
        assert cloud._process.returncode == 0  # and not by force, after ten seconds
