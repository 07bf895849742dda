"""The command line: every command, what it prints, how it ends, what it leaves."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from waiting import soon

from cloudlet import cli, fresh_account
from cloudlet.cloud import Cloud

Cloudlet = Callable[..., subprocess.CompletedProcess[str]]
PYTHON = sys.executable


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """A user's environment, with a home and a place for temporary files of its own.

    The path of that place is longer than the address of a Unix socket may be.
    """
    temporary = tmp_path / ("temporary" * 12)
    temporary.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "CLOUDLET_HOME": str(tmp_path / "state"),
        "TMPDIR": str(temporary),
    }


@pytest.fixture
def cloudlet(variables: dict[str, str]) -> Iterator[Cloudlet]:
    """`cloudlet("up", "--port", "0")` as a user runs it."""

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PYTHON, "-m", "cloudlet", *words],
            env=variables | more,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    yield run
    run("down")


def state(variables: dict[str, str]) -> dict[str, object]:
    path = Path(variables["CLOUDLET_HOME"]) / "cloud.json"
    found: dict[str, object] = json.loads(path.read_text())
    return found


def of_home(home: str) -> list[str]:
    """The command lines of living processes that have this CLOUDLET_HOME."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"CLOUDLET_HOME={home}".encode() in path.read_bytes():
                found.append(path.with_name("cmdline").read_bytes().decode())
        except OSError:
            continue
    return found


def nothing_left(variables: dict[str, str], seconds: float = 20) -> bool:
    """No process of the cloud, and none of its files, soon."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        files = list(Path(variables["TMPDIR"]).iterdir())
        if not files and not of_home(variables["CLOUDLET_HOME"]):
            return True
        time.sleep(0.02)
    return False


def clients(url: str) -> Callable[[str], object]:
    return lambda service: boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=fresh_account.ACCESS_KEY,
        aws_secret_access_key=fresh_account.SECRET_KEY,
    )


def sleeping_job(url: str) -> None:
    """Start a job whose children have sessions of their own."""
    make = clients(url)
    make("s3").create_bucket(Bucket="jobs")  # type: ignore[attr-defined]
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1"
    script = "setsid sleep 3000 & echo began; sleep 3000"
    make("sagemaker").create_training_job(  # type: ignore[attr-defined]
        TrainingJobName="sleeper",
        RoleArn=fresh_account.ROLE_ARN,
        AlgorithmSpecification={
            "TrainingImage": image,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["bash", "-c", script],
        },
        OutputDataConfig={"S3OutputPath": "s3://jobs/out"},
        ResourceConfig={
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        },
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
    )
    cloud = Cloud(url)
    assert soon(lambda: bool(cloud.logs("/aws/sagemaker/TrainingJobs")), 60)


def test_a_cloud_is_started_used_and_ended(
    cloudlet: Cloudlet, variables: dict[str, str]
) -> None:
    up = cloudlet("up", "--port", "0")
    assert up.returncode == 0, up.stderr
    url = str(state(variables)["url"])
    assert up.stdout == f"The cloud is running at {url}\n"
    assert url.startswith("http://127.0.0.1:")

    again = cloudlet("up", "--port", "0")
    assert again.stdout == f"The cloud is already running at {url}\n"

    sleeping_job(url)
    status = cloudlet("status").stdout
    assert f"running at {url} (process {state(variables)['pid']})" in status
    assert "2 resources stand in it" in status

    logs = cloudlet("logs", "/aws/sagemaker").stdout
    assert logs.endswith("began\n")
    assert "sleeper/algo-1-" in logs
    assert cloudlet("logs", "/aws/lambda").stdout == ""
    assert cloudlet("logs", "--server").returncode == 0

    bill = cloudlet("bill")
    assert bill.returncode == 0
    assert "USD" in bill.stdout or "$" in bill.stdout

    moved = cloudlet("advance", "--hours", "2", "--minutes", "30")
    assert moved.stdout.startswith("Cloud time is 20")
    assert "9000 s ahead" in cloudlet("status").stdout
    back = cloudlet("advance", "--hours", "-1")
    assert (back.returncode, back.stderr) == (
        2,
        "cloudlet: cloud time only moves forward\n",
    )

    reset = cloudlet("reset")
    assert reset.returncode == 0
    status = cloudlet("status").stdout
    assert "0 resources stand in it" in status
    assert " 0 s ahead" in status

    down = cloudlet("down")
    assert down.stdout == "The cloud is down.\n"
    assert not of_home(variables["CLOUDLET_HOME"])
    assert not list(Path(variables["TMPDIR"]).iterdir())
    assert cloudlet("down").stdout == "No cloud is running.\n"


def test_down_after_the_server_was_killed_leaves_nothing(
    cloudlet: Cloudlet, variables: dict[str, str]
) -> None:
    assert cloudlet("up", "--port", "0").returncode == 0
    standing = state(variables)
    sleeping_job(str(standing["url"]))
    os.kill(int(str(standing["pid"])), signal.SIGKILL)
    gone = cloudlet("status")
    assert gone.returncode == 1
    assert "no local cloud answers" in gone.stderr
    assert Path(str(standing["folder"])).exists()
    assert cloudlet("down").returncode == 0
    assert not Path(str(standing["folder"])).exists()
    assert nothing_left(variables)


def test_up_after_the_server_was_killed_clears_away(
    cloudlet: Cloudlet, variables: dict[str, str]
) -> None:
    assert cloudlet("up", "--port", "0").returncode == 0
    before = state(variables)
    os.kill(int(str(before["pid"])), signal.SIGKILL)
    assert cloudlet("up", "--port", "0").returncode == 0
    assert state(variables)["pid"] != before["pid"]
    assert not Path(str(before["folder"])).exists()


@pytest.mark.parametrize("word", ["status", "logs", "bill", "reset", "advance"])
def test_without_a_cloud_a_command_says_what_starts_one(
    cloudlet: Cloudlet, word: str
) -> None:
    done = cloudlet(word)
    assert done.returncode == 1
    message = "cloudlet: no local cloud is running; `cloudlet up` starts one\n"
    assert done.stderr == message


def test_a_taken_port_is_named(cloudlet: Cloudlet, variables: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for word in ("up", "serve"):
            done = cloudlet(word, "--port", port)
            assert done.returncode == 1
            assert f"can't listen on 127.0.0.1:{port}" in done.stderr
            assert "Traceback" not in done.stderr
    assert not list(Path(variables["TMPDIR"]).iterdir())


PROGRAM = """
import boto3, os, sys
print(boto3.client("sts").get_caller_identity()["Account"], os.environ["AWS_REGION"])
boto3.client("s3").create_bucket(Bucket=sys.argv[1])
print(len(boto3.client("s3").list_buckets()["Buckets"]))
sys.exit(int(sys.argv[2]))
"""


def test_run_gives_a_program_a_cloud_and_passes_its_exit_code(
    cloudlet: Cloudlet, variables: dict[str, str]
) -> None:
    done = cloudlet("run", "--", PYTHON, "-c", PROGRAM, "one-bucket", "7")
    assert (done.returncode, done.stdout) == (7, "123456789012 us-east-1\n1\n")
    assert nothing_left(variables, 0.5)
    done = cloudlet("run", "--bill", PYTHON, "-c", PROGRAM, "a-bucket", "0")
    assert done.returncode == 0
    assert "nothing was really billed" in done.stdout


def test_run_attached_leaves_the_running_cloud(
    cloudlet: Cloudlet, variables: dict[str, str]
) -> None:
    assert cloudlet("up", "--port", "0").returncode == 0
    words = ("run", "--attach", "--", PYTHON, "-c", PROGRAM)
    assert cloudlet(*words, "one", "0").stdout.endswith("\n1\n")
    assert cloudlet(*words, "two", "0").stdout.endswith("\n2\n")
    region = ("--region", "eu-west-1", "--", "sh", "-c", "echo $AWS_DEFAULT_REGION")
    assert cloudlet("run", "--attach", *region).stdout == "eu-west-1\n"


def test_run_without_a_program_or_with_one_that_is_not_there(
    cloudlet: Cloudlet,
) -> None:
    assert cloudlet("run").returncode == 2
    missing = cloudlet("run", "--", "no-such-program")
    assert missing.returncode == 127
    assert "can't run no-such-program" in missing.stderr


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 42), (signal.SIGINT, 42), (signal.SIGKILL, 128 + 9)],
)
def test_run_passes_signals_on_and_their_codes_back(
    variables: dict[str, str], number: signal.Signals, code: int
) -> None:
    program = (
        "import signal, sys, time\n"
        "for n in (signal.SIGTERM, signal.SIGINT):\n"
        "    signal.signal(n, lambda *_: sys.exit(42))\n"
        "import os; print(os.getpid(), flush=True)\n"
        "time.sleep(60)\n"
    )
    run = subprocess.Popen(
        [PYTHON, "-m", "cloudlet", "run", "--", PYTHON, "-c", program],
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert run.stdout is not None
    pid = int(run.stdout.readline())
    os.kill(pid if number == signal.SIGKILL else run.pid, number)
    assert run.wait(30) == code
    run.stdout.close()
    assert nothing_left(variables)


def test_a_killed_run_takes_its_cloud_along(variables: dict[str, str]) -> None:
    run = subprocess.Popen(
        [PYTHON, "-m", "cloudlet", "run", "--", "sh", "-c", "echo ready; sleep 1"],
        env=variables,
        stdout=subprocess.PIPE,
    )
    assert run.stdout is not None
    run.stdout.readline()
    run.kill()
    run.wait()
    run.stdout.close()
    assert nothing_left(variables)


def test_a_reader_that_stops_reading_is_no_error(
    cloudlet: Cloudlet, variables: dict[str, str]
) -> None:
    assert cloudlet("up", "--port", "0").returncode == 0
    logs = clients(str(state(variables)["url"]))("logs")
    logs.create_log_group(logGroupName="g")  # type: ignore[attr-defined]
    logs.create_log_stream(logGroupName="g", logStreamName="s")  # type: ignore[attr-defined]
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": "x" * 200}] * 4000
    logs.put_log_events(  # type: ignore[attr-defined]
        logGroupName="g", logStreamName="s", logEvents=events
    )
    piped = subprocess.run(
        ["bash", "-c", f"{PYTHON} -m cloudlet logs | head -n 1"],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (piped.stdout.count("\n"), piped.stderr) == (1, "")


def parsers() -> Iterator[tuple[str, argparse.ArgumentParser, str | None]]:
    """Every command with its parser and its line in the list of commands."""
    top = cli.parser()
    yield "cloudlet", top, top.description
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            lines = {line.dest: line.help for line in action._choices_actions}
            for name, parser in action.choices.items():
                yield name, parser, lines.get(name)


def test_help_is_complete() -> None:
    found = list(parsers())
    names = {name for name, _, _ in found}
    wanted = "up down serve status run logs bill advance reset"
    assert names == {"cloudlet", *wanted.split()}
    for name, parser, line in found:
        assert line, f"{name} has no help"
        text = parser.format_help()
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                continue
            assert action.help, f"{name} {action.dest} has no help"
            shown = action.option_strings or [action.metavar or action.dest]
            assert all(str(word) in text for word in shown), (name, shown)


def test_help_is_printed(cloudlet: Cloudlet) -> None:
    top = cloudlet("--help")
    assert top.returncode == 0
    for name, _, line in list(parsers())[1:]:
        assert name in top.stdout
        assert str(line) in " ".join(top.stdout.split())
