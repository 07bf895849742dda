"""Where a lab works: the local cloud, or the real account.

Local: the cloud that `$CLOUDLET_URL` or `cloudlet up` gives, else one of its own; a
rehearsal (a build, a test) always has one of its own. The AWS calls of the process
are redirected to it.

Live: nothing is redirected. The role is found as the SageMaker SDK finds it in Studio
(`sagemaker.core.helper.session_helper.Session.get_caller_identity_arn`).
"""

import json
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlslab.aws import Aws
from mlslab.errors import MlslabError
from mlslab.execute import is_rehearsal

LOCAL, LIVE = "local", "live"

STUDIO_METADATA = Path("/opt/ml/metadata/resource-metadata.json")
"""What Studio and notebook instances know of themselves."""


@dataclass(frozen=True)
class Place:
    """The cloud, who calls it, and where.

    `cloud` is cloudlet's, None in live mode; `own` says that the lab has to stop it;
    `lasting` that what is created survives this process.
    """

    mode: str
    cloud: Any
    own: bool
    session: Any
    account_id: str
    region: str
    role: str

    @property
    def lasting(self) -> bool:
        """Whether what a lab creates outlives its kernel."""
        return not self.own

    @property
    def alone(self) -> bool:
        """Whether the account is the learner's only; a real one may be shared."""
        return self.mode == LOCAL

    def aws(self, lab_id: str) -> Aws:
        """The cloud as a lab and its checks see it."""
        bucket = f"mlslab-{lab_id}-{self.account_id}-{self.region}"
        return Aws(self.session, self.account_id, self.region, self.role, bucket)

    @property
    def words(self) -> str:
        """Where the cloud is, in a line."""
        if self.mode == LIVE:
            return "your AWS account; what you create there costs money"
        whose = "of this lab's own" if self.own else "of the course"
        return f"the local cloud {whose} at {self.cloud.url}; nothing leaves"


def open_place(mode: str | None = None) -> Place:
    """The place for a mode, by default `$MLSLAB_MODE`, else local."""
    mode = mode or os.environ.get("MLSLAB_MODE") or LOCAL
    if mode not in (LOCAL, LIVE):
        raise MlslabError(f"the mode is {LOCAL!r} or {LIVE!r}, not {mode!r}")
    return _open_live() if mode == LIVE else _open_local()


_own_cloud: Any = None
"""Kept for a second `start_lab` in the same kernel."""


def close_place(place: Place) -> None:
    """Stop the cloud, if it is the lab's own."""
    global _own_cloud
    if place.own:
        place.cloud.stop()
        _own_cloud = None


def _open_local() -> Place:
    import boto3

    cloud, own = _local_cloud()
    cloud.use()
    # The SDKs v3 of today's Studio images show INFO, and botocore then tells for each
    # client that its address was found in the environment.
    logging.getLogger("botocore.configprovider").setLevel(logging.WARNING)
    boto3.DEFAULT_SESSION = None
    session = boto3.Session()
    return _place(LOCAL, cloud, own, session)


def _local_cloud() -> tuple[Any, bool]:
    global _own_cloud
    import cloudlet

    if _own_cloud is None and not is_rehearsal():
        try:
            return cloudlet.attach(), False
        except cloudlet.NotRunning:
            pass
    if _own_cloud is None:
        _own_cloud = cloudlet.start(port=0)
    return _own_cloud, True


def _open_live() -> Place:
    import boto3

    if _own_cloud is not None or os.environ.get("AWS_ENDPOINT_URL"):
        raise MlslabError(
            "the AWS calls of this kernel go to a local cloud:"
            " restart the kernel before you start a lab in live mode"
        )
    boto3.DEFAULT_SESSION = None
    return _place(LIVE, None, False, boto3.Session())


def _place(mode: str, cloud: Any, own: bool, session: Any) -> Place:
    if not session.region_name:
        raise MlslabError("no AWS Region is set: set AWS_DEFAULT_REGION")
    identity = session.client("sts").get_caller_identity()
    return Place(
        mode=mode,
        cloud=cloud,
        own=own,
        session=session,
        account_id=identity["Account"],
        region=session.region_name,
        role=execution_role(session, identity["Arn"], live=mode == LIVE),
    )


def execution_role(session: Any, caller: str, *, live: bool) -> str:
    """The ARN of the role that jobs run with.

    In Studio it is in a file; elsewhere it is the caller's role. Raises `MlslabError`
    if the caller is no role.
    """
    if live and STUDIO_METADATA.is_file():
        role = json.loads(STUDIO_METADATA.read_text()).get("ExecutionRoleArn")
        if role:
            return str(role)
    match = re.search(r":(?:assumed-)?role/(.+)$", caller)
    if match is None:
        raise MlslabError(
            f"the caller {caller} is not a role, and SageMaker AI jobs need one:"
            " work in SageMaker Studio, or assume a SageMaker execution role"
        )
    parts = match[1].split("/")
    name = parts[0] if ":assumed-role/" in caller else parts[-1]
    answer = session.client("iam").get_role(RoleName=name)
    return str(answer["Role"]["Arn"])
