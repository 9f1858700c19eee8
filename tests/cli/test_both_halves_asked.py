"""`check` and `can` of grants to other accounts, to services and in the registry's policy: both halves are asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Result, ecrgen

from ecrgen import Catalog
from ecrgen.catalog.halves import halves_of_grant
from ecrgen.proof.objections import HandedOut, objections

SITE = """\
version: 1
extends: builtin
namespace: payments
account: "111122223333"
region: eu-west-1
grants:
  ci: {persona: push, with: {repo: team/web}, to: "arn:aws:iam::444455556666:role/ci"}
  all: {persona: pull-prefix, with: {repo: team/*}, through: registry, to: [account/444455556666, role/own]}
  lambda: {persona: pull, with: {repo: team/web}, guards: source-account=444455556666, to: service/lambda.amazonaws.com}
  dr: {persona: replication, with: {repo: prod/*}, to: account/444455556666}
  cache: {persona: pull-through-cache, with: {repo: hub/*}, to: role/ci}
"""
THERE, OWN = "arn:aws:iam::444455556666:role/", "arn:aws:iam::111122223333:role/"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test stands in a directory with a catalog."""
    monkeypatch.chdir(tmp_path)
    Path("site.yaml").write_text(SITE)


def can(*arguments: str, code: int = 0) -> Result:
    result = ecrgen("-c", "site.yaml", "can", *arguments)
    assert result.code == code, result
    return result


ANSWERS = {
    ("ci", "push", "team/web", THERE + "ci"): "yes",
    ("ci", "push", "team/web", "arn:aws:sts::444455556666:assumed-role/ci/session"): "yes",
    ("ci", "push", "team/web", THERE + "other"): "no",
    ("ci", "push", "team/web", "arn:aws:iam::444455556667:role/ci"): "no",
    ("ci", "push", "team/api", THERE + "ci"): "no",
    ("ci", "push", "arn:aws:ecr:eu-central-1:111122223333:repository/team/web", THERE + "ci"): "no",
    ("ci", "login", "", THERE + "ci"): "yes",
    ("ci", "push", "team/web", OWN + "ci"): "yes",  # by an identity policy like the grant's, which is enough there
    ("all", "pull", "team/web", THERE + "any"): "yes",
    ("all", "pull", "team/web", "arn:aws:iam::444455556667:role/any"): "no",
    ("all", "pull", "other/web", THERE + "any"): "no",
    ("all", "pull", "team/web", OWN + "own"): "yes",
    ("lambda", "pull", "team/web", "lambda.amazonaws.com"): "if",
    ("lambda", "pull", "team/web", "ecs.amazonaws.com"): "no",
    ("lambda", "pull", "team/web", THERE + "ci"): "no",
    ("dr", "ecr:ReplicateImage", "prod/web", THERE + "any"): "if",
    ("dr", "ecr:ReplicateImage", "other/web", THERE + "any"): "no",
    ("dr", "ecr:ReplicateImage", "prod/web", OWN + "ci"): "no",
    ("cache", "ecr:BatchImportUpstreamImage", "hub/web", OWN + "ci"): "yes",
    ("cache", "ecr:BatchImportUpstreamImage", "hub/web", OWN + "other"): "no",
    ("cache", "ecr:BatchImportUpstreamImage", "hub/web", THERE + "ci"): "no",
}


@pytest.mark.parametrize("asked", ANSWERS, ids=" ".join)
def test_both_halves_answer(asked: tuple[str, ...]) -> None:
    """The caller named by --as has the identity half, and the resource's policy says what the grant says there."""
    grant, operation, resource, who = asked
    answer = ANSWERS[asked]
    named = [resource] if resource else []
    result = can(grant, operation, *named, "--as", who, "--json", code=0 if answer == "yes" else 1)
    assert json.loads(result.out)["answer"] == answer


def test_the_answer_names_both_policies_and_what_is_taken_for_granted() -> None:
    """Each statement that decides is named with its policy; a policy that others have to attach is told of."""
    result = can("all", "ecr:BatchGetImage", "team/web", "--as", f"{THERE}any")
    in_registry = "all in the registry of account 111122223333 in eu-west-1"
    assert f"PullImages (all: Statement[1]) and Ecrgendf384ae9allZZ1 ({in_registry}: Statement[0])" in result.out
    given = f"{THERE}any had the identity policy that `ecrgen render all --identity` prints"
    assert result.err == f"note: asked as if {given}\n"
    assert can("ci", "push", "team/web", "--as", f"{THERE}ci").err == ""


def test_what_the_grant_does_not_say_is_not_known() -> None:
    """What a caller has at home decides beside a registry's policy, is said by no grant, and is unknown."""
    found = json.loads(can("dr", "ecr:ReplicateImage", "prod/web", "--as", f"{THERE}any", "--json", code=1).out)
    assert found["unknown"] == [f"the identity policies of {THERE}any: the grant has none"]
    assert found["missing"] == []
    assert not found["certain"]


@pytest.mark.parametrize(
    ("grant", "who"), [("lambda", "lambda.amazonaws.com"), ("dr", "arn:aws:iam::444455556666:role/ci")]
)
def test_a_grant_without_an_identity_policy_needs_a_caller(grant: str, who: str) -> None:
    """Nobody asks by a policy that nobody can have, so the caller has to be named."""
    problem = f"error: grant {grant}: has no identity policy; say who asks: --as {who}\n"
    assert can(grant, "pull", "team/web", code=2).err == problem


def test_check_asks_both_halves() -> None:
    """Each grantee and each stranger is asked about, and what is said in a resource's policy is looked at."""
    result = ecrgen("-c", "site.yaml", "check", "ci", "lambda", "dr", "--json")
    assert result.code == 0
    subjects = {each["subject"]: each for each in json.loads(result.out)["subjects"]}
    assert list(subjects)[-4:] == ["grant ci", "grant ci, in a repository policy", "grant lambda", "grant dr"]
    asked = {each["entry"]: each["expected"] for each in subjects["grant ci, in a repository policy"]["expectations"]}
    role = f"{THERE}ci"
    assert asked == {
        f"{role}, with both halves": "allow",
        f"{role}, with the identity half alone": "deny",
        f"{role}, with the other half alone": "deny",
        f"{role}, on another repository": "deny",
        f"{role}, in another region": "deny",
        "another role of account 444455556666": "deny",
        "another account": "deny",
    }
    assert subjects["grant lambda"]["type"] == "repository"
    assert subjects["grant dr"]["type"] == "registry"


@pytest.fixture
def at_home_only() -> Catalog:
    """A catalog with a grant across accounts of a persona whose condition holds at home only."""
    Path("templates").mkdir()
    statement = {"Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "REPO"}
    statement |= {"Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    Path("templates/home.json.j2").write_text(text.replace('"REPO"', "{{ repo | repository_arn }}"))
    Path("home.yaml").write_text(
        'version: 1\nextends: builtin\naccount: "111122223333"\nregion: eu-west-1\npersonas:\n'
        "  home: {summary: At home, template: home.json.j2, parameters: {repo: {type: repository}}}\n"
        "grants:\n  web:\n    persona: home\n    with: {repo: web}\n    to: account/444455556666\n"
    )
    return Catalog.load("home.yaml")


UNMET = (
    "home.yaml:11: grants.web.to.0: account/444455556666, with both halves: must be allowed, but ecr:BatchGetImage "
    "on arn:aws:ecr:eu-west-1:111122223333:repository/web is denied: "
)


def test_a_half_that_gives_nothing_across_accounts_fails_the_check(at_home_only: Catalog) -> None:
    """What is not met for a grantee of another account is said at its line."""
    assert "web" in at_home_only.grants
    result = ecrgen("-c", "home.yaml", "check", "web")
    assert result.code == 1
    assert result.out.startswith(UNMET)


def test_a_half_that_gives_nothing_across_accounts_stops_an_apply(at_home_only: Catalog) -> None:
    """What check says of both halves objects to a plan that hands out either."""
    grant = at_home_only.grants["web"]
    half = halves_of_grant(grant, "default", at_home_only.target()).resource[0]
    written = HandedOut("web", str(half.place), "home", half.policy, policy_type="repository")
    (problem,) = objections(at_home_only, [written], (), at_home_only.target()).stops
    assert problem.startswith(UNMET)
    other = HandedOut("other", str(half.place), "home", half.policy, policy_type="repository")
    assert objections(at_home_only, [other], (), at_home_only.target()).stops == ()
