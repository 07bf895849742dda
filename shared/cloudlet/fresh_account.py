"""What a fresh account has: an execution role, and a caller who has assumed it."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend

ACCOUNT_ID = "123456789012"
ROLE_NAME = "AmazonSageMaker-ExecutionRole-20260101T000000"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT_ID}:role/service-role/{ROLE_NAME}"
#: The caller's credentials in every local cloud; they open nothing else.
ACCESS_KEY = "ASIACLOUDLET00000000"
SECRET_KEY = "local-cloud-secret-key"
SESSION_TOKEN = "local-cloud-session-token"

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
#: As Studio's quick setup: full access to SageMaker, and to S3 by a policy beside it.
_S3_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}


def create() -> None:
    """Make the role and let the local caller assume it."""
    from moto.iam.models import iam_backends
    from moto.sts.models import sts_backends

    iam = iam_backends[ACCOUNT_ID]["aws"]
    _load_managed_policies(iam)
    iam.create_role(
        role_name=ROLE_NAME,
        assume_role_policy_document=json.dumps(_TRUST),
        path="/service-role/",
        permissions_boundary=None,
        description="SageMaker execution role of the local cloud",
        tags=[],
        max_session_duration="3600",
    )
    iam.attach_role_policy(
        "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess", ROLE_NAME
    )
    iam.put_role_policy(ROLE_NAME, "S3Access", json.dumps(_S3_POLICY))
    session = sts_backends[ACCOUNT_ID]["aws"].assume_role(
        region_name="us-east-1",
        role_session_name="SageMaker",
        role_arn=ROLE_ARN,
        policy="",
        duration=3600 * 24 * 365,
        external_id="",
    )
    iam.access_keys.pop(session.access_key_id, None)
    session.access_key_id = session.access_key.access_key_id = ACCESS_KEY
    iam.access_keys[ACCESS_KEY] = session.access_key


def _load_managed_policies(iam: IAMBackend) -> None:
    """Give IAM the policies that AWS manages.

    moto would load them for every partition when the first request of any service
    comes, at 14 MB and 50 ms each; here they come when IAM is first asked.
    """
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    try:
        iam.aws_managed_policies = iam._init_aws_policies()
    finally:
        del os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"]
    iam.managed_policies.update(iam._init_managed_policies())


def account_of(access_key: str | None) -> str:
    """The account of an access key that IAM or STS in the cloud gave out."""
    if access_key in (None, ACCESS_KEY) or "moto.iam.models" not in sys.modules:
        return ACCOUNT_ID
    from moto.iam.models import get_account_id_from

    return str(get_account_id_from(access_key))


def forget_everything() -> None:
    """Empty every service of moto's that was loaded."""
    if "moto.core.base_backend" in sys.modules:
        from moto.moto_api._internal import moto_api_backend

        moto_api_backend.reset()
