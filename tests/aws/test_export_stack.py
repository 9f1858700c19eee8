"""A stack of an exported template beside what apply makes of the same catalog, in moto."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from accounts import ACCOUNT
from command_line import ecrgen
from moto.cloudformation import cloudformation_backends
from server import Server
from world import access, add_grantees

REPOSITORIES = ", ".join(f"team-{number}/service-{number:03}" for number in range(150))
GRANTS = f"""\
grants:
  ci: {{persona: push, with: {{repo: team/api}}, guards: [tls, mfa], to: [role/ci, role/other, group/devs]}}
  me: {{persona: self-view, to: user/ann}}
  many: {{persona: pull, with: {{repo: [{REPOSITORIES}]}}, to: role/ci}}
  nobody: {{persona: pull-prefix, with: {{repo: team/*}}}}
"""
GRANTEES = ("role/ci", "role/other", "user/ann", "group/devs")


def arns_of_many(found: dict[str, Any]) -> list[tuple[str, str]]:
    """The repositories of a grant whose policy is in parts, each with who has it."""
    return sorted(
        (arn, whom)
        for name, (_, document, names) in found.items()
        if "many" in name
        for statement in document["Statement"]
        for arn in statement["Resource"]
        for whom in names
    )


@pytest.mark.parametrize("head", [f'account: "{ACCOUNT}"\nregion: us-east-1\n', ""])
def test_a_stack_makes_what_apply_makes(
    head: str, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names, paths, parts, documents and holders are equal, whether the catalog names its place or the stack has it.

    Where nobody names the account, a policy of many repositories has as many parts as the longest names need.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    Path("catalog.yaml").write_text(f"version: 1\nextends: builtin\nnamespace: pay\n{head}{GRANTS}")
    exported = ecrgen("export", "cloudformation", "-o", "stack.json")
    assert exported.code == 0, exported.err
    add_grantees(server.account, *GRANTEES)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    applied = ecrgen("apply", "--yes")
    assert applied.code == 0, applied.err
    by_apply = access(server.account)
    assert sorted(by_apply) == [f"ecrgen.pay.{name}" for name in ("ci", "many", "many.2", "me", "nobody")]
    assert ecrgen("plan", "--exit-code").code == 0
    server.reset()
    add_grantees(server.account, *GRANTEES)
    cloudformation_backends[ACCOUNT]["us-east-1"].create_stack("access", Path("stack.json").read_text(), {})
    by_stack = access(server.account)
    if head:
        assert by_stack == by_apply
        assert ecrgen("plan", "--exit-code").code == 0
    for name in by_apply.keys() - {name for name in by_apply if "many" in name}:
        assert by_stack[name] == by_apply[name]
    assert arns_of_many(by_stack) == arns_of_many(by_apply)


@pytest.mark.slow
def test_divided_stacks_make_together_what_apply_makes(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each template is a stack of its own, in any order, and none needs another."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    head = f'version: 1\nextends: builtin\nnamespace: pay\naccount: "{ACCOUNT}"\nregion: us-east-1\n'
    Path("catalog.yaml").write_text(f"{head}{GRANTS}")
    add_grantees(server.account, *GRANTEES)
    assert ecrgen("apply", "--yes").code == 0
    by_apply = access(server.account)
    server.reset()
    add_grantees(server.account, *GRANTEES)
    done = ecrgen("export", "cloudformation", "--templates", "3", "-o", "stack.json")
    assert done.code == 0, done.err
    for number in (3, 1, 2):
        text = Path(f"stack-{number}.json").read_text()
        assert json.loads(text)["Resources"].keys() != {"Nothing"}
        cloudformation_backends[ACCOUNT]["us-east-1"].create_stack(f"access-{number}", text, {})
    assert access(server.account) == by_apply
    assert "no changes" in ecrgen("plan", "--exit-code").out
