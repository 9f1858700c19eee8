"""One run in several accounts: both halves of grants, planned and applied with the credentials that a catalog names."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from accounts import ACCOUNT
from command_line import environment
from moto.iam.models import iam_backends
from server import Call, Cut, Reply, Server
from two_accounts import CONSUMER, HEAD, ME, PULL, PULLS, Site, two_accounts
from world import add_repositories, repository

# Whoever has a policy for it in the consumer's account pushes, but for role/ci, which is denied it there.
FENCED = f"""\
  all: {{persona: push, with: {{repo: team/web}}, to: account/{CONSUMER}}}
  fence: {{persona: no-push, to: "arn:aws:iam::{CONSUMER}:role/ci"}}
"""
MOVED = f"""\
  mine: {{persona: pull, with: {{repo: team/api}}, to: [role/mine, "arn:aws:iam::{CONSUMER}:role/other"]}}
"""
NO_PUSH = "personas:\n  no-push: {summary: No, template: e.json.j2}\ngrants:\n"
PUSHES = "ecr:PutImage"
ANY_PUSH = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": PUSHES, "Resource": "*"}]}


@pytest.fixture
def site(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with two_accounts(server, tmp_path, monkeypatch) as made:
        yield made


def test_both_halves_in_one_run(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
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
    for profile in ("registry", "consumer"):
        assert f"run {made['digest'][:8]}" in site.run("history", "ci", "--profile", profile).out
    assert site.allows(PULLS, "team/web")
    assert site.changes("--prune") == {"consumer": [], "registry": []}
    site.write(PULL.replace("team/web, team/api", "team/web"))
    site.run("apply", "--accounts", "--yes", "--prune")
    assert (site.allows(PULLS, "team/web"), site.allows(PULLS, "team/api")) == (True, False)
    assert site.document("team/api") is None
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    result = site.run("destroy", "--accounts", "--yes", "--json")
    assert result.err.count("so AWS_REGION ('eu-west-1') does not count") == 1
    done = json.loads(result.out)
    assert (done["complete"], [each["name"] for each in done["accounts"]]) == (True, ["consumer", "registry"])
    assert site.policies(ACCOUNT) == site.policies(CONSUMER) == []
    assert site.document("team/web") is None


def test_each_has_to_be_the_account_that_the_catalog_says(site: Site) -> None:
    """Credentials that lead elsewhere, or nowhere, stop the run before anything is read of any account."""
    wrong = HEAD.replace("profile: registry", "profile: consumer").replace(
        "grants:", "  third: {id: '777788889999', profile: nobody}\ngrants:"
    )
    site.write(PULL, head=wrong)
    for command in ("plan", "apply", "destroy"):
        assert site.run(command, "--accounts", code=2).err == (
            "error: accounts.registry: profile consumer leads to account 444455556666, not to 123456789012\n"
            "error: accounts.third: AWS: no such profile (The config profile (nobody) could not be found); "
            "`aws configure list-profiles` shows which there are\n"
        )
    assert set(site.server.operations()) == {"AssumeRole", "GetCallerIdentity"}


def test_a_role_that_does_not_trust_the_caller(site: Site) -> None:
    """A role that cannot be assumed is named, with what its owner and the caller's have to do."""
    site.server.before = lambda call: Reply(403, "AccessDenied") if call.operation == "AssumeRole" else None
    assert site.run("apply", "--accounts", "--yes", code=2).err == (
        f"error: accounts.consumer: AssumeRole arn:aws:iam::{CONSUMER}:role/operator: access denied: the caller lacks "
        "sts:AssumeRole; allow it on that role, and let the role trust the caller: made up by a test\n"
    )


def test_no_network(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where AWS is out of reach, each account is said, and nothing was done."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    err = site.run("plan", "--accounts", code=2).err
    assert "error: accounts.registry: GetCallerIdentity: AWS cannot be reached" in err
    assert "error: accounts.consumer: AssumeRole arn:" in err
    assert site.server.calls == []


@pytest.mark.parametrize(
    ("head", "arguments", "words"),
    [
        (HEAD.partition("accounts:")[0] + "grants:\n", (), "the catalog names none; write them under `accounts`"),
        (
            HEAD.replace(f"account: '{ACCOUNT}'\n", ""),
            (),
            "the catalog does not say which of them has the repositories",
        ),
        (HEAD, ("pull", "--repo", "a1", "--to", "role/x"), "goes with grants of the catalog, and pull is a persona"),
        (HEAD, ("--state", "config"), "reads accounts themselves, and --state a file"),
    ],
)
def test_what_several_accounts_need(site: Site, head: str, arguments: tuple[str, ...], words: str) -> None:
    """What does not go together is said before any account is asked."""
    site.write(PULL, head=head)
    if "--state" in arguments:
        Path("config").write_text("{}")
    assert site.run("plan", "--accounts", *arguments, code=2).err.startswith(f"error: --accounts: {words}")
    assert site.server.calls == []


@pytest.mark.slow
def test_the_environment_names_no_single_account(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS_ACCOUNT_ID, which would refuse all accounts but one, says nothing where the catalog names several."""
    monkeypatch.setenv("AWS_ACCOUNT_ID", CONSUMER)
    result = site.run("apply", "--accounts", "--yes")
    assert "note: " not in result.err
    assert site.allows(PULLS, "team/web")


def test_an_account_that_fails(site: Site) -> None:
    """Where one account cannot be changed, the other is; both are said, the exit code is 1, the next run goes on."""
    site.server.before = lambda call: Reply(403, "AccessDenied") if call.operation == "CreatePolicy" else None
    done = json.loads(site.run("apply", "--accounts", "--yes", "--json", code=1).out)
    consumer, registry = done["accounts"]
    assert (done["complete"], consumer["complete"], registry["complete"]) == (False, False, False)
    assert [each["status"] for each in consumer["changes"]] == ["failed", "skipped"]
    assert sorted(each["status"] for each in registry["changes"]) == ["done", "done", "failed", "skipped"]
    site.server.before = lambda call: None
    site.run("apply", "--accounts", "--yes")
    assert site.changes("--prune") == {"consumer": [], "registry": []}


@pytest.fixture
def fenced(site: Site) -> Site:
    """role/ci is allowed to push by a policy of others, and kept from it by a Deny of the catalog's."""
    (site.catalog.parent / "templates").mkdir()
    deny = {"Effect": "Deny", "Action": PUSHES, "Resource": repository("team/web").arn}
    template = {"Statement": [deny], "Version": "2012-10-17"}
    (site.catalog.parent / "templates" / "e.json.j2").write_text(json.dumps(template))
    iam = iam_backends[CONSUMER]["aws"]
    iam.attach_role_policy(iam.create_policy("", "/", json.dumps(ANY_PUSH), "theirs", []).arn, "ci")
    site.write(FENCED, head=HEAD.replace("grants:\n", NO_PUSH))
    site.run("apply", "--accounts", "--yes", "--prune")
    assert not site.allows(PUSHES, "team/web")
    return site


def test_an_account_that_has_to_wait_for_another(fenced: Site) -> None:
    """What the registry's account loses is lost before a Deny goes in the other; where it is not, that is not begun."""
    site = fenced
    site.write(MOVED)
    said = site.run("plan", "--accounts", "--prune").out
    assert said.index("account registry\n") < said.index("account consumer\n")
    assert "account consumer only after registry, so that nobody has too much in between; AWS takes seconds" in said
    site.server.before = lambda call: (
        Reply(403, "AccessDeniedException") if call.operation == "DeleteRepositoryPolicy" else None
    )
    result = site.run("apply", "--accounts", "--yes", "--prune", code=1)
    assert f"skipped: detach ecrgen.pay.fence from role/ci: account {ACCOUNT} has to be done before" in result.out
    assert not site.allows(PUSHES, "team/web")
    site.server.before = lambda call: None
    site.run("apply", "--accounts", "--yes", "--prune")
    assert site.document("team/web") is None
    assert site.policies(CONSUMER) == ["ecrgen.pay.mine"]


@pytest.mark.slow
def test_a_grantee_that_no_grant_names_any_more(site: Site) -> None:
    """An account stays in the catalog until what lies there is taken away."""
    site.run("apply", "--accounts", "--yes")
    site.write(PULL.replace(f', "arn:aws:iam::{CONSUMER}:role/ci"', ""))
    site.run("apply", "--accounts", "--yes", "--prune")
    assert site.policies(CONSUMER) == []
    assert site.document("team/web") is None
    assert site.policies(ACCOUNT) == ["ecrgen.pay.ci"]


@pytest.mark.slow
def test_repositories_of_another_account(site: Site) -> None:
    """A grant on repositories of an account that the catalog names is applied there, and taken away there again."""
    there = site.server.registry(account=CONSUMER)
    add_repositories(there, "team/web", "team/api")
    both = f"""\
  shop:
    persona: pull
    with: {{repo: [team/web, team/api]}}
    account: "{CONSUMER}"
    to: role/mine
"""
    site.write(both)
    assert site.changes() == {"consumer": ["set-statements"] * 2, "registry": ["create", "attach"]}
    said = json.loads(site.run("plan", "--profile", "registry", "--json").out)["elsewhere"]
    assert said == [f"grant shop: the policy of its repositories lies in account {CONSUMER}; apply this catalog there"]
    site.run("apply", "--accounts", "--yes")
    site.write(both.replace("team/web, team/api", "team/web"))
    site.run("apply", "--accounts", "--yes", "--prune")
    assert [name for name, each in there.repositories.items() if each.policy] == ["team/web"]
    assert site.changes("--prune") == {"consumer": [], "registry": []}
    site.run("destroy", "--accounts", "--yes")
    assert [name for name, each in there.repositories.items() if each.policy] == []


def access(site: Site) -> set[tuple[str, str, str]]:
    """Who does what in the registry's account."""
    callers = (ME, ME.replace("role/ci", "role/other"), f"arn:aws:sts::{ACCOUNT}:assumed-role/mine/me")
    return {
        (caller, action, name)
        for caller in callers
        for action in (PULLS, PUSHES)
        for name in ("team/web", "team/api")
        if site.allows(action, name, caller)
    }


def apply_to_be_killed(site: Site, at: int, *, after: bool) -> bool:
    """Apply in a process that is killed before or after its write of that number took effect. Tells if it was."""
    command = [sys.executable, "-m", "ecrgen", "apply", "--accounts", "--yes", "--prune", "--concurrency", "1"]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    writes: list[Call] = []

    def kill(call: Call) -> Cut | None:
        if call.writes:
            writes.append(call)
            if len(writes) == at + 1:
                os.kill(process.pid, signal.SIGKILL)
                return Cut()
        return None

    setattr(site.server, "after" if after else "before", kill)
    ended = process.wait(60)
    site.server.before = site.server.after = lambda call: None
    assert ended in (0, -signal.SIGKILL)
    return ended != 0


@pytest.mark.slow  # a process for each write
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_anywhere(fenced: Site, after: bool) -> None:
    """Killed before or after any write in either account, nobody has more than either side gives; then it converges."""
    site, old = fenced, fenced.catalog.read_text()
    faults: list[str] = []
    bound = access(site)
    site.write(MOVED)
    site.run("apply", "--accounts", "--yes", "--prune")
    assert access(site) - bound
    bound |= access(site)

    def look(call: Call) -> None:
        more = access(site) - bound
        if more:
            faults.append(f"{call.operation}: {more}")

    at, killed = 0, True
    while killed:
        site.catalog.write_text(old)
        site.server.seen = lambda call: None
        site.run("apply", "--accounts", "--yes", "--prune")
        site.write(MOVED)
        site.server.seen = look
        killed = apply_to_be_killed(site, at, after=after)
        site.run("apply", "--accounts", "--yes", "--prune")
        assert site.changes("--prune") == {"registry": [], "consumer": []}
        assert faults == []
        at += 1
    assert at > 8
