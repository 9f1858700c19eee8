"""Policies as an export writes them: each with its grant, its part and those whom it is attached to"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ecrgen.account.desired import Desired
from ecrgen.catalog.grantees import IamKind
from ecrgen.policy.document import PolicyDocument
from ecrgen.proof.objections import HandedOut

__all__ = ["OfAws", "Policy", "handed_over", "of_aws", "policies"]

Holders = Mapping[IamKind, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy of a grant, the part of that number; `holders` are names, in order, by kind."""

    name: str
    arn: str
    grant: str
    part: int
    persona: str
    document: PolicyDocument
    holders: Holders


@dataclass(frozen=True, slots=True)
class OfAws:
    """A policy of AWS's own that a grant asks to be attached."""

    arn: str
    grant: str
    holders: Holders


def policies(desired: Desired) -> Iterator[Policy]:
    """The policies of a desired state, in the catalog's order."""
    holders = holders_of(desired)
    for name, policy in desired.policies.items():
        _, part = desired.namespace.grant_and_part(name) or ("", 1)
        held = holders.get((policy.arn, policy.grant), {})
        yield Policy(name, policy.arn, policy.grant, part, policy.persona, policy.document, held)


def of_aws(desired: Desired) -> Iterator[OfAws]:
    """AWS's own policies, once for each grant that asks for one."""
    for (arn, grant), holders in holders_of(desired).items():
        if not desired.namespace.owns(arn):
            yield OfAws(arn, grant, holders)


def handed_over(desired: Desired) -> Iterator[HandedOut]:
    """Every policy that an export makes, for what proof may object to it."""
    for each in policies(desired):
        yield HandedOut(each.grant, each.name, each.persona, each.document, tuple(sorted(each.holders)))


def holders_of(desired: Desired) -> dict[tuple[str, str], dict[IamKind, tuple[str, ...]]]:
    found: dict[tuple[str, str], dict[IamKind, tuple[str, ...]]] = {}
    for attachment in sorted(desired.attachments):
        holders = found.setdefault((attachment.policy, desired.attachments[attachment]), {})
        kind = attachment.grantee.kind
        holders[kind] = (*holders.get(kind, ()), attachment.grantee.name)
    return found
