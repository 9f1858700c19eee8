"""The account of a registry and that of a consumer, the catalog that names both, and what lies in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from accounts import ACCOUNT
from command_line import Result, ecrgen
from moto.iam.models import iam_backends
from reference_evaluator import decide
from server import Call, Server
from world import add_grantees, add_repositories, default_text, repository

from ecrgen.account.connection import connect

CONSUMER = "444455556666"
CONFIG = """\
[profile registry]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
[profile consumer]
source_profile = registry
role_arn = arn:aws:iam::444455556666:role/operator
region = us-east-1
"""
HEAD = f"""\
version: 1
extends: builtin
namespace: pay
account: '{ACCOUNT}'
region: us-east-1
accounts:
  registry: {{id: "{ACCOUNT}", profile: registry}}
  consumer: {{id: "{CONSUMER}", role: "arn:aws:iam::{CONSUMER}:role/operator"}}
grants:
"""
PULL = f"""\
  ci:
    persona: pull
    with: {{repo: [team/web, team/api]}}
    to: [role/mine, "arn:aws:iam::{CONSUMER}:role/ci"]
"""
ME = f"arn:aws:sts::{CONSUMER}:assumed-role/ci/me"
PULLS = "ecr:BatchGetImage"


class Site:
    """A catalog that names two accounts, and these."""

    def __init__(self, server: Server, directory: Path) -> None:
        self.server, self.catalog = server, directory / "catalog.yaml"

    def write(self, *grants: str, head: str = HEAD) -> None:
        self.catalog.write_text(head + "".join(grants))

    def run(self, *arguments: str, code: int = 0) -> Result:
        result = ecrgen(*arguments)
        assert result.code == code, result
        return result

    def plan(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("plan", "--accounts", "--json", *arguments, code=code).out)
        return found

    def changes(self, *arguments: str) -> dict[str, list[str]]:
        """What is done in which account, in the order of the accounts."""
        return {
            each["name"]: [change["action"] for change in each["changes"]] for each in self.plan(*arguments)["accounts"]
        }

    def policies(self, account: str) -> list[str]:
        return sorted(
            each.name for each in iam_backends[account]["aws"].managed_policies.values() if "ecrgen" in each.arn
        )

    def documents(self, account: str) -> dict[str, Any]:
        """The default document of each of the namespace's policies in an account."""
        policies = iam_backends[account]["aws"].managed_policies.values()
        return {each.name: json.loads(default_text(each)) for each in policies if "ecrgen" in each.arn}

    def by_hand(self, account: str, statement: dict[str, Any]) -> None:
        """Somebody else gives a policy of the namespace a version."""
        iam = iam_backends[account]["aws"]
        for arn in [each.arn for each in iam.managed_policies.values() if "ecrgen" in each.arn]:
            iam.create_policy_version(arn, json.dumps({"Version": "2012-10-17", "Statement": [statement]}), "true")

    def document(self, name: str) -> dict[str, Any] | None:
        text = self.server.registry().repositories[name].policy
        return json.loads(text) if text else None

    def allows(self, action: str, name: str, caller: str = ME) -> bool:
        """The decision of the reference evaluator, by what lies in both accounts."""
        account, role = caller.split(":")[4], caller.split("/")[1]
        holder = next(each for each in iam_backends[account]["aws"].roles.values() if each.name == role)
        identity = [json.loads(default_text(each)) for each in holder.managed_policies.values()]
        there = self.document(name)
        request = {"action": action, "resource": repository(name).arn, "principal": caller}
        return decide(request, identity, [there] if there else [])[0] == "Allow"


@contextmanager
def two_accounts(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Three repositories in the one account, roles in both, and profiles for both."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setattr("ecrgen.cli.account.connect", cache(lambda **given: connect(**given, pause=0.0001)))
    add_repositories(server.registry(), "team/web", "team/api", "team/old")
    add_grantees(server.account, "role/mine")
    add_grantees(iam_backends[CONSUMER]["aws"], "role/ci", "role/other")
    made = Site(server, tmp_path)
    made.write(PULL)
    yield made
    # what persona operator allows is looked at for one account, and the roles are assumed from another
    server.ever[:] = [here(call) for call in server.ever if call.operation != "AssumeRole"]


def here(call: Call) -> Call:
    """The same call in the registry's account."""
    return replace(call, parameters=json.loads(json.dumps(call.parameters).replace(CONSUMER, ACCOUNT)))
