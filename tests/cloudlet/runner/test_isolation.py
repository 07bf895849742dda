"""A container's own /opt/ml: each its own, and the same jobs where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudlet import Cloud, start
from cloudlet.runner.container import Container
from runner.conftest import Started

Run = Callable[..., Started]
ROOT = Path(__file__).parents[3]


def isolated() -> bool:
    """Whether this machine gives a process mounts of its own."""
    words = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "-rm"]
    try:
        return subprocess.run([*words, "true"], check=False).returncode == 0
    except FileNotFoundError:
        return False


needs_mounts = pytest.mark.skipif(
    not isolated(), reason="this machine gives a process no mounts of its own"
)


@needs_mounts
@pytest.mark.namespaces
def test_two_at_once_see_each_its_own_opt_ml(run: Run) -> None:
    before = sorted(Path("/opt/ml").rglob("*")) if Path("/opt/ml").exists() else []
    script = (
        "echo $NAME > /opt/ml/model/mine; pwd; "
        "for i in $(seq 100); do [ -e /opt/ml/model/go ] && break; sleep 0.05; done; "
        "cat /opt/ml/model/mine; ls /opt/ml/model"
    )
    pair = [run("bash", "-c", script, environment={"NAME": name}) for name in "ab"]
    for started in pair:
        (started.container.model / "go").touch()
    for name, started in zip("ab", pair, strict=True):
        assert started.ended() == 0
        assert started.lines == ["/opt/ml", name, "go", "mine"]
        assert (started.container.model / "mine").read_text() == f"{name}\n"
    after = sorted(Path("/opt/ml").rglob("*")) if Path("/opt/ml").exists() else []
    assert after == before


#: Becomes user 1000 where /opt has no `ml`, and shows what it then sees.
UNPRIVILEGED = """
import ctypes, os, sys
from pathlib import Path
from cloudlet.runner import isolation
root = Path(sys.argv[1])
isolation._own_mounts()
libc = ctypes.CDLL(None, use_errno=True)
assert libc.mount(b"none", b"/opt", b"tmpfs", 0, None) == 0
os.makedirs("/opt/other")
Path("/opt/other/file").write_text("still there")
os.setgroups([]); os.setgid(1000); os.setuid(1000)
libc.prctl(4, 1, 0, 0, 0)  # dumpable again: /proc/self is ours
print(isolation.enter(root))
Path("/opt/ml/written").write_text("by 1000")
print(Path("/opt/other/file").read_text(), os.geteuid())
"""


@needs_mounts
@pytest.mark.namespaces
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_without_rights_and_without_opt_ml(tmp_path: Path) -> None:
    for folder in (*tmp_path.parents[:2], tmp_path):
        folder.chmod(0o755)
    root = tmp_path / "job" / "ml"
    root.mkdir(parents=True)
    for folder in (root, root.parent):
        os.chown(folder, 1000, 1000)
    done = subprocess.run(
        [sys.executable, "-c", UNPRIVILEGED, str(root)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.stdout.startswith(str(root)):
        pytest.skip("this machine gives an unprivileged user no namespace")
    assert done.stdout == "/opt/ml\nstill there 1000\n", done.stderr
    assert (root / "written").read_text() == "by 1000"
    assert not Path("/opt/other").exists()


@pytest.fixture(scope="module")
def plain_cloud() -> Iterator[Cloud]:
    """A cloud whose containers have no mounts of their own."""
    patch = pytest.MonkeyPatch()
    patch.setenv("CLOUDLET_ISOLATION", "none")
    with start() as cloud:
        yield cloud
    patch.undo()


@pytest.fixture
def plain_bench(plain_cloud: Cloud, bench: Any) -> Any:
    """The requests and data of `bench`, for the cloud without isolation."""
    import boto3

    def clients(service: str) -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=plain_cloud.url,
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )

    return type(bench)(clients)


def test_without_mounts_built_in_jobs_and_scripts_run(plain_bench: Any) -> None:
    built_in = plain_bench.run(plain_bench.request("plain"))
    assert built_in["TrainingJobStatus"] == "Completed", built_in
    script = (
        "import os\n"
        "assert os.environ['SM_MODEL_DIR'] != '/opt/ml/model'\n"
        "open(os.path.join(os.environ['SM_MODEL_DIR'], 'made'), 'w').write('x')\n"
    )
    ran = plain_bench.run(plain_bench.script_request("plain-script", script))
    assert ran["TrainingJobStatus"] == "Completed", ran.get("FailureReason")
    shell = "echo $PWD > /opt/ml/model/made"  # the path is a part of the command
    request = plain_bench.request("plain-shell")
    request["AlgorithmSpecification"]["ContainerEntrypoint"] = ["bash", "-c", shell]
    ran = plain_bench.run(request)
    assert ran["TrainingJobStatus"] == "Completed", ran.get("FailureReason")


def test_without_mounts_sdk_v3s_drivers_run(
    plain_cloud: Cloud, bench: Any, tmp_path: Path
) -> None:
    key = {"Bucket": bench.bucket, "Key": "train/train.csv"}
    body = bench.s3.get_object(**key)["Body"].read()
    (tmp_path / "train.csv").write_bytes(body)
    program = ROOT / "tests" / "clients" / "sdk_v3_script_mode.py"
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path)],
        env=os.environ | plain_cloud.env() | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "both ended as they should" in done.stdout


def test_a_container_names_its_folders(tmp_path: Path) -> None:
    container = Container(tmp_path)
    assert container.channel("train") == tmp_path / "input" / "data" / "train"
    assert container.hyperparameters() == {}
    container.config.mkdir(parents=True)
    (container.config / "hyperparameters.json").write_text('{"a": "1"}')
    assert container.hyperparameters() == {"a": "1"}
