"""Parties to a grant across accounts: somebody of each grantee, and strangers, who must have nothing by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, islice
from typing import assert_never

from ecrgen.catalog.grantees import (
    AnAccount,
    Grantee,
    IamEntity,
    Organization,
    PermissionSet,
    Service,
    account_of,
    grantees_of,
)
from ecrgen.catalog.model import Grant
from ecrgen.policy.names import ACCOUNT_DIGITS

__all__ = ["OUTSIDE", "Party", "members", "strangers"]

Context = Mapping[str, str | tuple[str, ...]]

# A name that nobody has, so that it is no grantee's.
NOBODY = "ecrgen-stranger"
SERVICES = ("ecs-tasks.amazonaws.com", "glue.amazonaws.com", "batch.amazonaws.com")
# In no other organization than this one, which is nobody's.
OUTSIDE: Context = {"aws:PrincipalOrgID": "o-0000000000", "aws:PrincipalOrgPaths": ("o-0000000000/r-0000/",)}
# What the name of a permission set's role ends in is of 16 characters.
# https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
SUFFIX = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who asks: in words, the principal, what is known of the context, and the number of the grantee.

    `identity` says whether policies can be attached to such a one.
    """

    words: str
    principal: str
    context: Context = field(default_factory=dict)
    number: int = 0
    identity: bool = True


def members(grant: Grant, home: str, registry: str, partition: str) -> Iterator[Party]:
    """Somebody of each grantee whom a policy of account `registry` has to name."""
    own = grant.persona.of_registry
    for number, (text, grantee) in enumerate(grantees_of(grant.to).items()):
        account = account_of(grantee, home) or elsewhere(grant, home, registry)
        if own or account != registry:
            principal, context = somebody(grantee, account, partition)
            yield Party(text, principal, context, number, not isinstance(grantee, Service))


def somebody(grantee: Grantee, account: str, partition: str) -> tuple[str, Context]:
    """A principal that a grantee is, or that is one of it, with the context that makes it so."""
    match grantee:
        case IamEntity():
            return f"arn:{partition}:iam::{account}:{grantee.kind}{grantee.path or '/'}{grantee.name}", {}
        case AnAccount():
            return session(account, partition), {}
        case Organization():
            path = "/".join((grantee.id, *(grantee.units or ("r-0000",)), ""))
            return session(account, partition), {"aws:PrincipalOrgID": grantee.id, "aws:PrincipalOrgPaths": (path,)}
        case PermissionSet():
            return reserved_role(grantee.name, account, partition), {}
        case Service():
            return grantee.name, {}
        case _:
            assert_never(grantee)


def strangers(grant: Grant, home: str, registry: str, partition: str) -> Iterator[Party]:
    """Those who are next to the grantees and no grantees."""
    grantees = tuple(grantees_of(grant.to).values())
    other = elsewhere(grant, home, registry)
    whole = {each.id for each in grantees if isinstance(each, AnAccount)}
    for number, each in enumerate(grantees):
        account = account_of(each, home) or other
        match each:
            case IamEntity() if account not in whole:
                principal = f"arn:{partition}:iam::{account}:{each.kind}/{NOBODY}"
                yield Party(f"another {each.kind} of account {account}", principal, OUTSIDE, number)
            case PermissionSet() if account not in whole:
                role = reserved_role(f"{each.name}_{NOBODY}", account, partition)
                yield Party(f"another permission set of account {account}", role, OUTSIDE, number)
                yield Party(f"a role of account {account}", session(account, partition), OUTSIDE, number)
            case Organization(id, units) if units and Organization(id) not in grantees:
                above: Context = {"aws:PrincipalOrgID": id, "aws:PrincipalOrgPaths": (f"{id}/{units[0]}/",)}
                yield Party(f"another unit of organization {id}", session(other, partition), above, number)
            case Service():
                others = (name for name in SERVICES if Service(name) not in grantees)
                yield from (Party("another service", name, {}, number, False) for name in islice(others, 1))
            case _:
                pass
    yield Party("another account", session(other, partition), OUTSIDE)


def elsewhere(grant: Grant, home: str, registry: str) -> str:
    """An account that has nothing to do with the grant."""
    named = {account_of(each, home) for each in grantees_of(grant.to).values()}
    return next(
        account
        for number in count(10**ACCOUNT_DIGITS - 1, -1)
        if (account := str(number)) not in {*named, home, registry}
    )


def session(account: str, partition: str) -> str:
    return f"arn:{partition}:sts::{account}:assumed-role/{NOBODY}/session"


def reserved_role(name: str, account: str, partition: str) -> str:
    path = "role/aws-reserved/sso.amazonaws.com"
    return f"arn:{partition}:iam::{account}:{path}/AWSReservedSSO_{name}_{SUFFIX}"
