"""What roles, users and groups of an account gain and lose by one template in the place of another"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecrgen.catalog.bind import EXAMPLE_ACCOUNT
from ecrgen.catalog.model import Operation, Target
from ecrgen.errors import EcrgenError
from ecrgen.export.stackset.plan import SetPlan
from ecrgen.export.stackset.values import CreateInstances, DeleteInstances, UpdateSet
from ecrgen.policy.access.wording import HOLDER, POLICY
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.sources.intrinsics import resolved_policy
from ecrgen.proof.whole import told

__all__ = ["Change", "Gain", "access_of"]

DOCUMENTS = {"AWS::IAM::ManagedPolicy": "PolicyDocument", "AWS::ECR::RegistryPolicy": "PolicyText"}
KINDS = {"Roles": "role", "Users": "user", "Groups": "group"}


@dataclass(frozen=True, slots=True)
class Gain:
    """What a grantee of each account gains or loses, or its registry's policy, in words after that subject."""

    grantee: str
    gains: bool
    words: str


REGISTRY = "the registry's policy"


@dataclass(frozen=True, slots=True)
class Change:
    """What changes in accounts of one kind; `unknown` says why nobody can tell."""

    where: str
    gains: tuple[Gain, ...] = ()
    unknown: str = ""


def access_of(plan: SetPlan, operations: Mapping[str, Operation], partition: str, region: str) -> tuple[Change, ...]:
    """What a plan changes in the accounts that stay in the set, those that come to it, and those that leave it."""
    kinds = {type(step) for step in plan.steps}
    changes = {
        "in each account of the set": (UpdateSet in kinds and plan.before != plan.template, plan.before, plan.template),
        "in each account that gets a stack": (CreateInstances in kinds, "", plan.template),
        "in each account that loses its stack": (DeleteInstances in kinds, plan.before, ""),
    }
    found = []
    for where, (happens, before, after) in changes.items():
        if happens:
            try:
                found.append(Change(where, access_by(before, after, operations, partition, region)))
            except EcrgenError as error:
                found.append(Change(where, unknown=str(error)))
    return tuple(found)


def access_by(
    before: str, after: str, operations: Mapping[str, Operation], partition: str, region: str
) -> tuple[Gain, ...]:
    """What whoever had the template `before` gains and loses by `after`; an empty text is no template.

    Every account is like every other here, so that an example stands for each. Raises EcrgenError for a template that
    cannot be compared, as of another hand.
    """
    here = Target(partition, EXAMPLE_ACCOUNT, (region,))
    old, new = held_by(before, here), held_by(after, here)
    return tuple(
        Gain(grantee, each.direction == "gained", each.words(POLICY if grantee == REGISTRY else HOLDER, here))
        for grantee in dict.fromkeys((*new, *old))
        for each in told(operations, old.get(grantee, ()), new.get(grantee, ()))
    )


def held_by(template: str, here: Target) -> dict[str, tuple[PolicyDocument, ...]]:
    """The documents that a template attaches to each role, user and group of an account, and that of its registry."""
    held: dict[str, tuple[PolicyDocument, ...]] = {}
    for type_, properties, document in policies_of(template, here):
        if type_ == "AWS::ECR::RegistryPolicy":
            held[REGISTRY] = (document,)
        for name, kind in KINDS.items():
            for grantee in properties.get(name, ()):
                held[f"{kind}/{grantee}"] = (*held.get(f"{kind}/{grantee}", ()), document)
    return held


def policies_of(template: str, here: Target) -> Iterator[tuple[str, Mapping[str, Any], PolicyDocument]]:
    """The policies of a template: the resource's type and properties, and the document as an account has it."""
    if not template:
        return
    pseudo = {"Partition": here.partition, "AccountId": here.account, "Region": here.regions[0]}
    for name, value in pseudo.items():
        template = template.replace(f"${{AWS::{name}}}", value)
    try:
        resources = json.loads(template)["Resources"]
        for each in resources.values():
            if each["Type"] in DOCUMENTS:
                properties = each["Properties"]
                document, _ = resolved_policy(properties[DOCUMENTS[each["Type"]]], resources)
                yield each["Type"], properties, PolicyDocument.from_dict(document)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise EcrgenError("the template that is there cannot be read, so nobody knows what it gives") from None
