"""SimulatePrincipalPolicy: what the policies of a role or user allow.

moto has no such operation, and SDK v3 asks it before it trains. The policies are those
that stand in the cloud's IAM, judged by the evaluator with which moto can enforce them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudlet.errors import AwsError
from cloudlet.gateway.call import Answer, Call
from cloudlet.gateway.registry import operation

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend


class NoSuchEntity(AwsError):  # noqa: N818 - the wire name
    """The principal does not exist."""

    status = 404


@operation("iam", "SimulatePrincipalPolicy")
def simulate_principal_policy(call: Call, request: dict[str, Any]) -> Answer:
    """One decision for each action and resource."""
    from moto.iam.access_control import IAMPolicy, PermissionResult
    from moto.iam.models import iam_backends

    backend = iam_backends[call.scope.account_id]["aws"]
    standing = _policies(backend, request["PolicySourceArn"])
    policies = [IAMPolicy(p) for p in [*standing, *request.get("PolicyInputList", [])]]
    results = []
    for action in request["ActionNames"]:
        for resource in request.get("ResourceArns") or ["*"]:
            found = {
                policy.is_action_permitted(action, resource) for policy in policies
            }
            decision = "implicitDeny"
            if PermissionResult.DENIED in found:
                decision = "explicitDeny"
            elif PermissionResult.PERMITTED in found:
                decision = "allowed"
            results.append(
                {
                    "EvalActionName": action,
                    "EvalResourceName": resource,
                    "EvalDecision": decision,
                    "MatchedStatements": [],
                    "MissingContextValues": [],
                }
            )
    return {"EvaluationResults": results, "IsTruncated": False}


def _policies(backend: IAMBackend, arn: str) -> list[Any]:
    """Attached and inline policies, in the forms that moto's evaluator takes."""
    kind, _, path = arn.split(":", 5)[-1].partition("/")
    name = path.rsplit("/", 1)[-1]
    owners = {"role": backend.roles.values(), "user": backend.users.values()}
    for owner in owners.get(kind, ()):
        if owner.name == name:
            inline = owner.policies
            texts = inline.values() if isinstance(inline, dict) else inline
            return [*owner.managed_policies.values(), *texts]
    raise NoSuchEntity(f"The {kind} with name {name} cannot be found.")
