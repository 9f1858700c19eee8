"""An organization of twenty accounts in nested units, behind the server that the tests share."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends
from moto.organizations.models import organizations_backends
from strict_stacksets import FAKES, MANAGEMENT
from world import add_grantees, default_text

__all__ = ["CATALOG", "Organization", "made_organization", "policies_in"]

CATALOG = """\
version: 1
extends: builtin
namespace: pay
id: shop
region: us-east-1
grants:
  ci: {persona: push, with: {repo: team/api}, to: [role/ci]}
  look: {persona: pull-prefix, with: {repo: team/*}}
"""


@dataclass(frozen=True)
class Organization:
    """Its root, its units by name, and its accounts by unit."""

    root: str
    units: dict[str, str]
    accounts: dict[str, list[str]]

    def within(self, *names: str) -> list[str]:
        return sorted(account for name in names for account in self.accounts[name])


# name: the unit it is in, and how many accounts it has
UNITS = {"prod": ("", 4), "prod-eu": ("prod", 6), "prod-eu-bank": ("prod-eu", 3), "dev": ("", 5), "empty": ("", 0)}


def made_organization() -> Organization:
    """18 accounts in five units, three levels deep, one more at the root, and the management account."""
    organizations_backends.reset()
    FAKES.reset()
    backend = organizations_backends[MANAGEMENT]["aws"]
    backend.create_organization("us-east-1", FeatureSet="ALL")
    root = backend.ou[0].id
    units: dict[str, str] = {}
    accounts: dict[str, list[str]] = {}
    for name, (above, count) in {**UNITS, "": ("", 1)}.items():
        if name:
            parent = units.get(above, root)
            units[name] = backend.create_organizational_unit(Name=name, ParentId=parent)["OrganizationalUnit"]["Id"]
        accounts[name] = [made_account(backend, f"{name}-{number}", units.get(name, root)) for number in range(count)]
    return Organization(root, units, accounts)


def made_account(backend: Any, name: str, unit: str) -> str:
    status = backend.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
    account: str = status["AccountId"]
    backend.move_account(AccountId=account, SourceParentId=backend.ou[0].id, DestinationParentId=unit)
    add_grantees(iam_backends[account]["aws"], "role/ci")
    return account


def policies_in(account: str, path: str = "/ecrgen/pay/") -> dict[str, Any]:
    """The policies of the namespace in an account, by name."""
    iam = iam_backends[account]["aws"]
    return {p.name: json.loads(default_text(p)) for p in iam.managed_policies.values() if p.path == path}


Setup = Callable[[], Organization]
