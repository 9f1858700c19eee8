"""`render` of the repository half: one document, a line for each of several resources, and why there is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import ecrgen

SITE = """\
version: 1
extends: builtin
namespace: payments
account: "111122223333"
region: eu-west-1
grants:
  web: {persona: push, with: {repo: team/web}, to: [role/ci, "arn:aws:iam::444455556666:role/ci"]}
  lambda:
    persona: pull
    with: {repo: [team/web, team/api]}
    guards: source-arn=arn:aws:lambda:eu-west-1:444455556666:function:*
    to: service/lambda.amazonaws.com
  all: {persona: pull-prefix, with: {repo: team/*}, through: registry, to: org/o-a1b2c3d4e5}
  own: {persona: pull, with: {repo: team/web}, to: role/ci}
"""
REGISTRY_SITE = """\
version: 1
extends: builtin
namespace: payments
account: "111122223333"
region: [eu-west-1, us-east-1]
grants:
  dr: {persona: replication, with: {repo: prod/*}, to: account/444455556666}
  cache: {persona: pull-through-cache, with: {repo: hub/*}, region: us-east-1, to: [role/ci, user/ann]}
"""
PULL = ("render", "pull", "--repo", "web", "--account", "111122223333", "--region", "eu-west-1")
PREFIX = ("render", "pull-prefix", "--repo", "team/*", "--account", "111122223333", "--region", "eu-west-1")
REPOSITORY = "arn:aws:ecr:eu-west-1:111122223333:repository/"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test stands in a directory with a catalog."""
    monkeypatch.chdir(tmp_path)
    Path("site.yaml").write_text(SITE)


def lines(*arguments: str) -> list[Any]:
    result = ecrgen("-c", "site.yaml", "render", *arguments)
    assert result.code == 0, result.err
    return [json.loads(line) for line in result.out.splitlines()]


def test_one_repository_is_its_document() -> None:
    """The half of one repository is the policy to set on it, in each format, also in a file."""
    (policy,) = lines("web", "--repository-policy", "--format", "compact")
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::444455556666:role/ci"}
    assert "Resource" not in statement
    assert ecrgen("-c", "site.yaml", "render", "web", "--repository-policy", "-o", "half.json").code == 0
    assert json.loads(Path("half.json").read_text()) == policy


def test_several_resources_are_lines() -> None:
    """Each of several repositories has a line with its ARN; a registry is named by account and region."""
    found = lines("lambda", "--repository-policy")
    assert [line["repository"] for line in found] == [f"{REPOSITORY}team/web", f"{REPOSITORY}team/api"]
    (policy,) = lines("all", "--repository-policy", "--format", "compact")
    assert policy["Statement"][0]["Resource"] == f"{REPOSITORY}team/*"


def test_all_has_both_halves() -> None:
    """--all prints each identity policy there is, then one line for each resource with the statements of all grants."""
    found = lines("--all")
    assert [line["name"] for line in found if "name" in line] == ["web", "all", "own"]
    others = {json.dumps(line.get("repository", line.get("registry"))): line["policy"] for line in found[3:]}
    registry = json.dumps({"account": "111122223333", "region": "eu-west-1"})
    assert list(others) == [json.dumps(f"{REPOSITORY}team/web"), json.dumps(f"{REPOSITORY}team/api"), registry]
    shared = others[json.dumps(f"{REPOSITORY}team/web")]["Statement"]
    assert [list(each["Principal"]) for each in shared] == [["AWS"], ["Service"]]
    assert len({each["Sid"] for each in shared}) == 2
    assert ecrgen("-c", "site.yaml", "render", "--all", "-o", "out").code == 0
    assert sorted(path.name for path in Path("out").iterdir()) == [
        *("all.json", "own.json", "registry.111122223333.eu-west-1.json"),
        *("repository.111122223333.eu-west-1.team+api.json", "repository.111122223333.eu-west-1.team+web.json"),
        "web.json",
    ]


def test_identity_is_the_other_half() -> None:
    """--identity prints what the grantee needs of its own, without what only services meet."""
    assert lines("all", "--identity", "--format", "compact") == lines("all", "--format", "compact")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*PULL, "--repository-policy"), "name them with --to, such as --to account/ID"),
        ((*PULL, "--repository-policy", "--to", "role/ci"), "have enough by their identity policies in account 1111"),
        ((*PULL, "--repository-policy", "--to", "account/111122223333"), "have enough by their identity"),
        ((*PULL, "--to", "nobody"), "nobody: not a grantee"),
        ((*PULL, "--to", "service/lambda.amazonaws.com"), "--to: service/lambda.amazonaws.com: anybody could make"),
        ((*PULL, "--guard", "source-account=444455556666"), "--guard: source-account=444455556666: nobody but an AWS"),
        ((*PULL, "--repository-policy", "--identity", "--to", "account/444455556666"), "leave one of the two out"),
        (
            (*PREFIX, "--repository-policy", "--to", "account/444455556666"),
            "is set on the repositories that there are, which plan and a snapshot know",
        ),
        (("render", "login", "--repository-policy", "--to", "account/444455556666"), "login names no repository"),
        (("-c", "site.yaml", "render", "web", "--to", "role/ci"), "which says this itself"),
        (("-c", "site.yaml", "render", "lambda"), "AWS services have no identity policies; --repository-policy"),
        (("-c", "site.yaml", "render", "own", "--repository-policy"), "have enough by their identity policies"),
        (("-c", "site.yaml", "render", "--all", "--repository-policy"), "--all: renders both halves of every grant"),
    ],
)
def test_where_there_is_no_half_the_reason_is_told(arguments: tuple[str, ...], words: str) -> None:
    """Nothing is printed, the reason is, and the exit code is 2."""
    result = ecrgen(*arguments)
    assert (result.code, result.out) == (2, "")
    assert words in result.err


def test_a_policy_that_is_too_long_is_refused() -> None:
    """A document that AWS would not take is not printed."""
    to = [argument for number in range(300) for argument in ("--to", f"arn:aws:iam::444455556666:role/role-{number}")]
    result = ecrgen(*PULL, "--repository-policy", *to)
    assert (result.code, result.out) == (2, "")
    assert "characters, and AWS takes 10240; grant to account/ID" in result.err


def in_registry(*arguments: str) -> Any:
    Path("registry.yaml").write_text(REGISTRY_SITE)
    return ecrgen("-c", "registry.yaml", *arguments)


def test_a_registrys_policy_is_what_its_grant_renders_to() -> None:
    """A grant that stands in the registry's policy is that, with or without the option, and has no other half."""
    out = in_registry("render", "dr").out
    assert in_registry("render", "dr", "--repository-policy").out == out
    assert [json.loads(line)["registry"]["region"] for line in out.splitlines()] == ["eu-west-1", "us-east-1"]
    (statement,) = json.loads(in_registry("render", "cache", "--format", "compact").out)["Statement"]
    arns = [f"arn:aws:iam::111122223333:{each}" for each in ("role/ci", "user/ann")]
    assert statement["Principal"] == {"AWS": arns}
    assert statement["Resource"] == "arn:aws:ecr:us-east-1:111122223333:repository/hub/*"
    lines = [json.loads(line) for line in in_registry("render", "--all").out.splitlines()]
    assert [len(line["policy"]["Statement"]) for line in lines] == [1, 2]
    assert all("registry" in line for line in lines)


NO_HALF = "is for the registry's policy, which names the grantees; there is no identity policy of it"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("render", "dr", "--identity"), f"--identity: replication {NO_HALF}; leave it out"),
        (
            ("render", "replication", "--repo", "a/*"),
            "replication: names its grantees in the registry's policy; add them with --to account/444455556666",
        ),
        (
            ("render", "replication", "--repo", "a/*", "--to", "role/ci"),
            "--to: role/ci: replication is for account/… only",
        ),
        (
            ("plan", "replication", "--repo", "a/*", "--to", "account/444455556666", "--state", "x"),
            "replication: stands in the registry's policy, which is changed for a catalog's grants; write one",
        ),
        (("can", "replication", "--repo", "a/*", "pull", "a/b"), f"replication: {NO_HALF}"),
    ],
)
def test_what_has_no_identity_half_says_so(arguments: tuple[str, ...], problem: str) -> None:
    """Each command that is about an identity policy says that there is none, and ends with 2."""
    result = in_registry(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.strip() == f"error: {problem}"


def test_a_plan_says_what_belongs_into_the_registrys_policy() -> None:
    """A grant in the registry's policy attaches nothing; a plan of a file says where it lies, and who needs more."""
    user = {"UserName": "ann", "Arn": "arn:aws:iam::111122223333:user/ann", "Path": "/", "UserId": "AIDAEXAMPLE"}
    state = {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    Path("state.json").write_text(json.dumps(state))
    result = in_registry("plan", "--state", "state.json", "--json")
    assert result.code == 0
    plan = json.loads(result.out)
    assert not plan["changes"]
    text = "\n".join(plan["elsewhere"])
    assert "grant dr: a plan from a file leaves the policy of its registry out" in text
    assert "grant dr: whoever uses it from account/444455556666 needs an identity policy there" in text
    assert "grant cache: whoever" not in text


def test_check_and_show_of_a_registrys_policy() -> None:
    """`check` proves the persona and looks at the grant's statements; `show` says where it stands, with an example."""
    assert in_registry("check").err.strip().startswith("note: 4 checked: 0 findings")
    shown = in_registry("show", "replication").out
    assert "stands in the registry's policy, which names account/…" in shown
    assert "$ ecrgen render replication --repo 'prod/*' --to account/444455556666" in shown
    assert "to: account/444455556666 (in the registry's policy)" in in_registry("show", "dr").out
