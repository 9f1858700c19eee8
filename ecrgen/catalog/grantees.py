"""Grantees: whom a grant is to, read from the text that a catalog or `--to` has.

| text | whom |
|---|---|
| `role/NAME`, `user/NAME`, `group/NAME`, with or without a path | one of the catalog's own account |
| the ARN of a role, a user or a group | that one, of whatever account |
| `account/ID` | whomever that account allows |
| `org/o-…`, `org/o-…/r-…/ou-…` | every principal of an organization, or of a unit and the units below it |
| `service/NAME` | an AWS service |
| `permission-set/NAME`, `permission-set/ID/NAME` | its users, in the catalog's own account or in another |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, assert_never, get_args

from ecrgen.errors import EcrgenError
from ecrgen.policy.arn import Arn
from ecrgen.policy.names import (
    ACCOUNT,
    ORGANIZATION,
    ORGANIZATION_ROOT,
    ORGANIZATION_UNIT,
    PERMISSION_SET,
    SERVICE_PRINCIPAL,
)

__all__ = [
    "EXAMPLES",
    "GRANTEE_KINDS",
    "AnAccount",
    "Grantee",
    "GranteeKind",
    "IamEntity",
    "IamKind",
    "Organization",
    "PermissionSet",
    "Service",
    "account_of",
    "grantees_of",
    "kind_of",
    "read_grantee",
]

IamKind = Literal["role", "user", "group"]
# What stands before the first / of a grantee that is no ARN.
GranteeKind = Literal["role", "user", "group", "account", "org", "service", "permission-set"]
GRANTEE_KINDS: tuple[GranteeKind, ...] = get_args(GranteeKind)
# One of each kind that a policy of another account can name.
EXAMPLES: Mapping[GranteeKind, str] = {
    "role": "arn:aws:iam::444455556666:role/ci",
    "user": "arn:aws:iam::444455556666:user/ann",
    "account": "account/444455556666",
    "org": "org/o-a1b2c3d4e5",
    "service": "service/lambda.amazonaws.com",
    "permission-set": "permission-set/444455556666/Dev",
}

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
NAME = r"[\w+=,.@-]{1,128}"
FORMS = (
    "write role/NAME, user/NAME, group/NAME or the ARN of one, account/ID, org/ID, service/NAME or permission-set/NAME"
)


@dataclass(frozen=True, slots=True)
class IamEntity:
    """A role, a user or a group. `partition` and `account` are those of its ARN; None is the catalog's own account.

    `path` begins and ends with `/`; None where nothing says it.
    """

    kind: IamKind
    name: str
    path: str | None = None
    partition: str | None = None
    account: str | None = None

    def __str__(self) -> str:
        resource = f"{self.kind}{self.path or '/'}{self.name}"
        return resource if self.account is None else f"arn:{self.partition}:iam::{self.account}:{resource}"


@dataclass(frozen=True, slots=True)
class AnAccount:
    """Whomever the identity policies of this account allow."""

    id: str

    def __str__(self) -> str:
        return f"account/{self.id}"


@dataclass(frozen=True, slots=True)
class Organization:
    """Every principal of an organization; with `units`, the ids from its root on, of the last unit and those below it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed-view-data-orgs.html#access_policies_last-accessed-viewing-orgs-entity-path
    """

    id: str
    units: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "/".join(("org", self.id, *self.units))


@dataclass(frozen=True, slots=True)
class Service:
    """An AWS service, by the name of its principal."""

    name: str

    def __str__(self) -> str:
        return f"service/{self.name}"


@dataclass(frozen=True, slots=True)
class PermissionSet:
    """The users of a permission set of IAM Identity Center in an account; None is the catalog's own account."""

    name: str
    account: str | None = None

    def __str__(self) -> str:
        return f"permission-set/{self.name}" if self.account is None else f"permission-set/{self.account}/{self.name}"


Grantee = IamEntity | AnAccount | Organization | Service | PermissionSet


@lru_cache(maxsize=4096)
def read_grantee(text: str) -> Grantee:
    """The grantee that a text is. Raises EcrgenError with what would be right."""
    if text.startswith("arn:"):
        return of_arn(text)
    kind, *parts = text.split("/")
    match kind, parts:
        case ("role" | "user" | "group") as entity, [*path, name] if all(map(is_name, parts)):
            return IamEntity(entity, name, f"/{'/'.join(path)}/" if path else None)
        case "account", [account]:
            if re.fullmatch(ACCOUNT, account):
                return AnAccount(account)
            raise EcrgenError(f"{text}: an account id is 12 digits, such as account/444455556666")
        case "org", [organization, *units]:
            return in_organization(text, organization, tuple(units))
        case "service", [service]:
            if re.fullmatch(SERVICE_PRINCIPAL, service):
                return Service(service)
            raise EcrgenError(f"{text}: a service principal is such as service/lambda.amazonaws.com")
        case "permission-set", [*account, name] if len(parts) <= 2:
            if re.fullmatch(PERMISSION_SET, name, re.ASCII) and all(re.fullmatch(ACCOUNT, each) for each in account):
                return PermissionSet(name, *account)
            raise EcrgenError(
                f"{text}: write permission-set/NAME or permission-set/ID/NAME; "
                "NAME has at most 32 letters, digits and + = , . @ _ -"
            )
        case _:
            raise EcrgenError(f"{text}: not a grantee; {FORMS}")


def grantees_of(texts: Iterable[str]) -> dict[str, Grantee]:
    """The grantees that texts are, by text. Raises EcrgenError for one that is none; a catalog's are read with it."""
    return {text: read_grantee(text) for text in texts}


def of_arn(text: str) -> IamEntity:
    arn = Arn.parse(text)
    kind, _, rest = (arn.resource if arn else "").partition("/")
    if arn is not None and (arn.service, arn.region) == ("sts", "") and kind == "assumed-role":
        raise EcrgenError(f"{text}: a session; policies are attached to its role: role/{rest.split('/')[0]}")
    if arn is None or (arn.service, arn.region) != ("iam", "") or not re.fullmatch(ACCOUNT, arn.account):
        raise EcrgenError(f"{text}: no ARN of a role, user or group")
    *path, name = rest.split("/")
    match kind:
        case "role" | "user" | "group" if is_name(name) and all(map(is_name, path)):
            return IamEntity(kind, name, f"/{'/'.join(path)}/" if path else "/", arn.partition, arn.account)
        case "root":
            raise EcrgenError(f"{text}: not a grantee; for whomever that account allows write account/{arn.account}")
        case _:
            raise EcrgenError(f"{text}: not a grantee; {FORMS}")


def is_name(text: str) -> bool:
    return re.fullmatch(NAME, text, re.ASCII) is not None


def in_organization(text: str, organization: str, units: tuple[str, ...]) -> Organization:
    """The organization, or the unit by the ids on the way to it, of which the first is the root's."""
    if not re.fullmatch(ORGANIZATION, organization):
        raise EcrgenError(f"{text}: an organization's id is o- and 10 to 32 letters and digits: org/o-a1b2c3d4e5")
    if not units:
        return Organization(organization)
    root, *below = units
    if not re.fullmatch(ORGANIZATION_ROOT, root) or not below:
        raise EcrgenError(f"{text}: a unit is named with its root: org/o-a1b2c3d4e5/r-ab12/ou-ab12-11111111")
    for unit in below:
        if not re.fullmatch(ORGANIZATION_UNIT, unit) or not unit.startswith(f"ou-{root[2:]}-"):
            raise EcrgenError(f"{text}: {unit} is no unit of root {root}, such as ou-{root[2:]}-11111111")
    return Organization(organization, units)


def account_of(grantee: Grantee, home: str | None) -> str | None:
    """The account in which a grantee lives, `home` being the catalog's own; None for an organization and a service."""
    match grantee:
        case IamEntity() | PermissionSet():
            return grantee.account or home
        case AnAccount():
            return grantee.id
        case Organization() | Service():
            return None
        case _:
            assert_never(grantee)


def kind_of(grantee: Grantee) -> GranteeKind:
    match grantee:
        case IamEntity():
            return grantee.kind
        case AnAccount():
            return "account"
        case Organization():
            return "org"
        case Service():
            return "service"
        case PermissionSet():
            return "permission-set"
        case _:
            assert_never(grantee)
