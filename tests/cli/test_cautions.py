"""What a guard is known to break, in check and in plan, with the operation that fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from accounts import ACCOUNT
from command_line import ecrgen

from ecrgen import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.model import Target
from ecrgen.catalog.render import render
from ecrgen.policy.document import PolicyDocument
from ecrgen.proof.cautions import broken_operations

BUILTIN = Catalog.load(builtin_file())
HERE = Target("aws", ACCOUNT, ("eu-west-1",))
SITE = f"""\
version: 1
extends: builtin
account: "{ACCOUNT}"
region: eu-west-1
grants:
  web: {{persona: push, with: {{repo: [team/web]}}, guards: [via=lambda.amazonaws.com], to: [role/ci]}}
"""
CAUTION = "with guard via, login and push fail: A docker client calls ECR itself"


@pytest.mark.parametrize(
    ("persona", "guard", "words"),
    [
        ("push", "via=lambda.amazonaws.com", "login and push fail"),
        ("pull", "via=lambda.amazonaws.com", "login, pull, node-pull and mount fail"),
        ("push", "tag=team=a", "login fails"),
        ("login", "mfa", "login can fail"),
        ("pull", "source-ip=203.0.113.7", "login, pull, node-pull and mount can fail"),
        ("single-repo", "mfa", "login, pull, node-pull and "),
        ("push", "tls", None),
        ("push", "regions=eu-west-1", None),
        ("self-view", "mfa", None),
        ("self-view", "via=lambda.amazonaws.com", None),
    ],
)
def test_the_operations_that_a_guard_breaks(persona: str, guard: str, words: str | None) -> None:
    """Those that the policy gives whole, and of whose own actions the guard breaks one."""
    arguments = {"repo": ["ab"]} if "repo" in BUILTIN.personas[persona].parameters else {}
    bound = BUILTIN.bind(persona, arguments, (guard,))
    found = [finding.message for finding in broken_operations(BUILTIN.operations, bound, render(bound, HERE))]
    assert len(found) == (words is not None)
    if words is not None:
        assert found[0].startswith(f"with guard {guard.partition('=')[0]}, {words}")
        assert str(bound.guards[0].guard.caution) in found[0]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({"Action": "ecr:*"}, "login, pull, node-pull and "),
        ({"Action": "ecr:Get*"}, "login and mount fail"),
        ({"NotAction": "iam:*"}, "login, pull, node-pull and "),
        ({"NotAction": ["ecr:Batch*", "ecr:Put*"]}, "login and mount fail"),
        ({"Action": "*", "Effect": "Deny"}, None),
    ],
)
def test_patterns_and_what_is_allowed_beside(statement: dict[str, object], words: str | None) -> None:
    """A pattern gives what it matches, NotAction all but that, and a Deny nothing."""
    policy = PolicyDocument.from_dict({"Statement": {"Effect": "Allow", "Resource": "*"} | statement})
    bound = BUILTIN.bind("login", {}, ("via=lambda.amazonaws.com",))
    found = [finding.message for finding in broken_operations(BUILTIN.operations, bound, policy)]
    assert [words in message for message in found if words] == [True] * (words is not None)
    assert len(found) == (words is not None)


def test_check_and_plan_say_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both warn, nothing is stopped by it, and an ignore in the catalog silences both."""
    monkeypatch.chdir(tmp_path)
    role = {"RoleName": "ci", "Arn": f"arn:aws:iam::{ACCOUNT}:role/ci", "Path": "/", "AttachedManagedPolicies": []}
    lists = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}
    Path("state.json").write_text(json.dumps(lists))
    Path("catalog.yaml").write_text(SITE)
    plan = ("plan", "--state", "state.json")
    alone = (*plan, "push", "--repo", "ab", "--guard", "via=lambda.amazonaws.com", "--to", "role/ci")
    for command in (("check",), ("check", "web"), plan, (*plan, "web"), alone, (*plan, "--format", "markdown")):
        result = ecrgen(*command)
        assert result.code == 0
        assert CAUTION in " ".join(result.out.split()).replace("\\", "")
    (caution,) = json.loads(ecrgen(*plan, "--json").out)["cautions"]
    assert caution.startswith(f"grant web: {CAUTION}")
    assert "WARNING ECR_GUARD_BREAKS_OPERATION" in ecrgen("check").out
    because = "ignore: [{code: ECR_GUARD_BREAKS_OPERATION, where: web, because: Only Lambda pushes}]\n"
    Path("catalog.yaml").write_text(SITE + because)
    assert json.loads(ecrgen(*plan, "--json").out)["cautions"] == []
    assert CAUTION not in ecrgen("check").out


def test_a_grant_of_the_registrys_policy_has_cautions_in_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What check says of its guards the plan says, too, though it has no identity half."""
    monkeypatch.chdir(tmp_path)
    grant = "{persona: replication, with: {repo: team/*}, guards: [mfa], to: [account/222233334444]}"
    head = SITE.partition("grants:")[0]
    Path("catalog.yaml").write_text(f"{head}namespace: pay\ngrants:\n  dr: {grant}\n")
    state = {
        "version": 1,
        "account": ACCOUNT,
        "partition": "aws",
        "regions": ["eu-west-1"],
        "taken": "2026-01-01T00:00:00Z",
        "iam": {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []},
        "repositories": [],
        "registries": [{"region": "eu-west-1", "policy": None}],
    }
    Path("a.json").write_text(json.dumps(state))
    done = ecrgen("plan", "--state", "a.json", "--format", "json")
    assert done.code == 0
    assert [each.partition(",")[0] for each in json.loads(done.out)["cautions"]] == ["grant dr: with guard mfa"]
