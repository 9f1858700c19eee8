"""A rollback of a grant to two accounts: what its versions say of repositories' policies is set, or it is refused.

Each test applies a catalog or two in both accounts, so most are in the longer run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accounts import ACCOUNT
from server import Reply, Server
from two_accounts import CONSUMER, PULL, PULLS, Site, two_accounts
from world import repository

from ecrgen.catalog.sids import sid_of

CI = sid_of("pay", "ci", 1)
HERE, THERE = ("--profile", "registry"), ("--profile", "consumer")
WEB = PULL.replace("team/web, team/api", "team/web")
TLS = PULL.replace("    to:", "    guards: tls\n    to:")
THEIRS = {"Sid": "new policy", "Effect": "Allow", "Principal": "*", "Action": "ecr:ListImages"}


@pytest.fixture
def site(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Two accounts; others have a statement in the policy of team/api."""
    with two_accounts(server, tmp_path, monkeypatch) as made:
        server.registry().repositories["team/api"].policy = json.dumps({"Version": "2012-10-17", "Statement": [THEIRS]})
        yield made


def applied(site: Site, *catalogs: str) -> None:
    for catalog in catalogs:
        site.write(catalog)
        site.run("apply", "--accounts", "--yes", "--prune")


def sids(site: Site, name: str) -> list[str]:
    return [each["Sid"] for each in (site.document(name) or {"Statement": []})["Statement"]]


def there(site: Site) -> list[Any]:
    """All that lies in both accounts."""
    return [site.documents(ACCOUNT), site.documents(CONSUMER), site.document("team/web"), site.document("team/api")]


def test_back_to_less(site: Site) -> None:
    """With the registry's credentials, the policies of repositories go back with the identity policy."""
    applied(site, WEB, PULL)
    shown = site.run("rollback", "ci", "--preview", *HERE).out
    api = repository("team/api").arn
    assert f"  - take the statements of ci out of the policy of {api}" in shown
    result = site.run("rollback", "ci", "--yes", *HERE)
    assert (
        f"the identity half of arn:aws:iam::{CONSUMER}:role/ci lies in account {CONSUMER} and stays as it is"
        in result.err
    )
    assert (sids(site, "team/web"), sids(site, "team/api")) == ([CI], ["new policy"])
    assert (site.allows(PULLS, "team/web"), site.allows(PULLS, "team/api")) == (True, False)
    site.write(WEB)
    assert site.changes("--prune")["registry"] == []
    site.run("rollback", "ci", "--yes", *THERE)
    assert site.changes("--prune") == {"consumer": [], "registry": []}


@pytest.mark.slow
def test_back_to_more(site: Site) -> None:
    """What an older version gives on repositories is let in there again; the order of the two is said in the plan."""
    applied(site, PULL, WEB)
    site.run("rollback", "ci", "--yes", *HERE)
    assert (sids(site, "team/web"), sids(site, "team/api")) == ([CI], ["new policy", CI])
    assert site.changes("--prune") == {"consumer": [], "registry": ["update", "set-statements"]}
    site.write(PULL)
    assert site.changes("--prune") == {"consumer": ["update"], "registry": []}


@pytest.mark.parametrize(("old", "new"), [(PULL, WEB), pytest.param(PULL, TLS, marks=pytest.mark.slow)])
def test_what_cannot_be_seen_from_the_other_account(site: Site, old: str, new: str) -> None:
    """Where the grantee lives, a version that gives more is refused: its other half is elsewhere, without versions."""
    applied(site, old, new)
    before = there(site)
    assert site.run("rollback", "ci", "--yes", *THERE, code=2).err == (
        f"error: ci: would give more, and policies of repositories or registries in account {ACCOUNT} have no versions "
        "and cannot be seen from here; change the catalog, and apply it in both accounts\n"
    )
    assert there(site) == before


@pytest.mark.slow
def test_less_where_the_grantee_lives(site: Site) -> None:
    """A version that gives less holds at once, by itself; what the other account says is told, and lets nobody in."""
    applied(site, WEB, PULL)
    result = site.run("rollback", "ci", "--yes", *THERE)
    stays = "stays as it is; without the identity half it lets nobody in\n"
    assert f"note: what it says in policies of repositories or registries in account {ACCOUNT} {stays}" in result.err
    assert not site.allows(PULLS, "team/api")
    assert sids(site, "team/api") == ["new policy", CI]


def test_what_somebody_set_by_hand_where_the_grantee_lives(site: Site) -> None:
    """Back from a version by hand to what ecrgen put in force last, the other half says that already."""
    applied(site, WEB)
    site.by_hand(CONSUMER, {"Effect": "Allow", "Action": "ecr:ListImages", "Resource": "*"})
    result = site.run("rollback", "ci", "--yes", *THERE)
    assert "stays as it is" not in result.err
    assert site.changes("--prune") == {"consumer": [], "registry": []}


@pytest.mark.slow
@pytest.mark.parametrize("operation", ["SetRepositoryPolicy", "GetRepositoryPolicy"])
def test_a_policy_of_a_repository_that_cannot_be_changed(site: Site, operation: str) -> None:
    """Where a repository's policy cannot be read or set, the identity policy stays, and another try goes as far."""
    applied(site, WEB, PULL)
    before = site.documents(ACCOUNT)
    site.server.before = lambda call: Reply(403, "AccessDeniedException") if call.operation == operation else None
    site.run("rollback", "ci", "--yes", *HERE, code=1 if operation[0] == "S" else 2)
    assert site.documents(ACCOUNT) == before
    site.server.before = lambda call: None
    site.run("rollback", "ci", "--yes", *HERE)
    assert sids(site, "team/api") == ["new policy"]
    site.write(WEB)
    assert site.changes("--prune")["registry"] == []


@pytest.mark.slow
def test_a_version_that_holds_already(site: Site) -> None:
    """A version that is the default one is set in repositories' policies where these say something else."""
    applied(site, WEB)
    site.server.registry().repositories["team/web"].policy = None
    site.run("rollback", "ci", "--yes", "--to-version", "1", *HERE)
    assert sids(site, "team/web") == [CI]
    assert (
        "v1 is its default version already"
        in site.run("rollback", "ci", "--yes", "--to-version", "v1", *HERE, code=2).err
    )


@pytest.mark.slow
def test_a_repository_that_is_gone(site: Site) -> None:
    """A version that names a repository which there is none of is refused: the grant cannot go back whole."""
    applied(site, PULL, WEB)
    del site.server.registry().repositories["team/api"]
    err = site.run("rollback", "ci", "--yes", *HERE, code=2).err
    assert err == f"error: ci: {repository('team/api')} does not exist; create it, or correct the name\n"


@pytest.mark.slow
def test_what_services_are_let_in_to(site: Site) -> None:
    """What a grant says to AWS services is in no version of it, so that it cannot go back whole."""
    guard = f"guards: 'source-account={ACCOUNT}'\n    to: [service/lambda.amazonaws.com, "
    applied(site, *(each.replace("to: [", guard) for each in (WEB, PULL)))
    before = there(site)
    assert (
        "error: ci: what it says to service/lambda.amazonaws.com in the policies of repositories is in none of its"
        in (site.run("rollback", "ci", "--yes", *HERE, code=2).err)
    )
    assert there(site) == before


@pytest.mark.slow
def test_through_the_registry(site: Site) -> None:
    """A statement of the registry's policy goes back, too, and what others say there stays."""
    pattern = """\
  ci:
    persona: pull-prefix
    with: {{repo: "{}"}}
    through: registry
    to: [role/mine, org/o-a1b2c3d4e5]
"""
    others = {**THEIRS, "Resource": "*"}
    site.server.registry().registry_policy = json.dumps({"Version": "2012-10-17", "Statement": [others]})
    applied(site, pattern.format("team/*"), pattern.format("team*"))
    site.run("rollback", "ci", "--yes", *HERE)
    found = json.loads(str(site.server.registry().registry_policy))["Statement"]
    assert (found[0], found[1]["Resource"]) == (others, repository("team/*").arn)


def test_history_says_what_it_does_not_cover(site: Site) -> None:
    """What stands in the policies of repositories has no versions; where an account has nothing else, that is said."""
    applied(site, PULL)
    note = "what the grant says in policies of repositories or registries has none"
    for profile, account in ((HERE, ACCOUNT), (THERE, CONSUMER)):
        assert f"note: these are versions of the identity policy in account {account}; {note}\n" in (
            site.run("history", "ci", *profile).err
        )
    cache = "  hub:\n    persona: pull-through-cache\n    with: {repo: hub/*}\n    to: role/x\n"
    all_of_them = f"  all:\n    persona: pull\n    with: {{repo: team/web}}\n    to: account/{CONSUMER}\n"
    site.write(cache, all_of_them)
    for command in (["history"], ["rollback", "--yes"]):
        assert site.run(*command, "hub", *HERE, code=2).err == (
            "error: hub: stands in the registry's policy, which has no versions; change the catalog\n"
        )
        assert site.run(*command, "all", *HERE, code=2).err == (
            f"error: all: account {ACCOUNT} has no identity policy of it, and the policies of repositories and "
            "registries have no versions; use credentials of its grantees' account\n"
        )


@pytest.mark.slow
def test_a_grant_that_the_catalog_no_longer_has(site: Site) -> None:
    """Nobody knows to whom its statements are, so they stay, which is said."""
    applied(site, WEB, PULL)
    site.write("  x: {persona: pull, with: {repo: team/old}, to: role/mine}\n")
    result = site.run("rollback", "ci", "--yes", *HERE)
    stays = "what ci may say in policies of repositories or registries stays, as no catalog says to whom\n"
    assert f"note: {stays}" in result.err
    assert sids(site, "team/api") == ["new policy", CI]


@pytest.mark.slow
def test_nobody_has_more_on_the_way(site: Site) -> None:
    """Between the calls of a rollback, the grantee has what it had, or what it gets."""
    applied(site, WEB, PULL)
    seen: list[tuple[bool, bool]] = []
    site.server.seen = lambda call: seen.append((site.allows(PULLS, "team/web"), site.allows(PULLS, "team/api")))
    site.run("rollback", "ci", "--yes", *HERE)
    assert {*seen} == {(True, False)}
