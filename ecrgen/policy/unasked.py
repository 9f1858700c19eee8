"""The layers of which no policy was given, and that could change a decision."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ecrgen.policy.combine import Voice, binding, bound, needs, tally, verdict
from ecrgen.policy.layers import Layer, Policies, limits_of
from ecrgen.policy.request import Request

__all__ = ["that_could_allow", "that_could_deny"]

# The layers whose Allow grants something, by the voice that grants most.
GRANTING: dict[Layer, Voice] = {"identity": "identity", "resource": "caller", "session": "session"}


def that_could_deny(request: Request, policies: Policies) -> tuple[Layer, ...]:
    """The absent layers in which a Deny, or the want of an Allow, could take an Allow away."""
    return tuple(layer for layer in having_a_say(request) if not policies.of(layer))


def that_could_allow(request: Request, policies: Policies) -> tuple[Layer, ...]:
    """The absent layers by whose Allow, alone or together with that of others, an implicit deny becomes an Allow.

    Across accounts with no policy at all, identity and resource are wanting together; with an identity policy that
    allows, resource alone; with one that does not, nothing, for the caller's account has spoken.
    """
    policies = binding(request, policies)
    heard = frozenset(tally(request, policies)[1])
    absent = [layer for layer in that_could_deny(request, policies) if layer in GRANTING]
    if request.resource == "*" and "resource" in absent:
        absent.remove("resource")
    enough = [
        set(chosen)
        for size in range(1, len(absent) + 1)
        for chosen in combinations(absent, size)
        if allowed_with(request, policies, heard | {(GRANTING[layer], 0) for layer in chosen}, "session" in chosen)
    ]
    return tuple(
        layer
        for layer in absent
        if any(layer in chosen and not any(fewer < chosen for fewer in enough) for chosen in enough)
    )


def allowed_with(request: Request, policies: Policies, heard: frozenset[tuple[Voice, int]], session: bool) -> bool:
    limits = limits_of(policies)
    kind = request.caller.type if request.caller else None
    return verdict(needs(request), kind, limits._replace(session=limits.session or session), heard).allowed


def having_a_say(request: Request) -> Iterator[Layer]:
    """The layers whose policies concern the request where there are some.

    A request on nothing but `*` concerns no resource policy but that of an ECR registry. No AWS service comes through
    a customer's VPC endpoint.
    """
    kind = request.caller.type if request.caller else None
    if kind not in ("Account", "Service"):
        yield "identity"
    if request.resource != "*" or request.action.lower().startswith("ecr:"):
        yield "resource"
    if kind not in ("Account", "Service"):
        yield "boundary"
    if kind in (None, "AssumedRole", "FederatedUser"):
        yield "session"
    caller_bound, resource_bound = bound(request)
    if caller_bound:
        yield "scp"
    if resource_bound:
        yield "rcp"
    if kind != "Service":
        yield "endpoint"
