"""The registry's policy that a catalog asks for, as a CloudFormation template for any account and the catalog's regions

A registry's policy is one document, so that a stack has all of it, whoever else wanted to say something there.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-registrypolicy.html

That it says the same everywhere is tried: it is made for each region and for two accounts that nobody names, and each
has to be the same one with other ARNs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.grantees import IamEntity, grantees_of
from ecrgen.catalog.halves import ResourceHalf, documents_of, halves_of
from ecrgen.catalog.mentions import mentions
from ecrgen.catalog.model import Grant, Target
from ecrgen.catalog.places import Registry
from ecrgen.errors import EcrgenError, Problems
from ecrgen.export.cloudformation import spelled
from ecrgen.export.desired import ACCOUNTS
from ecrgen.export.unnamed import Unnamed
from ecrgen.proof.objections import HandedOut

__all__ = ["RegistryTemplate", "in_registry_alone", "registry_template"]


@dataclass(frozen=True, slots=True)
class RegistryTemplate:
    """The template as JSON values, and what it is made of at an example account, for what proof may object to it.

    `grantees` are the roles and users that it names, which each account has to have.
    """

    template: Mapping[str, Any]
    handed_out: tuple[HandedOut, ...]
    target: Target
    grantees: tuple[str, ...]


def in_registry_alone(grant: Grant) -> bool:
    """True for a grant of which nothing is said but in the registry's policy."""
    if grant.persona.of_registry:
        return True
    return grant.through_registry and not any(isinstance(each, IamEntity) for each in grantees_of(grant.to).values())


def registry_template(catalog: Catalog, regions: tuple[str, ...], now: datetime) -> RegistryTemplate:
    """The policy of every registry in these regions. Raises EcrgenError with every problem."""
    grants = [
        each
        for each in catalog.grants.values()
        if (each.persona.of_registry or each.through_registry) and not each.ended(now)
    ]
    if not grants:
        raise EcrgenError("--registry: no grant of the catalog stands in the registry's policy")
    Problems(of_one_account(grants)).stop()
    first, second = unnamed_accounts(grants)
    target = catalog.target(first, regions)
    said = said_in(grants, catalog.namespace, target, regions[0])
    for account in (first, second):
        for region in regions:
            if said_in(grants, catalog.namespace, catalog.target(account, regions), region) != said:
                raise EcrgenError(f"--registry: the policy says something else in {region}; divide the catalog")
    held = tuple(
        HandedOut(grant.name, str(half.place), grant.persona.name, half.policy, policy_type=half.place.kind.name)
        for grant, half in halves_at(grants, catalog.namespace, target, regions[0])
    )
    grantees = tuple(sorted({text for each in grants for text in own_grantees(each)}))
    return RegistryTemplate(template_of(catalog.namespace, said), held, target, grantees)


def template_of(namespace: str, document: Any) -> dict[str, Any]:
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"The registry's policy that the catalog of namespace {namespace} asks for, made by ecrgen",
        "Resources": {
            "RegistryPolicy": {
                "Type": "AWS::ECR::RegistryPolicy",
                "DeletionPolicy": "Delete",
                "Properties": {"PolicyText": document},
            }
        },
    }


def unnamed_accounts(grants: Iterable[Grant]) -> tuple[str, str]:
    """Two accounts that none of the grants speaks of."""
    named = set(re.findall("[0-9]{12}", str([(each.to, each.arguments, each.guards) for each in grants])))
    first, second, *_ = (account for account in ACCOUNTS if account not in named)
    return first, second


def of_one_account(grants: Iterable[Grant]) -> Iterator[str]:
    """A problem for each grant that means something else in each account."""
    for grant in grants:
        if grant.account:
            yield f"grant {grant.name}: names account {grant.account}, and a stack set is for many"
        for template in (grant.persona.template, *(guard.guard.template for guard in grant.guards)):
            if mentions(template, "account"):
                yield f"grant {grant.name}: {template.name} may decide by the account, and a stack set is for many"


def own_grantees(grant: Grant) -> Iterator[str]:
    for text, each in grantees_of(grant.to).items():
        if grant.persona.of_registry and isinstance(each, IamEntity) and each.account is None:
            yield text


def halves_at(
    grants: Iterable[Grant], namespace: str, target: Target, region: str
) -> tuple[tuple[Grant, ResourceHalf], ...]:
    """What each grant says in the registry's policy of a region."""
    problems = Problems()
    found: list[tuple[Grant, ResourceHalf]] = []
    for grant in grants:
        with problems.collected(f"grant {grant.name}: "):
            halves = halves_of(grant, namespace, target.account, target).resource
            found += ((grant, half) for half in halves if half.place == Registry(target.account, region))
    problems.stop()
    return tuple(found)


def said_in(grants: Iterable[Grant], namespace: str, target: Target, region: str) -> Any:
    """The document of a registry, with pseudo parameters for its account and its region."""
    halves = documents_of(half for _, half in halves_at(grants, namespace, target, region))
    if not halves:
        raise EcrgenError(f"--registry: the grants say nothing in the registry's policy in {region}")
    return spelled(halves[0].policy.to_dict(), Unnamed(account=target.account, region=region))
