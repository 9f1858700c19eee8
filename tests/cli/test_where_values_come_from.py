"""What the catalog names counts, not the environment, and each command says where the two differ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from accounts import ACCOUNT
from command_line import ecrgen

SITE = f"""\
version: 1
extends: builtin
account: "{ACCOUNT}"
region: [eu-west-1, eu-central-1]
grants:
  web: {{persona: pull, with: {{repo: web}}, to: role/ci}}
"""
NOTE = (
    "note: the catalog names eu-west-1 and eu-central-1, so AWS_REGION ('us-east-1') does not count; --region would\n"
)


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("catalog.yaml").write_text(SITE)
    role = {"RoleName": "ci", "Arn": f"arn:aws:iam::{ACCOUNT}:role/ci", "Path": "/", "AttachedManagedPolicies": []}
    lists = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}
    Path("state.json").write_text(json.dumps(lists))


@pytest.mark.parametrize(
    "arguments",
    [
        ("render", "web"),
        ("render", "--all"),
        ("render", "pull", "--repo", "web"),
        ("check",),
        ("check", "web"),
        ("can", "web", "pull", "web"),
        ("plan", "--state", "state.json"),
        ("plan", "--state", "state.json", "web"),
    ],
)
def test_a_region_of_the_environment_does_not_count(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output is the same with AWS_REGION as without; one note says that it does not count."""
    without = ecrgen(*arguments)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    beside = ecrgen(*arguments)
    assert (beside.code, beside.out) == (without.code, without.out)
    assert beside.err.count("note: the catalog names") == 1
    assert NOTE in beside.err
    assert beside.err.replace(NOTE, "") == without.err
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert ecrgen(*arguments).err == without.err


def test_an_option_beats_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """--region and --account are what somebody means now, so nothing has to be said."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCOUNT_ID", "444455556666")
    result = ecrgen("render", "web", "--region", "us-west-2", "--account", "777788889999")
    assert (result.code, result.err) == (0, "")
    assert "arn:aws:ecr:us-west-2:777788889999:repository/web" in result.out
    result = ecrgen("render", "web")
    assert f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/web" in result.out
    assert f"the catalog names {ACCOUNT}, so AWS_ACCOUNT_ID ('444455556666') does not count; --account" in result.err
    monkeypatch.delenv("AWS_ACCOUNT_ID")
    planned = ecrgen("plan", "--state", "state.json", "--region", "us-west-2", "--json")
    assert planned.err == ""
    assert f"arn:aws:ecr:us-west-2:{ACCOUNT}:repository/web" in planned.out


def test_another_account_is_refused_where_access_is_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS_ACCOUNT_ID that is not the account's stops a plan, whatever the catalog names."""
    monkeypatch.setenv("AWS_ACCOUNT_ID", "444455556666")
    result = ecrgen("plan", "--state", "state.json")
    assert (result.code, result.out) == (2, "")
    assert f"AWS_ACCOUNT_ID names account 444455556666, but this is account {ACCOUNT}" in result.err
