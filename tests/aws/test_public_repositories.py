"""The policies of repositories of ECR Public, which are set as those of others are, by an API of their own."""

from __future__ import annotations

import json

import pytest
from accounts import ACCOUNT
from server import Call, Reply
from test_shared_documents import PULL, ROLE, THEIRS, Site, site  # noqa: F401 - a fixture
from world import add_repositories

from ecrgen.catalog.sids import sid_of

ARN = f"arn:aws:ecr-public::{ACCOUNT}:repository/team/tools"
PUSH = f"""\
  tools:
    persona: public-push
    with: {{repo: team/tools}}
    to: "{ROLE}"
"""
# A grant that gives nothing any more, and is about ECR Public.
ENDED = PUSH.replace("tools:", "old:", 1) + "    guards: [expires=2020-01-31T00:00:00Z]\n"
SID = sid_of("pay", "tools", 1)
OTHERS = {**THEIRS, "Action": "ecr-public:PutImage"}
ACTIONS = ["BatchCheckLayerAvailability", "CompleteLayerUpload", "InitiateLayerUpload", "PutImage", "UploadLayerPart"]


@pytest.fixture
def public(site: Site) -> Site:  # noqa: F811
    """The site with a repository of ECR Public, in whose policy others have a statement."""
    add_repositories(site.server.registry(""), "team/tools", "other")
    site.put("team/tools", {"Version": "2012-10-17", "Statement": [OTHERS]}, "")
    site.write(PUSH)
    return site


def test_a_cycle(public: Site) -> None:
    """A grant to another account is planned, applied, found as it should be, mended and taken away, beside others'."""
    made = public.plan()
    assert [each["words"] for each in made["changes"]] == [f"set the statements of tools in the policy of {ARN}"]
    assert [each["words"] for each in made["access"][0]["gained"]] == [f"gains public-push on {ARN}"]
    public.apply()
    document = public.document("team/tools", "")
    assert document is not None
    theirs, ours = document["Statement"]
    assert theirs == OTHERS
    assert (ours["Sid"], ours["Principal"], "Resource" in ours) == (SID, {"AWS": ROLE}, False)
    assert sorted(ours["Action"]) == [f"ecr-public:{each}" for each in ACTIONS]
    assert public.changes() == []
    ours["Action"] = ["ecr-public:*"]
    public.put("team/tools", document, "")
    public.apply()
    assert sorted(public.document("team/tools", "")["Statement"][1]["Action"]) == [
        f"ecr-public:{each}" for each in ACTIONS
    ]  # type: ignore[index]
    public.write(PUSH, ENDED)
    assert public.changes("--prune") == []
    public.write(ENDED)
    assert public.changes("--prune") == [f"take the statements of tools out of the policy of {ARN}"]
    public.apply("--prune")
    assert public.document("team/tools", "") == {"Version": "2012-10-17", "Statement": [OTHERS]}


def test_destroy(public: Site) -> None:
    """destroy takes ours out, and deletes a policy that holds nothing else."""
    public.put("team/tools", None, "")
    public.apply()
    assert public.sids("team/tools", "") == [SID]
    public.run("destroy", "--yes")
    assert public.document("team/tools", "") is None


def test_calls(public: Site) -> None:
    """A plan reads the policies that grants name; all repositories of ECR Public are looked for with --prune alone.

    And that only for a catalog that is about ECR Public.
    """
    public.plan()
    assert [each.operation for each in public.server.calls if each.public] == ["GetRepositoryPolicy"]
    public.server.calls.clear()
    public.plan("--prune")
    of_public = [each.operation for each in public.server.calls if each.public]
    assert of_public == ["DescribeRepositories", "GetRepositoryPolicy", "GetRepositoryPolicy"]
    public.server.calls.clear()
    public.write(PULL)
    public.plan("--prune")
    assert [each.operation for each in public.server.calls if each.public] == []


def test_a_repository_that_does_not_exist(public: Site) -> None:
    """One that nobody made is found by the plan."""
    public.write(PUSH.replace("team/tools", "team/zap"))
    result = public.run("plan", code=2)
    assert (
        f"error: tools: {ARN.replace('team/tools', 'team/zap')} does not exist; create it, or correct the name\n"
        in result.err
    )


def test_what_may_not_be_read(public: Site) -> None:
    """What is denied of ECR Public is said, with the persona that allows it, and the rest is planned."""

    def denied(call: Call) -> Reply | None:
        return Reply(400, "AccessDeniedException") if call.public else None

    public.server.before = denied
    public.write(PUSH, PULL)
    made = public.plan("--prune")
    assert len(made["changes"]) == 2
    (unlisted,) = [each for each in made["remarks"] if "the repositories of ECR Public are not known" in each]
    assert "DescribeRepositories in ECR Public: access denied" in unlisted
    assert any(f"the policy of {ARN} is left alone: " in each for each in made["remarks"])


def test_a_snapshot_holds_none(public: Site) -> None:
    """A plan from a snapshot says that ECR Public is not in it, and never that a repository is missing."""
    public.run("snapshot", "--region", "us-east-1", "-o", "all.json")
    public.server.ever.clear()  # which persona auditor allows
    remarks = json.loads(public.run("plan", "--json", "--state", "all.json").out)["remarks"]
    assert any(
        f"the policy of {ARN} is left alone: " in each and "does not hold ECR Public" in each for each in remarks
    )
