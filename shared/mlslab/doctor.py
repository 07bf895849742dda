"""`mlslab doctor`: what this environment lacks, and how to mend it."""

import importlib.metadata
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mlslab.modes import STUDIO_METADATA
from mlslab.progress import home, write_json

PYTHON = (3, 11)
IMAGE = (4, 2)
"""The SageMaker Distribution from which on Studio ships SDK 3.12 and pandas 2.3.

Its Dockerfile sets IMAGE_VERSION: https://github.com/aws/sagemaker-distribution
"""

FREE_DISK_GB = 3
MEMORY_GB = 3
_GB = 1024**3


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `cure` is empty if it is good."""

    subject: str
    seen: str
    cure: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing is to be mended."""
        return not self.cure

    def __str__(self) -> str:
        line = f"{'ok  ' if self.good else 'MEND'}  {self.subject}: {self.seen}"
        return line if self.good else f"{line}\n        → {self.cure}"


def examine() -> Iterator[Finding]:
    """Look at everything; a part that cannot be looked at is a finding too."""
    for look in LOOKS:
        try:
            yield from look()
        except Exception as error:  # the doctor goes on to the next patient
            name = look.__name__.replace("_", " ")
            yield Finding(name, f"{type(error).__name__}: {error}", "see the message")


def python() -> Iterator[Finding]:
    """The version of Python."""
    seen = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, PYTHON))
    good = sys.version_info >= PYTHON
    yield Finding("Python", seen, "" if good else f"install Python {wanted} or newer")


def packages() -> Iterator[Finding]:
    """The packages that the project asks for, in versions that it accepts."""
    from packaging.requirements import Requirement

    wanted = [Requirement(line) for line in importlib.metadata.requires("mlslab") or ()]
    needed = [
        requirement
        for requirement in wanted
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    ]
    bad = 0
    for requirement in needed:
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            version = "not installed"
        if version == "not installed" or not requirement.specifier.contains(
            version, prereleases=True
        ):
            bad += 1
            cure = f"{sys.executable} -m pip install '{requirement.name}"
            yield Finding(requirement.name, version, f"{cure}{requirement.specifier}'")
    if not bad:
        yield Finding("packages", f"all {len(needed)} in versions that are accepted")


def disk() -> Iterator[Finding]:
    """Free space for state, and for the files of jobs."""
    for place in sorted({_existing(home()), Path(os.environ.get("TMPDIR", "/tmp"))}):
        free = shutil.disk_usage(place).free / _GB
        good = free >= FREE_DISK_GB
        cure = f"free {FREE_DISK_GB} GB there, or set TMPDIR and MLSLAB_HOME elsewhere"
        yield Finding(f"disk at {place}", f"{free:.1f} GB free", "" if good else cure)


def memory() -> Iterator[Finding]:
    """The memory of the machine."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GB
    good = total >= MEMORY_GB
    cure = f"take a machine (in Studio: an instance type) with {MEMORY_GB} GB or more"
    yield Finding("memory", f"{total:.1f} GB", "" if good else cure)


def ports() -> Iterator[Finding]:
    """A port on loopback can be opened."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Finding("ports", f"127.0.0.1:{server.getsockname()[1]} can be opened")


def state() -> Iterator[Finding]:
    """The learner's folder can be written."""
    probe = home() / ".doctor.json"
    try:
        write_json(probe, {})
        probe.unlink()
    except OSError as error:
        cure = "set MLSLAB_HOME to a folder that you may write"
        yield Finding("progress", f"{home()}: {error}", cure)
        return
    yield Finding("progress", f"{home()} can be written")


def kernel() -> Iterator[Finding]:
    """The notebooks' kernel exists, and runs this Python."""
    from jupyter_client.kernelspec import KernelSpecManager

    cure = f"{sys.executable} -m ipykernel install --sys-prefix"
    specs = KernelSpecManager().find_kernel_specs()
    if "python3" not in specs:
        yield Finding("kernel", "there is no kernel python3", cure)
        return
    spec = json.loads((Path(specs["python3"]) / "kernel.json").read_text())
    runs = spec["argv"][0]
    # jupyter_client runs a plain "python" with the interpreter of the server.
    same = runs.startswith("python") or Path(runs).parent == Path(sys.executable).parent
    yield Finding("kernel", f"python3 runs {runs}", "" if same else cure)


def cloud() -> Iterator[Finding]:
    """The local cloud starts, and answers."""
    import cloudlet

    cure = "run `cloudlet up` in a terminal, and read what it says"
    with cloudlet.start(port=0) as started:
        account = _account(started.url)
    seen = f"starts, and answers for account {account}" if account else "is silent"
    yield Finding("local cloud", seen, "" if account else cure)


def isolation() -> Iterator[Finding]:
    """Jobs can see /opt/ml of their own: mount namespaces."""
    tried = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "true"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    if tried.returncode == 0:
        yield Finding("mount namespaces", "jobs see an /opt/ml of their own")
        return
    yield Finding(
        "mount namespaces",
        tried.stderr.strip() or "not available",
        "allow unprivileged user namespaces, or let scripts use the SM_* variables"
        " in place of /opt/ml paths",
    )


def studio() -> Iterator[Finding]:
    """In SageMaker Studio: the image, the role, the credentials."""
    if not STUDIO_METADATA.is_file():
        return
    known = json.loads(STUDIO_METADATA.read_text())
    image = os.environ.get("IMAGE_VERSION", "")
    major, minor = ([*image.split("."), "0", "0"])[:2]
    old = image and (int(major), int(minor)) < IMAGE
    cure = f"choose SageMaker Distribution {IMAGE[0]}.{IMAGE[1]} or newer for the space"
    yield Finding(
        "Studio image", image or "IMAGE_VERSION is not set", cure if old else ""
    )
    role = known.get("ExecutionRoleArn", "")
    cure = "open the notebook in a space whose user profile has an execution role"
    yield Finding("Studio role", role or "none", "" if role else cure)
    if not os.environ.get("AWS_ENDPOINT_URL"):
        yield from _credentials()


def _credentials() -> Iterator[Finding]:
    import boto3

    found = boto3.Session().get_credentials()
    cure = "restart the space: it carries the credentials of its role"
    seen = f"found ({found.method})" if found else "none"
    yield Finding("AWS credentials", seen, "" if found else cure)


def _account(url: str) -> str:
    import boto3

    client = boto3.client(
        "sts",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="doctor",
        aws_secret_access_key="doctor",
    )
    return str(client.get_caller_identity()["Account"])


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    python,
    packages,
    disk,
    memory,
    ports,
    state,
    kernel,
    cloud,
    isolation,
    studio,
)
