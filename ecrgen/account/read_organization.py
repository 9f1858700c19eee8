"""The organisation of an account: what is above each of its accounts, level by level

Only its management account, or a delegated administrator for policies, may read it.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from ecrgen.account.answers import Answer
from ecrgen.account.connection import Connection

__all__ = ["read_organization"]

KINDS = {"scps": "SERVICE_CONTROL_POLICY", "rcps": "RESOURCE_CONTROL_POLICY"}


def read_organization(connection: Connection) -> dict[str, Any]:
    """The organisation as a snapshot holds it. Raises AwsError, also where it may not be read."""
    about = connection.call("DescribeOrganization").member("Organization")
    organization = about.text("Id")

    @cache
    def parent(child: str) -> str:
        (found,) = all_of(connection, "ListParents", "Parents", ChildId=child)
        return found.text("Id")

    @cache
    def document(policy: str) -> Any:
        content = connection.call("DescribePolicy", policy, PolicyId=policy).member("Policy").text("Content")
        try:
            return json.loads(content)
        except ValueError:
            return content

    @cache
    def policies(target: str, kind: str) -> tuple[dict[str, Any], ...]:
        found = all_of(connection, "ListPoliciesForTarget", "Policies", TargetId=target, Filter=kind)
        return tuple({"name": each.text("Name"), "policy": document(each.text("Id"))} for each in found)

    def above(account: str) -> dict[str, Any]:
        targets = [account]
        while not targets[0].startswith("r-"):
            targets.insert(0, parent(targets[0]))
        levels = {
            name: [{"target": target, "policies": list(policies(target, kind))} for target in targets]
            for name, kind in KINDS.items()
        }
        return {"path": "/".join((organization, *targets[:-1], "")), **levels}

    accounts = sorted(each.text("Id") for each in all_of(connection, "ListAccounts", "Accounts"))
    return {
        "id": organization,
        "management_account": about.text("MasterAccountId"),
        "accounts": {account: above(account) for account in accounts},
    }


def all_of(connection: Connection, operation: str, name: str, **parameters: str) -> list[Answer]:
    return [each for page in connection.pages(operation, **parameters) for each in page.items(name)]
