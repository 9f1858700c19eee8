"""Who has which policy: the identity policies of accounts, each document once, with those who have it"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ecrgen.account.account import Account, Held
from ecrgen.account.namespace import Namespace
from ecrgen.catalog.model import Target
from ecrgen.errors import EcrgenError
from ecrgen.policy.arn import Arn
from ecrgen.policy.aws_policies import aws_policies

__all__ = ["Holders", "aws_name", "held_by"]

OF_AWS = ":iam::aws:policy/"


@dataclass(slots=True)
class Holders:
    """Those that have a policy with the same document, as grantees, and the policy's names with each.

    `home` is their account. `own`: the catalog's grants have made it.
    """

    held: Held
    home: Target
    own: bool = False
    names: dict[str, list[str]] = field(default_factory=dict)

    @property
    def to(self) -> tuple[str, ...]:
        return tuple(self.names)

    def named(self, some: Iterable[str] | None = None) -> tuple[str, ...]:
        """The policy's names, with all who have it or with some of them."""
        return tuple(name for to in (self.to if some is None else some) for name in self.names[to])


def held_by(
    accounts: Iterable[Account], homes: Mapping[str, Target], home: Target, namespace: str | None
) -> Iterator[Holders]:
    """The policies of all, once for each document of an account and of AWS's own; a group's are the group's.

    `namespace` is the catalog's, where that has grants: what they have made is apart.
    """
    found: dict[object, Holders] = {}
    for account in accounts:
        if account.principals is None:
            raise EcrgenError(f"{account.source}: holds no users and roles of account {account.id}, so no policies")
        for name, principal in account.principals.items():
            arn = Arn.parse(principal.arn)
            for held in principal.policies:
                grantee = f"group/{held.group}" if held.group else arn.resource if arn else name
                to = grantee if account.id == home.account else f"arn:{account.partition}:iam::{account.id}:{grantee}"
                text = held.unknown if held.document is None else held.document.to_json()
                own = namespace is not None and Namespace(account.partition, account.id, namespace).owns(held.name)
                key = account.id, aws_name(held), text, own
                holders = found.setdefault(key, Holders(held, homes[account.id], own))
                names = holders.names.setdefault(to, [])
                if f"{held.name} of {to}" not in names:
                    names.append(f"{held.name} of {to}")
    yield from found.values()


def aws_name(held: Held) -> str:
    """The name of a policy of AWS's own; empty for any other."""
    if OF_AWS in held.name:
        return held.name.rpartition("/")[2]
    return next((each.name for each in aws_policies().values() if str(each) == held.name), "")
