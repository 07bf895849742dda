"""What happens inside a program: calls arrive, strangers hear nothing, nobody waits.

Each test runs a program of its own, as what is tested changes a whole process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudlet import Cloud
from cloudlet.redirect import HOOK

Program = Callable[..., list[str]]

#: Lets no name but the machine's own be looked up: what a program sent would show here.
TRAP = """
import _socket, socket
def _trap(host, *rest):
    if host in ("127.0.0.1", "localhost", None):
        return _getaddrinfo(host, *rest)
    print("LOOKED UP", host, flush=True)
    raise OSError("the trap")
_getaddrinfo = _socket.getaddrinfo
_socket.getaddrinfo = _trap
"""


@pytest.fixture
def program(cloud: Cloud, tmp_path: Path) -> Program:
    """Runs a program under the hook; returns the lines it prints."""

    def run(text: str, *, python: str = sys.executable, **variables: str) -> list[str]:
        inherited = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        done = subprocess.run(
            [python, "-c", textwrap.dedent(text)],
            env=inherited | cloud.env() | variables,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.splitlines()

    return run


def test_clients_with_explicit_endpoints_reach_the_cloud(
    program: Program, cloud: Cloud
) -> None:
    lines = program(
        TRAP
        + """
import boto3
from botocore.config import Config
sts = boto3.client("sts", endpoint_url="https://sts.us-east-1.amazonaws.com")
print(sts.get_caller_identity()["Account"])
for style in ("virtual", "path"):
    s3 = boto3.client(
        "s3",
        region_name="eu-west-1",
        endpoint_url="https://s3.eu-west-1.amazonaws.com",
        config=Config(s3={"addressing_style": style}),
    )
    bucket = "explicit-" + style
    s3.create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    s3.put_object(Bucket=bucket, Key="a/b c+ü.txt", Body=b"body of " + style.encode())
    print(s3.get_object(Bucket=bucket, Key="a/b c+ü.txt")["Body"].read().decode())
    print([o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]])
runtime = boto3.client(
    "sagemaker-runtime",
    endpoint_url="https://runtime.sagemaker.us-east-1.amazonaws.com",
)
try:
    runtime.invoke_endpoint(EndpointName="none", Body=b"1")
except runtime.exceptions.ValidationError as error:
    print("none" in str(error))
"""
    )
    assert lines == [
        "123456789012",
        "body of virtual",
        "['a/b c+ü.txt']",
        "body of path",
        "['a/b c+ü.txt']",
        "True",
    ]
    made = {resource.name for resource in cloud.resources()}
    assert {"explicit-virtual", "explicit-path"} <= made


def test_whatever_else_speaks_to_aws_fails_and_sends_nothing(program: Program) -> None:
    lines = program(
        TRAP
        + """
import socket, urllib.request
def ask(call, *arguments):
    try:
        call(*arguments)
        print("ANSWERED", arguments)
    except OSError as error:
        print("is AWS, and this program runs in the local cloud" in str(error))
ask(urllib.request.urlopen, "https://sagemaker.us-east-1.amazonaws.com/ping")
import requests
ask(requests.get, "https://bucket.s3.amazonaws.com/key")
ask(requests.get, "https://checkip.amazonaws.com")
ask(socket.create_connection, ("sts.cn-north-1.amazonaws.com.cn", 443))
ask(socket.getaddrinfo, b"STS.US-EAST-1.AMAZONAWS.COM.", 443)
ask(socket.gethostbyname, "lambda-url.us-east-1.on.aws")
ask(socket.gethostbyname_ex, "ec2.us-east-1.api.aws")
ask(socket.getaddrinfo, "not-amazonaws.com.example", 443)
"""
    )
    assert lines == [
        *["True"] * 7,
        "LOOKED UP not-amazonaws.com.example",
        "False",
    ]


def test_the_program_itself_sleeps_and_sees_the_time(program: Program) -> None:
    lines = program(
        """
        import time
        began, day = time.monotonic(), time.time()
        time.sleep(0.3)
        print(time.monotonic() - began >= 0.3, 0.3 <= time.time() - day < 30)
        """
    )
    assert lines == ["True True"]


def test_a_waiter_waits_for_its_end_and_not_for_seconds(
    program: Program, cloud: Cloud
) -> None:
    lines = program(
        """
        import threading, time, boto3, botocore.exceptions
        s3 = boto3.client("s3")
        # The bucket comes while the waiter waits: it looks again long before 60 s.
        threading.Timer(0.4, lambda: s3.create_bucket(Bucket="comes-late")).start()
        began = time.monotonic()
        s3.get_waiter("bucket_exists").wait(
            Bucket="comes-late", WaiterConfig={"Delay": 60, "MaxAttempts": 2}
        )
        print("in time", time.monotonic() - began < 30)
        # What never comes costs as many looks as AWS would give, each of its length.
        began = time.monotonic()
        try:
            s3.get_waiter("bucket_exists").wait(
                Bucket="never-comes", WaiterConfig={"Delay": 1, "MaxAttempts": 2}
            )
        except botocore.exceptions.WaiterError as error:
            print("Max attempts exceeded" in str(error))
        print(time.monotonic() - began >= 1)
        """
    )
    assert lines == ["in time True", "True", "True"]


WAITING = """
import sys, time, types
poller = types.ModuleType("sagemaker.poller")
exec('''
import time
def poll(look, seconds):
    looks = 0
    while not look():
        looks += 1
        time.sleep(seconds)
    return looks
def clock():
    last_describe_job_call = time.time()
    time.sleep(20)
    return time.time() - last_describe_job_call
def plain():
    began = time.time()
    time.sleep(20)
    return time.time() - began
''', poller.__dict__)
"""


def test_an_sdks_polling_is_spared_its_sleep(program: Program) -> None:
    lines = program(
        WAITING
        + """
import cloudlet_hook
real = []
sleep = cloudlet_hook._sleep
cloudlet_hook._sleep = lambda seconds: (real.append(seconds), sleep(seconds))
looks = iter([False, False, True])
print(poller.poll(lambda: next(looks), 30))
print(sum(real) < 1)
print(poller.clock() >= 20)   # who looks at the time sees the sleep that was spared
print(poller.plain() < 20)    # a caller's timeout does not come early
"""
    )
    assert lines == ["2", "True", "True", "True"]


def test_looks_become_rarer_while_nothing_happens(program: Program) -> None:
    lines = program(
        WAITING
        + """
end = time.monotonic() + 1.5
looks = poller.poll(lambda: time.monotonic() > end, 30)
print(3 < looks < 40, looks)
"""
    )
    assert lines[0].startswith("True"), lines


def test_each_thread_hears_of_each_change(program: Program) -> None:
    lines = program(
        """
        import threading, cloudlet_hook
        seen = []
        def listen():
            cloudlet_hook._wait_for_change(0.01)
            seen.append(cloudlet_hook._polls.seen)
        for _ in range(3):
            thread = threading.Thread(target=listen); thread.start(); thread.join()
        print(len(seen), len(set(seen)), cloudlet_hook._polls.seen)
        """
    )
    count, different, mine = lines[0].split()
    assert (count, different, mine) == ("3", "1", "0")


def test_a_program_whose_cloud_is_gone_is_told_by_its_next_call(
    program: Program,
) -> None:
    lines = program(
        WAITING
        + """
looks = iter([False, True])
print(poller.poll(lambda: next(looks), 0.1))
""",
        CLOUDLET_URL="http://127.0.0.1:9",
    )
    assert lines == ["1"]


def test_another_sitecustomize_still_runs(program: Program, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "sitecustomize.py").write_text(
        "import os\nprint('theirs', os.path.basename(__file__), __name__)\n"
    )
    path = os.pathsep.join([str(HOOK), str(theirs)])
    text = "import time; print(time.sleep.__module__)"
    lines = program(text, PYTHONPATH=path)
    assert lines == ["theirs sitecustomize.py sitecustomize", "cloudlet_hook"]
    without = program(text, PYTHONPATH=path, CLOUDLET_URL="")
    assert without == ["theirs sitecustomize.py sitecustomize", "time"]


def test_a_python_that_knows_nothing_of_aws(program: Program, tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", symlinks=True, with_pip=False)
    python = str(tmp_path / "bare" / "bin" / "python")
    text = """
        import importlib.util, socket, sys, time
        print(importlib.util.find_spec("botocore"), time.sleep.__module__)
        print([m for m in ("requests", "cloudlet", "botocore") if m in sys.modules])
        try:
            socket.getaddrinfo("s3.amazonaws.com", 443)
        except OSError as error:
            print("is AWS" in str(error))
    """
    lines = program(text, python=python)
    assert lines == ["None cloudlet_hook", "[]", "True"]


@pytest.mark.parametrize("before", ["", "import boto3, botocore.httpsession"])
def test_attaching_before_or_after_the_import_of_boto3(
    program: Program, cloud: Cloud, before: str
) -> None:
    lines = program(
        f"{before}\n"
        f"{TRAP}\n"
        "import cloudlet, importlib.util\n"
        f"cloudlet.attach({cloud.url!r}).use()\n"
        "importlib.util.find_spec('botocore.httpsession')\n"  # who looks, imports not
        "import boto3\n"
        "url = 'https://sts.us-east-1.amazonaws.com'\n"
        "for client in (boto3.client('sts'), boto3.client('sts', endpoint_url=url)):\n"
        "    print(client.get_caller_identity()['Account'])\n",
        PYTHONPATH="",
        CLOUDLET_URL="",
        AWS_ENDPOINT_URL="",
    )
    assert lines == ["123456789012", "123456789012"]


def test_a_process_may_move_on_to_another_cloud(
    program: Program, cloud: Cloud, fresh_cloud: Cloud
) -> None:
    lines = program(
        "import boto3, cloudlet\n"
        "def names():\n"
        "    return [b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']]\n"
        "boto3.client('s3').create_bucket(Bucket='in-the-first')\n"
        "print('in-the-first' in names())\n"
        f"cloudlet.attach({fresh_cloud.url!r}).use()\n"
        "print(names())\n"
    )
    assert lines == ["True", "[]"]
