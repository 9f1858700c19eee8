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
