"""How a program's AWS calls reach the local cloud instead of AWS.

Two nets, one behind the other: variables that every AWS client reads, and, for Python
programs, `cloudlet.hook`, which also catches clients with explicit endpoints.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from cloudlet import fresh_account

DEFAULT_REGION = "us-east-1"
HOOK = Path(__file__).parent / "hook"

#: Variables of a real account that must not reach a program in the local cloud.
_FOREIGN = (
    "AWS_ACCOUNT_ID",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_SECURITY_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
)
#: Hosts that no proxy is asked for: the cloud, and AWS, which `hook` refuses.
_NO_PROXY = (
    "127.0.0.1,localhost,amazonaws.com,amazonaws.com.cn,api.aws,aws.dev,on.aws,"
    "aws.amazon.com"
)


def environment(
    url: str, region: str | None = None, inherited: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The variables that send a program's AWS calls to the cloud at `url`.

    Args:
        url: the cloud's address, `http://127.0.0.1:4566`.
        region: the default region; the inherited one, or us-east-1.
        inherited: the environment that they are added to; by default this process's.
    """
    inherited = os.environ if inherited is None else inherited
    region = (
        region
        or inherited.get("AWS_REGION")
        or inherited.get("AWS_DEFAULT_REGION")
        or DEFAULT_REGION
    )
    variables = {
        "CLOUDLET_URL": url,
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": fresh_account.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": fresh_account.SECRET_KEY,
        "AWS_SESSION_TOKEN": fresh_account.SESSION_TOKEN,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        # Both SageMaker SDKs read their opt-out of telemetry from this file.
        "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": str(HOOK / "sagemaker_config.yaml"),
        "PYTHONPATH": _joined(str(HOOK), inherited.get("PYTHONPATH", "")),
    }
    for name in ("NO_PROXY", "no_proxy"):
        variables[name] = _joined(_NO_PROXY, inherited.get(name, ""), ",")
    # The SDKs' own service-specific endpoints would win over AWS_ENDPOINT_URL.
    specific = [n for n in inherited if n.startswith("AWS_ENDPOINT_URL_")]
    return variables | dict.fromkeys(specific, url)


def without_foreign(environ: Mapping[str, str]) -> dict[str, str]:
    """A copy without the variables that name a real account."""
    return {name: value for name, value in environ.items() if name not in _FOREIGN}


def without_cloud(environ: Mapping[str, str]) -> dict[str, str]:
    """A copy for a cloud, which must not take another one for AWS."""
    return {name: value for name, value in environ.items() if name != "CLOUDLET_URL"}


def python_first_on_path() -> dict[str, str]:
    """PATH that finds this environment's `python3` first."""
    here = str(Path(sys.executable).parent)
    return {"PATH": _joined(here, os.environ.get("PATH", "/usr/bin:/bin"))}


def install(url: str, region: str | None = None) -> None:
    """Redirect this process's AWS calls, and those of the programs that it starts."""
    for name in _FOREIGN:
        os.environ.pop(name, None)
    os.environ.update(environment(url, region))
    hook(url)


def hook(url: str | None) -> None:
    """Catch, in this process, what the variables do not; nothing without an address."""
    if url is None:
        return
    if str(HOOK) not in sys.path:
        sys.path.insert(0, str(HOOK))
    import cloudlet_hook

    cloudlet_hook.install(url)


def _joined(first: str, rest: str, separator: str = os.pathsep) -> str:
    parts = [*first.split(separator), *filter(None, rest.split(separator))]
    return separator.join(dict.fromkeys(parts))
