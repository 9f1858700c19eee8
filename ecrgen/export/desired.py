"""The desired state to export, also for an account, a region or a partition that nobody names.

What nobody names is filled in where the export is deployed. Whether that is the same policy is not assumed but tried:
the catalog is rendered for every region and partition that there is, and each policy has to be the exported one with
other ARNs. Accounts are too many to try all, so besides trying, no template may look at `account` by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ecrgen.account.desired import Desired, DesiredPolicy
from ecrgen.account.from_catalog import desired_of, right_account
from ecrgen.catalog.bind import EXAMPLE_ACCOUNT, EXAMPLE_REGIONS
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.grantees import Grantee, IamEntity, PermissionSet, grantees_of
from ecrgen.catalog.mentions import mentions
from ecrgen.catalog.model import Grant, Target
from ecrgen.errors import EcrgenError, Problems
from ecrgen.export.unnamed import Part, Unnamed
from ecrgen.policy import quotas
from ecrgen.policy.arn import PARTITIONS, partition_of
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.regions import regions

__all__ = ["ACCOUNTS", "Exported", "Where", "to_export"]

# Longer than any document, so that none is in parts.
WHOLE = 1_000_000_000
ACCOUNTS = (EXAMPLE_ACCOUNT, *(f"{number:012}" for number in range(1, 100)))


@dataclass(frozen=True, slots=True)
class Where:
    """The account, regions and partition for which to export; None, or no regions, for what nobody names."""

    account: str | None = None
    regions: tuple[str, ...] = ()
    partition: str | None = None

    @classmethod
    def of(cls, catalog: Catalog, account: str | None, given: tuple[str, ...], partition: str | None) -> Where:
        """What is given, else what the catalog names. The environment does not count: everybody exports the same."""
        named = given or catalog.regions
        partition = partition or (None if given else catalog.partition) or (partition_of(named[0]) if named else None)
        return cls(account or catalog.account, named, partition)


@dataclass(frozen=True, slots=True)
class Exported:
    """A desired state with the texts that stand for what nobody names, and the catalog's target, with them in it."""

    desired: Desired
    unnamed: Unnamed
    target: Target


def to_export(catalog: Catalog, where: Where, now: datetime, limit: int = quotas.MANAGED) -> Exported:
    """The desired state of all grants of the catalog.

    Raises EcrgenError with every problem, and for what nobody names and a policy depends on.
    """
    if where.account is None:
        Problems(needs_account(catalog.grants.values())).stop()
    else:
        right_account(catalog, where.account, where.partition or catalog.partition or "aws", {})
    if where.partition is not None:
        return for_partition(catalog, where, now, limit, unnamed=False)
    try:
        return for_partition(catalog, replace(where, partition="aws"), now, limit, unnamed=True)
    except EcrgenError:  # of a policy that only some partitions can have
        return for_partition(catalog, replace(where, partition="aws"), now, limit, unnamed=False)


def needs_account(grants: Iterable[Grant]) -> Iterator[str]:
    """A problem for each grant that means something else in each account."""
    for grant in grants:
        elsewhere = [text for text, each in grantees_of(grant.to).items() if not of_any_account(each)]
        if elsewhere or grant.account:
            what = f"is to {elsewhere[0]}" if elsewhere else f"names account {grant.account}"
            yield f"grant {grant.name}: {what}, and nobody says which account is the catalog's; {name_it('account')}"
        templates = (grant.persona.template, *(guard.guard.template for guard in grant.guards))
        for template in templates:
            if mentions(template, "account"):
                yield f"grant {grant.name}: {template.name} may decide by the account; {name_it('account')}"


def of_any_account(grantee: Grantee) -> bool:
    """True for one that every account may have, and that needs nothing from another one."""
    return isinstance(grantee, IamEntity | PermissionSet) and grantee.account is None


def name_it(part: Part) -> str:
    return f"name {part} in the catalog, or --{part}"


def for_partition(catalog: Catalog, where: Where, now: datetime, limit: int, *, unnamed: bool) -> Exported:
    """The desired state in a partition, which is one of what nobody names if `unnamed`."""
    partition = where.partition or ""
    example = Where(where.account or EXAMPLE_ACCOUNT, where.regions or (EXAMPLE_REGIONS[partition],), partition)
    text = "" if where.account and where.regions else str(desired(catalog, example, now))
    account = where.account or next(each for each in ACCOUNTS if each not in text)
    named = where.regions or (next(each for each in in_partition(partition) if each not in text),)
    filled = Where(account, named, partition)
    unnamed_parts = Unnamed(
        partition if unnamed else "", "" if where.account else account, "" if where.regions else named[0]
    )
    if unnamed_parts.parts:
        prove(catalog, filled, unnamed_parts, now)
    room = limit
    while True:
        made = desired_state_of(catalog, filled, now, room)
        excess = max((longest(each, unnamed_parts) for each in made.policies.values()), default=0) - limit
        if excess <= 0:
            home = catalog.account or account
            return Exported(made, unnamed_parts, catalog.target(home, filled.regions, partition))
        room -= excess


def prove(catalog: Catalog, where: Where, unnamed: Unnamed, now: datetime) -> None:
    """Raises EcrgenError, with every grant, where another place is not the same policy with other ARNs."""
    made = desired(catalog, where, now)
    problems: dict[str, None] = {}
    for partition in PARTITIONS if unnamed.partition else (where.partition or "",):
        for region in in_partition(partition) if unnamed.region else ("",):
            account = ACCOUNTS[-1] if unnamed.account else where.account
            there = desired(catalog, Where(account, (region,) if region else where.regions, partition), now)
            values: dict[Part, str] = {"partition": partition, "account": account or "", "region": region}
            for grant, document in made.items():
                if unnamed.filled(document, values) != there.get(grant):
                    problems[f"grant {grant}: says something else in {region or partition}; {name_it('region')}"] = None
    Problems(problems).stop()


def desired(catalog: Catalog, where: Where, now: datetime) -> dict[str, object]:
    """The whole document of each grant, in as many characters as it takes."""
    policies = desired_state_of(catalog, where, now, WHOLE).policies.values()
    return {policy.grant: policy.document.to_dict() for policy in policies}


def desired_state_of(catalog: Catalog, where: Where, now: datetime, limit: int) -> Desired:
    assert where.account is not None, "an account was chosen"
    assert where.partition is not None, "a partition was chosen"
    return desired_of(
        catalog,
        catalog.grants.values(),
        account=where.account,
        partition=where.partition,
        region=where.regions,
        now=now,
        limit=limit,
    )


def in_partition(partition: str) -> tuple[str, ...]:
    """The regions of a partition, those with the longest names first."""
    names = (name for name, there in regions().items() if there == partition)
    return tuple(sorted(names, key=lambda name: (-len(name), name)))


def longest(policy: DesiredPolicy, unnamed: Unnamed) -> int:
    """The size of a policy's document with the longest names in the place of what nobody names."""
    partition = max(PARTITIONS, key=len)
    region = max(regions(), key=len)
    values: dict[Part, str] = {"partition": partition, "account": EXAMPLE_ACCOUNT, "region": region}
    return PolicyDocument.from_dict(unnamed.filled(policy.document.to_dict(), values)).size
