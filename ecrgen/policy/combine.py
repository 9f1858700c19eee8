"""How the layers' answers make one: whose Allow a request needs, and whom the implicit deny of a limit does not stop.

Written once for every logic in which `min` is and, `max` is or: truth and falsehood, and Kleene's three values.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, Literal, NamedTuple, TypeVar, assert_never

from ecrgen.policy.caller import CallerType
from ecrgen.policy.layers import Layer, Limits, Policies
from ecrgen.policy.principals import Reach
from ecrgen.policy.request import Request
from ecrgen.policy.statements import Match, applying

__all__ = [
    "Allowed",
    "Allows",
    "Needs",
    "Verdict",
    "Voice",
    "allows",
    "binding",
    "bound",
    "checks",
    "needs",
    "tally",
    "verdict",
    "voice_of",
]

# Whose policies have to allow a request before it is allowed.
Needs = Literal["nobody", "either", "both", "resource"]
# Who says that a request is allowed: a layer, or a resource's policies by how far they reach.
Voice = Layer | Reach
Truth = TypeVar("Truth", bound=int)

SERVICE_LINKED_ROLE = re.compile(r"arn:[^:]*:iam::[^:]*:role/aws-service-role/.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Allows(Generic[Truth]):
    """The truth of each layer's Allow; a limit that is not in force allows everything.

    A resource's policies allow by statements that name the `caller` itself, that name it among others so that its
    boundary and session limit it still (`limited`), or that name its `account`.
    """

    identity: Truth
    caller: Truth
    limited: Truth
    account: Truth
    boundary: Truth
    session: Truth
    scp: Truth
    endpoint: Truth


def voice_of(layer: Layer, reach: Reach) -> Voice:
    return reach if layer == "resource" else layer


def allows(
    kind: CallerType | None, limits: Limits, truth: Callable[[Voice, int], Truth], *, no: Truth, yes: Truth
) -> Allows[Truth]:
    """What every layer says to a caller of that type, by the truth of what a voice says at a level.

    Every level of service control policies has to allow; one without any policy allows nothing. A federated user
    without a session policy has nothing by its identity policies.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
    """
    named, among = truth("caller", 0), truth("limited", 0)
    if limits.session and kind == "User":
        # only a federated session of the user has a session policy, and that is not the user itself
        named, among = no, max(named, among)
    without_session = no if kind == "FederatedUser" else yes
    return Allows(
        identity=truth("identity", 0),
        caller=named,
        limited=among,
        account=truth("account", 0),
        boundary=truth("boundary", 0) if limits.boundary else yes,
        session=truth("session", 0) if limits.session else without_session,
        scp=min((truth("scp", level) for level in range(limits.scps)), default=yes),
        endpoint=truth("endpoint", 0) if limits.endpoint else yes,
    )


def checks(need: Needs, say: Allows[Truth]) -> Iterator[tuple[Layer, Truth]]:
    """What must be true for a request to be allowed that nothing denies, in AWS's order; the first that fails decides.

    Resource control policies are not among them: RCPFullAWSAccess, which allows everything, is attached everywhere and
    cannot be detached. In the own account a statement that names the caller itself passes the implicit deny of its
    boundary and session; across accounts, nothing does.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    """
    yield "scp", say.scp
    yield "endpoint", say.endpoint
    match need:
        case "nobody":
            return
        case "resource":
            yield "resource", max(say.caller, say.limited, say.account)
        case "either":
            yield "identity", max(say.identity, say.caller, say.limited)
            yield "boundary", max(say.caller, say.boundary)
            yield "session", max(say.caller, say.session)
        case "both":
            yield "resource", max(say.caller, say.limited, say.account)
            yield "identity", say.identity
            yield "boundary", say.boundary
            yield "session", say.session
        case _:
            assert_never(need)


def needs(request: Request) -> Needs:
    """Whose Allow a request needs, where nothing denies it.

    The root user needs nobody's in the own account and only the resource policy's in another; an AWS service has no
    identity policies; everybody else needs either in the own account and both across accounts. A resource without an
    account in its ARN (and `*`) counts as the caller's own.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    """
    caller = request.caller
    if caller is None:
        return "either"
    if caller.type == "Service":
        return "resource"
    owner = None if request.resource == "*" else request.keys.get("aws:resourceaccount")
    own = owner is None or (owner == caller.account and request.resource.split(":", 2)[1] == caller.partition)
    if caller.type == "Account":
        return "nobody" if own else "resource"
    return "either" if own else "both"


def binding(request: Request, policies: Policies) -> Policies:
    """The policies without those of an organisation that do not bind.

    Neither kind binds a service-linked role, which is known by its path (of a session: by aws:PrincipalArn, where the
    context has it). The service control policies bind the caller: not the management account's, and no AWS service;
    resource control policies bind what belongs to any other account.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    """
    if not policies.scps and not policies.rcps:
        return policies
    scps, rcps = bound(request)
    return policies._replace(scps=policies.scps if scps else (), rcps=policies.rcps if rcps else ())


def bound(request: Request) -> tuple[bool, bool]:
    """Whether service control policies bind the caller, and resource control policies the resource."""
    principal = request.keys.get("aws:principalarn")
    if isinstance(principal, str) and SERVICE_LINKED_ROLE.fullmatch(principal):
        return False, False
    caller = request.caller
    owner = request.keys.get("aws:resourceaccount") or (caller.account if caller else None)
    asking = caller.account if caller else owner
    management = request.management_account
    is_service = caller is not None and caller.type == "Service"
    return not is_service and (management is None or asking != management), management is None or owner != management


class Verdict(NamedTuple):
    """Whether a request is allowed that nothing denies, the layer that decides, and the voices that allow it."""

    allowed: bool
    layer: Layer
    voices: tuple[Voice, ...]


@lru_cache(maxsize=4096)
def verdict(need: Needs, kind: CallerType | None, limits: Limits, heard: frozenset[tuple[Voice, int]]) -> Verdict:
    """The verdict on a caller of that type where these voices allow, each at its level."""
    say = allows(kind, limits, lambda voice, level: (voice, level) in heard, no=False, yes=True)
    for layer, holds in checks(need, say):
        if not holds:
            return Verdict(False, layer, ())
    voices: tuple[Voice, ...] = ("identity", "caller", "limited") if say.boundary and say.session else ("caller",)
    if need != "either":
        voices = (*voices, "account")
    by_resource = any((voice, 0) in heard for voice in voices if voice != "identity")
    return Verdict(True, "resource" if by_resource else "identity", voices)


# The Allow statements that apply, by whose they are.
Allowed = dict[tuple[Voice, int], list[Match]]


def tally(request: Request, policies: Policies) -> tuple[list[Match], Allowed]:
    """The statements that apply to a request: those that deny, and those that allow."""
    denied: list[Match] = []
    allowed: Allowed = {}
    bounded = policies.boundary is not None
    for layer, level, documents in policies.in_force():
        for statement, match, reach in applying(request, documents, layer, level, bounded=bounded):
            if statement.effect == "Deny":
                denied.append(match)
            else:
                allowed.setdefault((voice_of(layer, reach), level), []).append(match)
    return denied, allowed
