"""Grantees as the Principal of a statement, with the conditions that go with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ecrgen.catalog.grantees import (
    AnAccount,
    Grantee,
    IamEntity,
    Organization,
    PermissionSet,
    Service,
    account_of,
)
from ecrgen.policy.elements import ConditionBlock, Principals, Strings

__all__ = ["Principal", "principals_of"]

# The characters after the last _ of a reserved role's name. With * in their place, the permission set Dev would let in
# the users of Dev_Admin, whose role is AWSReservedSSO_Dev_Admin_….
# https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
SUFFIX = "?" * 16


@dataclass(frozen=True, slots=True)
class Principal:
    """The Principal element of one statement, and what its Condition needs beside the guards' conditions.

    `services` says whether AWS services are named, and nobody else.
    """

    element: Principals
    condition: ConditionBlock = ()
    services: bool = False


def principals_of(
    grantees: Iterable[Grantee], home: str, registry: str, partition: str, *, own: bool = False
) -> tuple[Principal, ...]:
    """The principals that a resource of account `registry` has to name, for grantees of a catalog whose own is `home`.

    Those of the resource's own account are left out, who have enough by their identity policies, but for `own`: then
    they have nothing else.
    """
    asked = [each for each in dict.fromkeys(grantees) if own or account_of(each, home) != registry]
    return (
        *named(asked, home, partition),
        *permission_sets(asked, home, partition),
        *organizations(asked),
        *services(asked),
    )


def named(grantees: Iterable[Grantee], home: str, partition: str) -> Iterator[Principal]:
    """Roles, users and accounts. A role or user without a path is one of the path `/`, and AWS refuses one that is not.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    arns = []
    for each in grantees:
        match each:
            case IamEntity():
                account = each.account or home
                arns.append(f"arn:{partition}:iam::{account}:{each.kind}{each.path or '/'}{each.name}")
            case AnAccount():
                arns.append(root(each.id, partition))
            case _:
                pass
    if arns:
        yield Principal((("AWS", strings(arns)),))


def permission_sets(grantees: Iterable[Grantee], home: str, partition: str) -> Iterator[Principal]:
    """The account of each permission set, for its reserved role only; the role's path may hold a region.

    Account by account, so that the set of one account does not let in the equally named set of another.
    """
    sets: dict[str, list[str]] = {}
    for each in grantees:
        if isinstance(each, PermissionSet):
            account = each.account or home
            role = f"AWSReservedSSO_{each.name}_{SUFFIX}"
            for path in ("", "*/"):
                arn = f"arn:{partition}:iam::{account}:role/aws-reserved/sso.amazonaws.com/{path}{role}"
                sets.setdefault(account, []).append(arn)
    for account, arns in sets.items():
        condition = (("ArnLike", (("aws:PrincipalArn", strings(arns)),)),)
        yield Principal((("AWS", root(account, partition)),), condition)


def organizations(grantees: Iterable[Grantee]) -> Iterator[Principal]:
    """Everybody, where their organization is one of these, or their unit is one of these or lies below it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
    """
    wholes = [each.id for each in grantees if isinstance(each, Organization) and not each.units]
    if wholes:
        yield Principal("*", (("StringEquals", (("aws:PrincipalOrgID", strings(wholes)),)),))
    units = [
        "/".join((each.id, *each.units, "*")) for each in grantees if isinstance(each, Organization) and each.units
    ]
    if units:
        yield Principal("*", (("ForAnyValue:StringLike", (("aws:PrincipalOrgPaths", strings(units)),)),))


def services(grantees: Iterable[Grantee]) -> Iterator[Principal]:
    names = [each.name for each in grantees if isinstance(each, Service)]
    if names:
        yield Principal((("Service", strings(names)),), services=True)


def root(account: str, partition: str) -> str:
    return f"arn:{partition}:iam::{account}:root"


def strings(values: list[str]) -> Strings:
    """One value as it is, several as a list, as AWS's examples write them."""
    return values[0] if len(values) == 1 else tuple(values)
