"""The organisation of an account: what is above each of its accounts, level by level

Only its management account, or a delegated administrator for policies, may read it.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from ecrgen.account.answers import Answer
from ecrgen.account.connection import Connection
from ecrgen.errors import PolicyError
from ecrgen.policy.elements import parse_json

__all__ = ["read_organization"]

KINDS = {"scps": "SERVICE_CONTROL_POLICY", "rcps": "RESOURCE_CONTROL_POLICY"}


def read_organization(
    connection: Connection, watch: Callable[[str, int, int], None] = lambda what, done, total: None
) -> dict[str, Any]:
    """The organisation as a snapshot holds it; `watch` is told of each account. Raises AwsError, also where denied.

    Costs, beside the list of accounts, ListParents and two ListPoliciesForTarget for each account and unit, and
    DescribePolicy for each policy.
    """
    about = connection.call("DescribeOrganization").member("Organization")
    tree = Tree(connection, about)
    accounts = sorted(each.text("Id") for each in all_of(connection, "ListAccounts", "Accounts"))
    found: dict[str, Any] = {}
    with ThreadPoolExecutor(connection.concurrency) as pool:
        for account, levels in zip(accounts, pool.map(tree.above, accounts), strict=True):
            found[account] = levels
            watch("accounts of the organization", len(found), len(accounts))
    return {"id": about.text("Id"), "management_account": about.text("MasterAccountId"), "accounts": found}


class Tree:
    """The tree of an organisation, of which each parent, each target's policies and each document are asked once."""

    def __init__(self, connection: Connection, about: Answer) -> None:
        self.connection = connection
        self.about = about
        self.parent = cache(self._parent)
        self.policies = cache(self._policies)
        self.document = cache(self._document)

    def above(self, account: str) -> dict[str, Any]:
        """The path of the units above an account, and each level's policies, root first and the account last."""
        targets = [account]
        while not targets[0].startswith("r-"):
            targets.insert(0, self.parent(targets[0]))
        levels = {
            name: [{"target": target, "policies": list(self.policies(target, kind))} for target in targets]
            for name, kind in KINDS.items()
        }
        return {"path": "/".join((self.about.text("Id"), *targets[:-1], "")), **levels}

    def _parent(self, child: str) -> str:
        found = all_of(self.connection, "ListParents", "Parents", ChildId=child)
        if len(found) != 1:
            raise self.about.wrong(f"has {len(found)} parents of {child}, not one")
        return found[0].text("Id")

    def _policies(self, target: str, kind: str) -> tuple[dict[str, Any], ...]:
        found = all_of(self.connection, "ListPoliciesForTarget", "Policies", TargetId=target, Filter=kind)
        named = sorted((each.text("Name"), each.text("Id")) for each in found)
        return tuple({"name": name, "policy": self.document(policy)} for name, policy in named)

    def _document(self, policy: str) -> Any:
        """The policy as an object; as the text that it is, where that is none."""
        content = self.connection.call("DescribePolicy", policy, PolicyId=policy).member("Policy").text("Content")
        try:
            values = parse_json(content)
        except PolicyError:
            return content
        return values if isinstance(values, dict) else content


def all_of(connection: Connection, operation: str, name: str, **parameters: str) -> list[Answer]:
    return [each for page in connection.pages(operation, **parameters) for each in page.items(name)]
