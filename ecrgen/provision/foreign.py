"""Policies below the namespace's path that no grant explains, by their names or by the numbers of their parts"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ecrgen.account.desired import Desired
from ecrgen.account.provenance import CATALOG
from ecrgen.account.state import IamState
from ecrgen.provision.changes import Delete, Detach, Plan, Update, name_of, revokes

__all__ = ["Other", "foreign", "of_other_catalogs", "other_namespaces"]


@dataclass(frozen=True, slots=True)
class Other:
    """A policy that a plan changes or takes away, and that another catalog put there."""

    name: str
    catalog: str
    goes: bool

    def words(self, own: str) -> str:
        """What to do about it, in words for whoever has the catalog `own`."""
        return (
            f"{self.name} belongs to catalog {self.catalog}, and this is {own}; give each a namespace of its own, or "
            f"set `id: {self.catalog}` where both are one catalog"
        )


def of_other_catalogs(plan: Plan, actual: IamState) -> Iterator[Other]:
    """The policies that a plan changes or takes away and whose tags name another catalog; tags that nobody read do not.

    Nothing can be told for a plan whose catalog is not known.
    """
    changes = [each for each in plan.changes if isinstance(each, Update | Detach | Delete)]
    gone = {name_of(each) for each in changes if revokes(each)}
    for name in dict.fromkeys(map(name_of, changes)):
        policy = actual.policies.get(name)
        catalog = (policy.tags or {}).get(CATALOG) if policy else None
        if plan.catalog and catalog and catalog != plan.catalog:
            yield Other(name, catalog, name in gone)


def other_namespaces(actual: IamState) -> list[str]:
    """The names of the account's other namespaces, as its policies' paths say."""
    start = actual.namespace.arn("").removesuffix(f"{actual.namespace.name}/")
    below = (arn.removeprefix(start).split("/") for arn in actual.taken.values() if arn.startswith(start))
    return sorted({parts[0] for parts in below if len(parts) == 2} - {actual.namespace.name})


def foreign(desired: Desired, actual: IamState) -> Iterator[tuple[str, str]]:
    """The names of such policies, and why each belongs to no grant.

    A grant that the catalog no longer has is explained as long as its parts are numbered without a gap.
    """
    asked = {policy.grant for policy in desired.policies.values()} | set(desired.attachments.values())
    for name in actual.policies:
        found = desired.namespace.grant_and_part(name)
        if name in desired.policies:
            continue
        if found is None:
            yield name, f"no grant of namespace {desired.namespace.name} gives a policy this name"
            continue
        grant, part = found
        before = (desired.namespace.policy_name(grant, number) for number in range(1, part))
        if grant in asked:
            yield name, f"grant {grant} has no {'policy of its own' if part == 1 else f'part {part}'}"
        elif not all(each in actual.policies for each in before):
            yield name, f"it says part {part} of grant {grant}, which has no part before it"
