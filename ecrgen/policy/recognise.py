"""The kind of policy that a document is taken for, by what it holds: nothing in a document says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from ecrgen.errors import EcrgenError
from ecrgen.messages import did_you_mean, quoted
from ecrgen.policy import reference
from ecrgen.policy.kinds import (
    IDENTITY,
    KINDS,
    PUBLIC_REPOSITORY,
    REGISTRY,
    REPOSITORY,
    RESOURCE_CONTROL,
    TRUST,
    VPC_ENDPOINT,
    PolicyKind,
)

__all__ = ["Recognised", "as_type", "recognise"]

Statements = Sequence[Mapping[str, object]]

TOKEN = "ecr:getauthorizationtoken"
# What a registry policy was made for; each works on repositories that may not exist yet, so on none of a repository's.
REGISTRY_ACTIONS = frozenset(("ecr:replicateimage", "ecr:createrepository", "ecr:batchimportupstreamimage"))
# Those that a repository's own policy never decides.
OF_REGISTRY = REGISTRY_ACTIONS - {"ecr:batchimportupstreamimage"}
EVERYTHING = frozenset(("*", "*:*", "ecr:*"))


class Recognised(NamedTuple):
    """A kind, and whether nothing else is possible; else it is the likely one."""

    kind: PolicyKind
    certain: bool


def as_type(data: object, policy_type: str | None) -> Recognised:
    """The kind that somebody said, or the one that JSON values are taken for.

    `policy_type` is a kind's name, `resource` for whichever policy of a resource it looks like, or None. Raises
    EcrgenError for another.
    """
    if policy_type is None:
        return recognise(data)
    if policy_type == "resource":
        kind = recognise(data).kind
        return Recognised(kind if kind.slot == "resource" else REPOSITORY, True)
    if policy_type not in KINDS:
        raise EcrgenError(f"{quoted(policy_type)}: no kind of policy; {did_you_mean(policy_type, KINDS)}")
    return Recognised(KINDS[policy_type], True)


def recognise(data: object) -> Recognised:
    """The kind of a document of JSON values, well-formed or not.

    Policies without principals look alike, whatever they are attached to: such a one is taken for an identity policy.
    """
    statements = statements_of(data)
    if not any("Principal" in one or "NotPrincipal" in one for one in statements):
        return Recognised(IDENTITY, False)
    actions = frozenset(
        text.lower() for one in statements for name in ("Action", "NotAction") for text in texts_of(one.get(name))
    )
    services = frozenset(action.partition(":")[0] for action in actions)
    if services == {"sts"}:
        return Recognised(TRUST, True)
    if services == {"ecr-public"}:
        return Recognised(PUBLIC_REPOSITORY, True)
    placed = [one for one in statements if "Resource" in one or "NotResource" in one]
    if not placed and actions and actions <= OF_REGISTRY:
        # it has to name repositories: that it does not is a finding
        return Recognised(REGISTRY, False)
    if not placed:
        return Recognised(REPOSITORY, True)
    if len(placed) < len(statements):
        return Recognised(REPOSITORY, False)
    return with_resources(statements, actions)


def with_resources(statements: Statements, actions: frozenset[str]) -> Recognised:
    """The kind of a document in which every statement names principals and resources.

    - A login token on everything, which no resource's policy can give, is in an endpoint's policy.
    - What only a registry decides is in a registry policy, and so are several repositories or a pattern of them.
    - What denies everybody something on everything is likely a resource control policy, and what allows all actions
      there an endpoint's.
    - Actions on `*`, or on one repository, are likely a repository's own policy: AWS's examples of these have `*`.
    """
    named = {text for one in statements for name in ("Resource", "NotResource") for text in texts_of(one.get(name))}
    of_registry = not actions.isdisjoint(REGISTRY_ACTIONS) or any(map(is_registrys, actions))
    if TOKEN in actions and "*" in named:
        return Recognised(VPC_ENDPOINT, not of_registry)
    if of_registry:
        return Recognised(REGISTRY, named != {"*"})
    if named == {"*"} and not actions.isdisjoint(EVERYTHING):
        if all(denies_everybody(one) for one in statements):
            return Recognised(RESOURCE_CONTROL, False)
        if "ecr:*" not in actions:
            return Recognised(VPC_ENDPOINT, False)
    if "*" not in named and (len(named) > 1 or any("*" in text or "?" in text for text in named)):
        return Recognised(REGISTRY, False)
    return Recognised(REPOSITORY, False)


@lru_cache(maxsize=1024)
def is_registrys(action: str) -> bool:
    """True for the name of an action of ECR that is on no repository, the login token aside."""
    if not action.startswith("ecr:") or action == TOKEN:
        return False
    known = reference.action(action)
    return known is not None and not known.resource_types


def denies_everybody(statement: Mapping[str, object]) -> bool:
    return statement.get("Effect") == "Deny" and statement.get("Principal") in ("*", {"AWS": "*"})


def statements_of(data: object) -> Statements:
    found = data.get("Statement") if isinstance(data, Mapping) else None
    listed: Iterable[object] = found if isinstance(found, list) else [found]
    return [one for one in listed if isinstance(one, Mapping)]


def texts_of(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str)]
