"""Resource halves in an account: planned, applied, narrowed, mended and taken away again, beside what others wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from accounts import ACCOUNT
from command_line import Result, ecrgen
from moto.iam.models import iam_backends
from reference_evaluator import decide
from server import Call, Reply, Server
from strict_ecr import UNSEEN
from world import add_grantees, add_repositories, default_text, repository

from ecrgen.account.connection import connect
from ecrgen.catalog.sids import sid_of, sid_prefix

CONSUMER = "444455556666"
ROLE = f"arn:aws:iam::{CONSUMER}:role/ci"
HEAD = f"version: 1\nextends: builtin\nnamespace: pay\naccount: '{ACCOUNT}'\nregion: [us-east-1, eu-west-1]\ngrants:\n"
PULL = """\
  ci:
    persona: pull
    with: {repo: [team/web, team/api]}
    region: us-east-1
    to: "arn:aws:iam::444455556666:role/ci"
"""
CACHE = """\
  all:
    persona: pull-prefix
    with: {repo: team/*}
    to: org/o-a1b2c3d4e5
    through: registry
"""
REGISTRY = """\
  dr:
    persona: replication
    with: {repo: prod/*}
    to: account/444455556666
  cache:
    persona: pull-through-cache
    with: {repo: hub/*}
    region: us-east-1
    to: role/x
"""
THEIRS = {"Sid": "new policy", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{CONSUMER}:root"}}
THEIRS |= {"Action": ["ecr:BatchGetImage", "ecr:ListImages"]}
MORE = {**THEIRS, "Sid": "Zürich", "Action": "ecr:DescribeImages"}
OF_REGISTRY = {**THEIRS, "Resource": f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/*"}


class Site:
    """A catalog, the account it is for, and what others wrote into its policies."""

    def __init__(
        self, server: Server, directory: Path, patch: pytest.MonkeyPatch, reconnect: Callable[[], None]
    ) -> None:
        self.server, self.catalog = server, directory / "catalog.yaml"
        self.patch, self.reconnect = patch, reconnect

    def write(self, *grants: str) -> None:
        self.catalog.write_text(HEAD + "".join(grants))

    def run(self, *arguments: str, code: int = 0) -> Result:
        result = ecrgen(*arguments)
        assert result.code == code, result
        return result

    def plan(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """The plan as values."""
        found: dict[str, Any] = json.loads(self.run("plan", "--json", *arguments, code=code).out)
        return found

    def changes(self, *arguments: str) -> list[str]:
        return [each["words"] for each in self.plan(*arguments)["changes"]]

    def apply(self, *arguments: str, code: int = 0) -> Result:
        return self.run("apply", "--yes", *arguments, code=code)

    def document(self, name: str = "", region: str = "us-east-1") -> dict[str, Any] | None:
        """The policy of a repository, or of the registry, as it lies there."""
        registry = self.server.registry(region)
        text = registry.repositories[name].policy if name else registry.registry_policy
        return json.loads(text) if text else None

    def put(self, name: str, document: dict[str, Any] | None, region: str = "us-east-1") -> None:
        text = None if document is None else json.dumps(document, indent=2)
        if name:
            self.server.registry(region).repositories[name].policy = text
        else:
            self.server.registry(region).registry_policy = text

    def sids(self, name: str = "", region: str = "us-east-1") -> list[str]:
        return [each["Sid"] for each in (self.document(name, region) or {"Statement": []})["Statement"]]

    def become(self, account: str) -> None:
        """Go on with the credentials of a role of another account."""
        sts = boto3.client("sts", endpoint_url=self.server.url, region_name="us-east-1")
        role = f"arn:aws:iam::{account}:role/operator"
        given = sts.assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
        for name, key in (("ACCESS_KEY_ID", "AccessKeyId"), ("SECRET_ACCESS_KEY", "SecretAccessKey")):
            self.patch.setenv(f"AWS_{name}", given[key])
        self.patch.setenv("AWS_SESSION_TOKEN", given["SessionToken"])
        self.reconnect()

    def allows(self, caller: str, action: str, name: str, region: str = "us-east-1") -> bool:
        """The decision of the reference evaluator, by what lies in both accounts."""
        account, role = caller.split(":")[4], caller.split("/")[1]
        iam = iam_backends[account]["aws"]
        holder = next((each for each in iam.roles.values() if each.name == role), None)
        identity = [json.loads(default_text(each)) for each in (holder.managed_policies.values() if holder else ())]
        registry = self.server.registry(region)
        lying = registry.repositories.get(name)
        texts = [lying.policy if lying else None, registry.registry_policy]
        request = {"action": action, "resource": repository(name, region).arn, "principal": caller}
        return decide(request, identity, [json.loads(text) for text in texts if text])[0] == "Allow"

    def others(self, name: str = "") -> list[Any]:
        statements = (self.document(name) or {"Statement": []})["Statement"]
        return [each for each in statements if not each["Sid"].startswith(sid_prefix("pay"))]


@pytest.fixture
def site(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Three repositories; others have statements in the policy of one, and in the registry's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    connecting = cache(lambda **given: connect(**given, pause=0.0001))
    monkeypatch.setattr("ecrgen.cli.account.connect", connecting)
    add_repositories(server.registry(), "team/web", "team/api", "team/old")
    role = iam_backends[CONSUMER]["aws"].create_role("ci", "{}", "/", None, "", [], None)
    assert role.arn == ROLE
    made = Site(server, tmp_path, monkeypatch, connecting.cache_clear)
    made.put("team/web", {"Version": "2008-10-17", "Id": "theirs", "Statement": [THEIRS, MORE]})
    made.put("", {"Version": "2012-10-17", "Statement": [OF_REGISTRY]})
    made.write(PULL, CACHE)
    yield made
    assert made.others("team/web") == [THEIRS, MORE]
    assert made.others() == [OF_REGISTRY]
    document = made.document("team/web")
    assert document is not None
    assert list(document)[:2] == ["Version", "Id"]


CI, ALL = sid_of("pay", "ci", 1), sid_of("pay", "all", 1)


def test_the_cycle(site: Site) -> None:
    """Planned, applied, empty, narrowed, mended, moved, pruned, destroyed: others' statements are never touched."""
    made = site.plan()
    web, api = repository("team/web"), repository("team/api")
    registry = f"the registry of account {ACCOUNT} in "
    assert [each["words"] for each in made["changes"]] == [
        f"set the statements of ci in the policy of {api}",
        f"set the statements of ci in the policy of {web}",
        f"set the statements of all in the policy of {registry}eu-west-1",
        f"set the statements of all in the policy of {registry}us-east-1",
    ]
    site.apply()
    assert site.sids("team/web") == ["new policy", "Zürich", CI]
    assert site.sids("team/api") == [CI]
    assert (site.sids(), site.sids(region="eu-west-1")) == (["new policy", ALL], [ALL])
    document = site.document("team/api")
    assert document == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": CI,
                "Effect": "Allow",
                "Principal": {"AWS": ROLE},
                "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            }
        ],
    }
    assert site.changes() == site.changes("--prune") == []
    # narrowed, which is no revocation
    site.write(PULL.replace("to:", "guards: [tls]\n    to:"), CACHE)
    assert len(site.changes()) == 2
    site.apply()
    found = site.document("team/web")
    assert found is not None
    assert found["Statement"][2]["Condition"] == {"Bool": {"aws:SecureTransport": "true"}}
    # drift of ours is mended, and drift of theirs is theirs
    site.put("team/api", {"Version": "2012-10-17", "Statement": [{**found["Statement"][2], "Action": "ecr:*"}, MORE]})
    assert site.changes() == [f"set the statements of ci in the policy of {api}"]
    site.apply()
    assert site.sids("team/api") == ["Zürich", CI]
    assert site.changes() == []
    # a repository less: what lies there goes with --prune
    site.write(PULL.replace("team/web, team/api", "team/web"), CACHE)
    site.apply()
    assert site.sids("team/api") == ["Zürich", CI]
    assert site.changes("--prune") == [f"take the statements of ci out of the policy of {api}"]
    site.apply("--prune")
    assert site.sids("team/api") == ["Zürich"]
    # all of it
    site.write(PULL)
    site.run("destroy", "--yes")
    assert site.sids("team/web") == ["new policy", "Zürich"]
    assert site.document(region="eu-west-1") is None
    assert site.changes("--prune")[0].startswith("set the statements of ci")


def test_what_it_costs(site: Site) -> None:
    """A plan reads each document of a grant once, and one for each region; an apply reads again before each write."""
    site.server.calls.clear()
    site.run("plan")
    of_ecr = [call.operation for call in site.server.calls if call.region]
    assert sorted(of_ecr) == ["GetRegistryPolicy"] * 2 + ["GetRepositoryPolicy"] * 2
    site.server.calls.clear()
    site.apply("--concurrency", "1")
    of_ecr = [call.operation for call in site.server.calls if call.region][4:]
    assert of_ecr == [
        *["GetRepositoryPolicy", "SetRepositoryPolicy"] * 2,
        *["GetRegistryPolicy", "PutRegistryPolicy"] * 2,
    ]
    assert not any("force" in call.parameters for call in site.server.calls)


def test_ours_moved_since_the_plan(site: Site) -> None:
    """Where somebody changed our statements after the plan was made, nothing is written, and it is said."""
    site.write(PULL)
    site.apply()
    site.write(PULL.replace("to:", "guards: [tls]\n    to:"))
    before = site.document("team/web")
    assert before is not None

    def meddle(call: Call) -> None:
        if call.operation == "GetRepositoryPolicy" and count(site, call.operation) == 3:
            ours = before["Statement"][2]
            site.put("team/api", {"Version": "2012-10-17", "Statement": [{**ours, "Action": "ecr:*"}]})

    site.server.calls.clear()
    site.server.before = meddle
    result = site.apply("--concurrency", "1", code=1)
    words = f"failed: {repository('team/api')}: ecrgen's statements in its policy are not what they were when this was "
    assert words + "planned, so nothing was written; plan again\n" in result.out
    moved, changed = site.document("team/api"), site.document("team/web")
    assert moved is not None
    assert changed is not None
    assert moved["Statement"][0]["Action"] == "ecr:*"
    assert "Condition" in changed["Statement"][2]


def count(site: Site, operation: str) -> int:
    return sum(call.operation == operation for call in site.server.calls)


def test_others_wrote_since_the_plan(site: Site) -> None:
    """What others write after the plan was made, before or between our writes, is there afterwards."""
    late = {**THEIRS, "Sid": "late"}

    def meddle(call: Call) -> None:
        if call.operation == "GetRepositoryPolicy" and count(site, call.operation) == 3:
            site.put("team/api", {"Version": "2012-10-17", "Statement": [late]})

    site.server.calls.clear()
    site.server.before = meddle
    site.apply("--concurrency", "1")
    assert site.sids("team/api") == ["late", CI]
    assert site.changes() == []


def test_a_write_that_is_sent_again_is_made_anew(site: Site) -> None:
    """Where AWS was busy, what others wrote meanwhile is kept: no old document is sent a second time."""
    site.write(PULL)

    def busy(call: Call) -> Reply | None:
        if call.operation != "SetRepositoryPolicy" or count(site, call.operation) > 1:
            return None
        site.put("team/api", {"Version": "2012-10-17", "Statement": [THEIRS]})
        return Reply(400, "ThrottlingException")

    site.server.calls.clear()
    site.server.before = busy
    site.apply("--concurrency", "1")
    assert site.sids("team/api") == ["new policy", CI]


def test_what_others_wrote_while_it_was_deleted(site: Site) -> None:
    """A policy that others wrote into at the last moment is given back to them: AWS tells what it deleted."""
    site.write(PULL)
    site.apply()
    site.write(CACHE)

    def meddle(call: Call) -> None:
        if call.operation == "DeleteRepositoryPolicy":
            site.put("team/api", {"Version": "2012-10-17", "Statement": [THEIRS]})

    site.server.before = meddle
    site.apply("--prune")
    assert site.document("team/api") == {"Version": "2012-10-17", "Statement": [THEIRS]}


def test_a_principal_that_is_not_there_yet(site: Site) -> None:
    """A role that was made a moment ago is waited for."""
    site.write(PULL)
    UNSEEN[ROLE] = 3
    site.apply()
    assert site.sids("team/api") == [CI]


def test_a_principal_that_is_never_there(site: Site) -> None:
    """A role that does not exist is named once the patience is over; the other halves are done."""
    site.write(PULL.replace("role/ci", "role/zap"), CACHE)
    result = site.apply(code=1)
    zap = ROLE.replace("ci", "zap")
    words = f"{repository('team/api')}: AWS does not find one of {zap}; make it, or correct the grant"
    assert words in result.out
    assert site.sids() == ["new policy", ALL]


def test_a_principal_that_was_deleted(site: Site) -> None:
    """The id of a role that was deleted is shown, and the role that is there by now is named again."""
    site.write(PULL)
    site.apply()
    document = site.document("team/api")
    assert document is not None
    document["Statement"][0]["Principal"]["AWS"] = "AROAEXAMPLEEXAMPLE123"
    site.put("team/api", document)
    made = site.plan()
    assert [each["words"] for each in made["changes"]] == [
        f"set the statements of ci in the policy of {repository('team/api')}"
    ]
    start = f"the policy of {repository('team/api')} names AROAEXAMPLEEXAMPLE123 for ecrgen: a role or user that was"
    assert any(each.startswith(start) for each in made["remarks"])
    site.apply()
    assert ROLE in json.dumps(site.document("team/api"))
    assert site.changes() == []


def test_somebody_deleted_in_others_statements(site: Site) -> None:
    """A policy that AWS does not take because of others' statements is told apart from one with a slip of ours."""
    site.write(PULL)
    stale = {**THEIRS, "Principal": {"AWS": "AIDAEXAMPLEEXAMPLE123"}}
    site.put("team/api", {"Version": "2012-10-17", "Statement": [stale]})
    result = site.apply(code=1)
    assert "others' statements name AIDAEXAMPLEEXAMPLE123, somebody who was deleted" in result.out
    assert site.sids("team/api") == ["new policy"]


def test_somebody_set_a_policy_whole(site: Site) -> None:
    """What Terraform took out by setting a policy whole is told with what that looks like, and written again."""
    site.write(PULL)
    site.apply()
    terraforms = {**THEIRS, "Sid": "PrivateReadOnly"}
    site.put("team/api", {"Version": "2012-10-17", "Statement": [terraforms]})
    (told,) = [each for each in site.plan()["remarks"] if "missing" in each]
    assert told.startswith(f"grant ci: statements are missing in the policy of {repository('team/api')}: it is new in ")
    assert "looks like those of Terraform's module terraform-aws-modules/ecr (Sid PrivateReadOnly)" in told
    assert told in site.run("plan", "--format", "text").out
    site.apply()
    assert site.sids("team/api") == ["PrivateReadOnly", CI]
    assert site.changes() == []
    assert not any("missing" in each for each in site.plan()["remarks"])


def test_what_may_not_be_read_is_left_alone(site: Site) -> None:
    """A policy that the caller may not read is left alone, in plan and apply, which say so."""
    denied = Reply(400, "AccessDeniedException")
    site.server.before = lambda call: denied if call.parameters.get("repositoryName") == "team/api" else None
    made = site.plan()
    assert any(f"the policy of {repository('team/api')} is left alone: " in each for each in made["remarks"])
    assert len(made["changes"]) == 3
    result = site.apply(code=1)
    assert f"note: left alone: GetRepositoryPolicy {repository('team/api')}: access denied" in result.err
    assert site.sids("team/web")[-1] == CI
    assert site.document("team/api") is None


def test_a_repository_that_does_not_exist(site: Site) -> None:
    """A repository that a grant names and nobody made is found by the plan."""
    site.write(PULL.replace("team/api", "team/zap"))
    result = site.run("plan", code=2)
    assert f"error: ci: {repository('team/zap')} does not exist; create it, or correct the name\n" in result.err


def test_a_pattern_is_set_on_what_there_is(site: Site) -> None:
    """The half of a pattern is written into each repository that matches, also those that come later."""
    site.write(PULL.replace("persona: pull", "persona: pull-prefix").replace("[team/web, team/api]", "[team/*, zap/*]"))
    made = site.plan()
    nowhere = f"grant ci: there is no repository {repository('zap/*')} yet; apply again once there is one"
    assert nowhere in made["remarks"]
    site.apply()
    assert [site.sids(name)[-1] for name in ("team/web", "team/api", "team/old")] == [CI] * 3
    add_repositories(site.server.registry(), "team/new")
    site.apply()
    assert site.sids("team/new") == [CI]


def test_a_grant_moves_to_the_registry(site: Site) -> None:
    """What a grant says through the registry is there before it goes from the repositories."""
    site.write(PULL)
    site.apply()
    site.write(PULL + "    through: registry\n")
    site.server.calls.clear()
    site.apply("--prune", "--concurrency", "1")
    writes = [call.operation for call in site.server.calls if call.writes]
    assert writes == ["PutRegistryPolicy", "DeleteRepositoryPolicy", "SetRepositoryPolicy"]
    assert site.sids("team/api") == []


def test_only_some_grants(site: Site) -> None:
    """With --only, documents of other grants are neither read nor changed."""
    site.server.calls.clear()
    assert len(site.changes("--only", "ci")) == 2
    site.apply("--only", "ci", "--prune")
    assert site.sids() == ["new policy"]
    assert {call.operation for call in site.server.calls if call.region} == {
        "GetRegistryPolicy",
        "GetRepositoryPolicy",
        "SetRepositoryPolicy",
    }


def test_a_digest_outlives_what_others_write(site: Site) -> None:
    """A plan that was agreed to is carried out though others wrote since; not where ours is something else by now."""
    site.write(PULL)
    digest = site.plan()["digest"]
    site.put("team/api", {"Version": "2012-10-17", "Statement": [MORE]})
    assert site.plan()["digest"] == digest
    ours = {**THEIRS, "Sid": CI}
    site.put("team/api", {"Version": "2012-10-17", "Statement": [ours]})
    assert "the plan is " in site.apply("--plan-digest", digest, code=2).err


def test_what_a_persona_breaks_stops_an_apply(site: Site) -> None:
    """Where a persona does not keep its promise, nothing of it is written into a repository's policy either."""
    (site.catalog.parent / "templates").mkdir()
    arn = repository("team/web").arn
    template = {"Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": arn}], "Version": "2012-10-17"}
    (site.catalog.parent / "templates" / "e.json.j2").write_text(json.dumps(template))
    persona = "personas:\n  all: {summary: All, template: e.json.j2, expect: [{deny: ecr:PutImage team/web}]}\n"
    grant = PULL.replace("persona: pull", "persona: all").replace("    with: {repo: [team/web, team/api]}\n", "")
    site.write(grant)
    site.catalog.write_text(site.catalog.read_text().replace("grants:", f"{persona}grants:"))
    (objection,) = site.plan(code=1)["objections"]
    assert "personas.all.expect" in objection
    site.apply(code=1)
    assert site.sids("team/web") == ["new policy", "Zürich"]


def test_who_gains_by_which_half(site: Site) -> None:
    """A plan says what roles of the account gain by their policies, and what others gain by those of repositories."""
    add_grantees(site.server.account, "role/mine")
    site.write(PULL.replace('to: "', 'to: [role/mine, "').replace('role/ci"', 'role/ci"]'))
    made = site.plan()
    access = {each["grantee"]: [line["words"] for line in each["gained"]] for each in made["access"]}
    assert access[ROLE] == ["gains pull on team/api in us-east-1, team/web in us-east-1"]
    assert list(access) == ["role/mine", ROLE]
    kinds = [each["kind"] for each in made["access"]]
    assert kinds == ["role", "principal"]


def test_what_stands_in_the_registrys_policy_alone(site: Site) -> None:
    """Grants of the registry's policy are planned, applied and taken away again, beside what others wrote."""
    site.write(REGISTRY)
    made = site.plan()
    registry = f"the policy of the registry of account {ACCOUNT} in"
    assert sorted(each["words"] for each in made["changes"]) == [
        f"set the statements of cache and dr in {registry} us-east-1",
        f"set the statements of dr in {registry} eu-west-1",
    ]
    gained = {line["words"] for each in made["access"] for line in each["gained"]}
    assert any(words.startswith("gains create-repository, ecr:ReplicateImage on prod/*") for words in gained), gained
    add_grantees(iam_backends[ACCOUNT]["aws"], "role/x")
    site.apply()
    cache, dr = sid_of("pay", "cache", 1), sid_of("pay", "dr", 1)
    assert site.sids() == ["new policy", cache, dr]
    assert site.sids(region="eu-west-1") == [dr]
    assert site.changes() == []
    site.write(REGISTRY.partition("  cache")[0])
    site.apply("--prune")
    assert site.sids() == ["new policy", dr]
    site.run("destroy", "--yes")
    assert site.document(region="eu-west-1") is None


def test_both_accounts(site: Site) -> None:
    """Applied in the registry's account and in the grantee's, a grant gives that grantee what it says, and no more."""
    site.put("team/web", None)  # what others say would count
    site.put("", None)
    site.write(PULL)
    me, action = f"arn:aws:sts::{CONSUMER}:assumed-role/ci/me", "ecr:BatchGetImage"
    site.apply()
    assert not site.allows(me, action, "team/web")
    site.become(CONSUMER)
    said = site.plan()
    assert [each["action"] for each in said["changes"]] == ["create", "attach"]
    there = f"grant ci: the policy of its repositories lies in account {ACCOUNT}; apply this catalog there"
    assert there in said["elsewhere"]
    site.apply()
    assert site.changes() == site.changes("--prune") == []
    site.become(ACCOUNT)
    assert site.changes() == site.changes("--prune") == []
    assert site.allows(me, action, "team/web")
    assert site.allows(me, action, "team/api")
    for caller, what, name, region in (
        (me, "ecr:PutImage", "team/web", "us-east-1"),
        (me, action, "team/old", "us-east-1"),
        (me, action, "team/web", "eu-west-1"),
        (f"arn:aws:sts::{CONSUMER}:assumed-role/stranger/me", action, "team/web", "us-east-1"),
        ("arn:aws:sts::777788889999:assumed-role/ci/me", action, "team/web", "us-east-1"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/ci/me", action, "team/web", "us-east-1"),
    ):
        assert not site.allows(caller, what, name, region)
    # one half alone is nothing, whichever goes first
    site.run("destroy", "--yes")
    assert not site.allows(me, action, "team/web")
    site.put("team/web", {"Version": "2008-10-17", "Id": "theirs", "Statement": [THEIRS, MORE]})
    site.put("", {"Version": "2012-10-17", "Statement": [OF_REGISTRY]})
    site.become(CONSUMER)
    site.run("destroy", "--yes")
    assert [each["action"] for each in site.plan()["changes"]] == ["create", "attach"]
    site.server.ever.clear()  # what persona operator allows is looked at for one account


def test_a_plan_from_a_file_says_what_it_leaves_out(site: Site) -> None:
    """A file of IAM's details has no policies of repositories, so a plan from it is no plan for them."""
    lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    Path("details.json").write_text(json.dumps({name: [] for name in lists}))
    said = site.plan("--state", "details.json")
    left_out = "grant ci: a plan from a file leaves the policy of its repositories out; plan with the credentials of"
    assert f"{left_out} account {ACCOUNT}" in said["elsewhere"]
    assert said["changes"] == []


def test_a_document_that_others_filled(site: Site) -> None:
    """Where others wrote so much after the plan was made that ours has no room, nothing is written, and it is said."""
    site.write(PULL)

    def fill(call: Call) -> None:
        if call.operation == "GetRepositoryPolicy" and count(site, call.operation) == 3:
            site.put("team/api", {"Version": "2012-10-17", "Statement": [{**THEIRS, "Sid": "x" * 10_000}]})

    site.server.calls.clear()
    site.server.before = fill
    result = site.apply("--concurrency", "1", code=1)
    words = "with what others wrote into its policy meanwhile, it would have "
    assert f"failed: {repository('team/api')}: {words}" in result.out
    assert site.sids("team/api") == ["x" * 10_000]
    assert site.sids("team/web")[-1] == CI
    site.server.before = lambda call: None
    refused = site.run("plan", code=2)
    assert "more than AWS takes; grant to account/ID or org/ID instead of many, or through: registry" in refused.err


def test_a_policy_that_would_lock_out(site: Site) -> None:
    """What AWS refuses because of others' statements is said in its words, and is never forced."""
    deny = {"Sid": "lock", "Effect": "Deny", "Principal": "*", "Action": "ecr:SetRepositoryPolicy"}
    site.write(PULL)
    site.put("team/api", {"Version": "2012-10-17", "Statement": [deny]})
    result = site.apply(code=1)
    assert "prevent the caller from setting another one" in result.out
    assert not any("force" in call.parameters for call in site.server.calls)
    assert site.sids("team/api") == ["lock"]


def test_a_deny_in_another_account_comes_first(site: Site) -> None:
    """Nothing orders two accounts, so a plan says where a Deny of another account has to be there before it."""
    (site.catalog.parent / "templates").mkdir()
    deny = {"Effect": "Deny", "Action": "ecr:PutImage", "Resource": repository("team/web").arn}
    template = {"Statement": [deny], "Version": "2012-10-17"}
    (site.catalog.parent / "templates" / "e.json.j2").write_text(json.dumps(template))
    site.write("  fence: {persona: no-push, to: 'arn:aws:iam::444455556666:role/ci'}\n", PULL)
    persona = "personas:\n  no-push: {summary: No, template: e.json.j2}\n"
    site.catalog.write_text(site.catalog.read_text().replace("grants:", f"{persona}grants:"))
    half = f"the identity half of {ROLE} lies in account {CONSUMER}; "
    assert site.plan()["elsewhere"] == [
        f"grant fence: {half}it denies something, so apply this catalog there first",
        f"grant ci: {half}apply this catalog there, too",
    ]
