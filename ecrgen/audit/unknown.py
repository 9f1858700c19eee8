"""What stands for a policy that is there and that nobody has read: one that allows the most, or one that denies it all.

Whatever the policy says lies between the two, because no answer gets less by an Allow, or more by a Deny.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.elements import Principals
from ecrgen.policy.layers import Layer
from ecrgen.policy.request import Request

__all__ = ["Extreme", "stand_in"]

Extreme = Literal["Allow", "Deny"]
WITH_PRINCIPAL: frozenset[Layer] = frozenset(("resource", "rcp", "endpoint"))


def stand_in(effect: Extreme, layer: Layer, request: Request) -> PolicyDocument:
    """The policy of a layer that allows, or denies, the most that any could to whoever makes this request."""
    arn = request.keys.get("aws:principalarn")
    service = request.caller is not None and request.caller.type == "Service"
    return extreme(effect, layer, request.principal, arn if isinstance(arn, str) else "", service)


@lru_cache(maxsize=4096)
def extreme(effect: Extreme, layer: Layer, principal: str, arn: str, service: bool) -> PolicyDocument:
    """Of a resource's policy it names the caller, too, by each form that lets it pass what limits others.

    A boundary and a session's policy do not limit what a resource's policy gives to a user, a session or a federated
    user by its own ARN, or to everybody with aws:PrincipalArn equal to the caller's.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    """
    everybody = Statement(effect, principal="*" if layer in WITH_PRINCIPAL else None, action="*", resource="*")
    if layer != "resource" or effect == "Deny" or principal == "*":
        return PolicyDocument(everybody)
    named: Principals = (("Service" if service else "AWS", principal),)
    statements = [everybody, Statement(effect, principal=named, action="*", resource="*")]
    if arn:
        by_name = (("ArnEquals", (("aws:PrincipalArn", arn),)),)
        statements.append(Statement(effect, principal="*", action="*", resource="*", condition=by_name))
    return PolicyDocument(tuple(statements))
