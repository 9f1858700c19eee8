"""`ecrgen plan --state` with a snapshot: what a whole account has beside what the catalog says, without credentials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import ecrgen
from whole_accounts import PROD, REPO, TOOLS, allow, details, document, role, snapshot

SITE = f"""
version: 1
extends: builtin
namespace: pay
account: "{PROD}"
region: eu-central-1
grants:
  nodes: {{persona: pull, with: {{repo: team/web}}, to: ["arn:aws:iam::{TOOLS}:role/nodes"]}}
"""
THEIRS = allow("ecr:BatchGetImage", Principal={"AWS": "999999999999"}, Sid="their own")


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("catalog.yaml").write_text(SITE)


def plan(state: Any, *options: str) -> dict[str, Any]:
    Path("a.json").write_text(json.dumps(state))
    done = ecrgen("plan", "--state", "a.json", "--format", "json", *options)
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def ours() -> list[dict[str, Any]]:
    """What the grant says in the repository's policy."""
    statements: list[dict[str, Any]] = json.loads(ecrgen("render", "nodes", "--repository-policy").out)["Statement"]
    return statements


def test_the_snapshot_of_a_grantees_account() -> None:
    """What lies in a grantee's account is planned by that one's snapshot; a stranger's is refused."""
    theirs = plan({**snapshot(role("nodes", account=TOOLS), account=TOOLS), "repositories": []})
    assert [(each["action"], each.get("grantee")) for each in theirs["changes"]] == [
        ("create", None),
        ("attach", "role/nodes"),
    ]
    assert theirs["documents"] == []
    Path("a.json").write_text(json.dumps(snapshot(account="999988887777", repositories={})))
    done = ecrgen("plan", "--state", "a.json")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: the catalog names account")


def test_what_is_missing_is_a_change() -> None:
    """A repository's policy without the grant's statements is to be set; with them, nothing is."""
    missing = plan(snapshot(repositories={REPO: document(THEIRS)}))
    assert [each["resource"] for each in missing["documents"]] == [REPO]
    there = plan(snapshot(repositories={REPO: document(THEIRS, *ours())}))
    assert there["documents"] == []
    assert there["changes"] == []


def test_drift_is_a_change() -> None:
    """A statement of the grant's that somebody has changed is to be changed back; what others say is no matter."""
    drifted = [{**ours()[0], "Action": ["ecr:BatchGetImage", "ecr:PutImage"]}]
    assert len(plan(snapshot(repositories={REPO: document(THEIRS, *drifted)}))["documents"]) == 1
    other = {**THEIRS, "Action": ["ecr:*"]}
    assert plan(snapshot(repositories={REPO: document(other, *ours())}))["documents"] == []


def test_prune_finds_what_no_grant_names() -> None:
    """With --prune, the namespace's statements on a repository that no grant names are to be taken out."""
    left = REPO.replace("web", "old")
    state = snapshot(repositories={REPO: document(*ours()), left: document(THEIRS, *ours())})
    assert plan(state)["documents"] == []
    assert [each["resource"] for each in plan(state, "--prune")["documents"]] == [left]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"registries": []}, "does not hold the repositories of eu-central-1; take the snapshot with --region"),
        ({"repositories": [{"arn": REPO, "unread": "lacks ecr:GetRepositoryPolicy"}]}, "lacks ecr:GetRepositoryPolicy"),
        ({"repositories": []}, "team/web"),
        (
            {
                "repositories": [],
                "registries": [
                    {"region": "eu-central-1", "policy": None, "unlisted": "lacks ecr:DescribeRepositories"}
                ],
            },
            "lacks ecr:DescribeRepositories",
        ),
    ],
)
def test_what_a_file_does_not_tell_is_left_alone(more: dict[str, Any], why: str) -> None:
    """Nothing is planned for a policy that the file does not hold, and the reason is said."""
    Path("a.json").write_text(json.dumps(snapshot() | more))
    done = ecrgen("plan", "--state", "a.json")
    assert "+ set the statements" not in done.out
    assert why in done.out + done.err


def test_a_file_of_iam_alone() -> None:
    """It says nothing of repositories, and the plan says so; standard input is read once."""
    found = plan(details())
    assert "a plan from a file leaves the policy of its repositories out" in json.dumps(found["elsewhere"])
    state = json.dumps(snapshot(repositories={REPO: None})).encode()
    done = ecrgen("plan", "--state", "a.json", stdin=state)
    assert done.code == 0
