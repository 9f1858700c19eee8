"""AWS's own managed policies, as moto carries them, each on a role: who and report run over whatever they hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import ecrgen
from moto.iam.aws_managed_policies import aws_managed_policies_data
from whole_accounts import PROD, REPO, role, snapshot

from ecrgen.account.read_account import read_account


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of an account that has every one of AWS's policies, each on a role of the policy's name."""
    documents: dict[str, Any] = {
        f"arn:aws:iam::aws:policy{policy['Path']}{name}": policy["Document"]
        for name, policy in json.loads(aws_managed_policies_data).items()
    }
    roles = [role(arn.rpartition("/")[2], attached=[arn]) for arn in documents]
    file = tmp_path_factory.mktemp("real") / "account.json"
    file.write_text(json.dumps(snapshot(*roles, managed=documents)))
    return file


def test_every_policy_is_read(account: Path) -> None:
    """No document of AWS's own is refused, so that none is unknown."""
    principals = read_account(str(account)).principals
    assert principals is not None
    assert len(principals) > 1_400
    unknown = {held.name: held.unknown for each in principals.values() for held in each.policies if not held.document}
    assert unknown == {}


def test_who_can_push(account: Path) -> None:
    """Those whose policies give it are told, and nobody else."""
    done = ecrgen("who", "push", REPO, "--state", str(account), "--json")
    assert done.code == 0
    answers = {each["principal"].rpartition("/")[2]: each["answer"] for each in json.loads(done.out)["principals"]}
    assert answers["AdministratorAccess"] == answers["AmazonEC2ContainerRegistryPowerUser"] == "yes"
    assert not answers.keys() & {"AmazonEC2ContainerRegistryReadOnly", "AmazonS3FullAccess", "ReadOnlyAccess"}


@pytest.mark.slow
def test_the_report(account: Path) -> None:
    """The table has everybody who can do something, by the same account."""
    done = ecrgen("report", "--state", str(account), "--json")
    assert done.code == 0
    pulling = {
        who
        for each in json.loads(done.out)["access"]
        if each["operation"] == "pull" and REPO in each["repositories"] and each["answer"] == "yes"
        for who in each["principals"]
    }
    assert {
        f"arn:aws:iam::{PROD}:role/{name}" for name in ("PowerUserAccess", "AmazonEC2ContainerRegistryPullOnly")
    } <= pulling
