"""One run in several accounts: both halves of grants, planned and applied with the credentials that a catalog names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from accounts import ACCOUNT
from command_line import Result, ecrgen
from moto.iam.models import iam_backends
from reference_evaluator import decide
from server import Server
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


@pytest.fixture
def site(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
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
    server.ever.clear()  # what persona operator allows is looked at for one account


def test_both_halves_in_one_run(site: Site) -> None:
    """Planned, applied, empty, pruned and destroyed: one command does each in both accounts, under one digest."""
    made = site.plan()
    assert [(each["name"], each["account"], each["elsewhere"]) for each in made["accounts"]] == [
        ("consumer", CONSUMER, []),
        ("registry", ACCOUNT, []),
    ]
    assert site.changes() == {
        "consumer": ["create", "attach"],
        "registry": ["set-statements", "set-statements", "create", "attach"],
    }
    assert not site.allows(PULLS, "team/web")
    result = site.run("apply", "--accounts", "--yes", "--plan-digest", made["digest"])
    assert "account 444455556666: created 1 policy, made 1 attachment\n" in result.err
    assert site.allows(PULLS, "team/web")
    assert site.changes("--prune") == {"consumer": [], "registry": []}
    site.write(PULL.replace("team/web, team/api", "team/web"))
    site.run("apply", "--accounts", "--yes", "--prune")
    assert (site.allows(PULLS, "team/web"), site.allows(PULLS, "team/api")) == (True, False)
    assert site.document("team/api") is None
    result = site.run("destroy", "--accounts", "--yes", "--json")
    done = json.loads(result.out)
    assert (done["complete"], [each["name"] for each in done["accounts"]]) == (True, ["consumer", "registry"])
    assert site.policies(ACCOUNT) == site.policies(CONSUMER) == []
    assert site.document("team/web") is None
