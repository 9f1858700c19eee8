"""What a template leaves to others: a note for each, and what their owners have to add

A repository's policy is a property of the repository, so that only the template which has the repository can set it,
and the registry's is one document for everybody: to own it would be to take away what others say there. CloudFormation
has no attachment by itself either, so that a policy of AWS's own is attached by what makes the role.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ecrgen.account.elsewhere import identities_elsewhere
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.grantees import PermissionSet, grantees_of
from ecrgen.catalog.halves import ResourceHalf, documents_of, halves_of, lets_others_in
from ecrgen.catalog.places import Registry, Repositories
from ecrgen.errors import Problems
from ecrgen.export.cloudformation import spelled
from ecrgen.export.desired import Exported
from ecrgen.export.handed_over import of_aws
from ecrgen.messages import in_words

__all__ = ["for_owners", "notes", "notes_of_aws", "resource_halves"]


def notes(catalog: Catalog, exported: Exported, now: datetime) -> Iterator[str]:
    """A sentence for each thing that the grants need and no policy of this export gives."""
    account, target = exported.desired.namespace.account, exported.target
    for grant in catalog.grants.values():
        if grant.ended(now):
            yield f"grant {grant.name}: has ended and is left out"
            continue
        yield from identities_elsewhere(grant, target.account, account, target)
        sets = [text for text, each in grantees_of(grant.to).items() if isinstance(each, PermissionSet)]
        if sets and not grant.persona.of_registry:
            yield f"grant {grant.name}: {in_words(sets)}: `ecrgen export permission-set` writes what its users need"
        if lets_others_in(grant, target.account, target):
            where = "the registry" if grant.through_registry or grant.persona.of_registry else "its repositories"
            yield (
                f"grant {grant.name}: the policy of {where} in account {grant.target(target).account} has other owners "
                "and is left out; --left-out prints what they add"
            )


def notes_of_aws(exported: Exported) -> Iterator[str]:
    """A sentence for each attachment that a template cannot make."""
    for policy in of_aws(exported.desired):
        holders = [f"{kind}/{name}" for kind, names in policy.holders.items() for name in names]
        name = policy.arn.rpartition("/")[2]
        yield (
            f"grant {policy.grant}: a template cannot attach AWS's own {name} to {in_words(holders)}; "
            "--left-out prints what their owners add"
        )


def resource_halves(catalog: Catalog, exported: Exported, now: datetime) -> tuple[ResourceHalf, ...]:
    """The policies of repositories and registries that the grants need, those of a pattern's repositories as one."""
    problems = Problems()
    found: list[ResourceHalf] = []
    for grant in catalog.grants.values():
        if not grant.ended(now) and lets_others_in(grant, exported.target.account, exported.target):
            with problems.collected(f"grant {grant.name}: "):
                found += halves_of(grant, catalog.namespace, exported.target.account, exported.target).resource
    problems.stop()
    return documents_of(found)


def for_owners(catalog: Catalog, exported: Exported, now: datetime) -> list[dict[str, Any]]:
    """What the owners of repositories, registries, roles, users and groups add to the properties of each."""
    added: list[dict[str, Any]] = []
    for half in resource_halves(catalog, exported, now):
        document = half.policy.to_dict()
        match half.place:
            case Registry(account, region):
                added.append({"registry": {"account": account, "region": region}, "PolicyText": document})
            case Repositories(pattern):
                added.append({"repositories": pattern, "RepositoryPolicyText": document})
            case place:
                added.append({"repository": place.arn, "RepositoryPolicyText": document})
    managed: dict[tuple[str, str], list[Any]] = {}
    for policy in of_aws(exported.desired):
        for kind, names in policy.holders.items():
            for name in names:
                arns = managed.setdefault((kind, name), [])
                arns.append(spelled(policy.arn, exported.unnamed))
    return added + [{kind: name, "ManagedPolicyArns": arns} for (kind, name), arns in managed.items()]
