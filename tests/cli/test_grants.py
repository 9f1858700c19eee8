"""Grants by name on the command line, and --catalog on either side of the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from accounts import ACCOUNT
from command_line import ecrgen, ecrgen_process

from ecrgen import Catalog, EcrgenError
from ecrgen.cli import render
from ecrgen.cli.parameters import catalog_ahead
from ecrgen.cli.personas import MAX_GRANTS

SITE = f"""\
version: 1
extends: builtin
namespace: pay
account: "{ACCOUNT}"
region: eu-west-1
grants:
  web: {{persona: push, with: {{repo: [team/web]}}, guards: [tls], to: [role/ci, role/web]}}
  Look: {{persona: console-read-only, managed: true, to: group/ops}}
  there: {{persona: pull, with: {{repo: ab}}, account: "444455556666", region: us-east-1}}
  old: {{persona: pull, with: {{repo: ab}}, guards: ['expires=2020-01-31T00:00:00Z'], to: role/ci}}
"""
EMPTY = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("catalog.yaml").write_text(SITE)
    return tmp_path


def with_roles(*names: str) -> str:
    """A file of an account with these roles and nothing else."""
    roles = [
        {"RoleName": name, "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}", "Path": "/", "AttachedManagedPolicies": []}
        for name in names
    ]
    Path("state.json").write_text(json.dumps(EMPTY | {"RoleDetailList": roles}))
    return "state.json"


def test_render_prints_the_policy_of_a_grant() -> None:
    """`render GRANT` is what `render --all` has under its name, with the same notes, at the grant's own target."""
    every = {item["name"]: item["policy"] for item in map(json.loads, ecrgen("render", "--all").out.splitlines())}
    for name, policy in every.items():
        result = ecrgen("render", name)
        assert (result.code, json.loads(result.out)) == (0, policy)
    assert "arn:aws:ecr:us-east-1:444455556666:repository/ab" in ecrgen("render", "there").out
    assert "has ended (2020-01-31T00:00:00Z)" in ecrgen("render", "old").err
    assert (
        "grant Look: plan and apply attach AWS's own AmazonEC2ContainerRegistryReadOnly" in ecrgen("render", "Look").err
    )
    other = ecrgen("render", "web", "--region", "us-east-1", "--format", "compact", "-o", "out.json")
    assert (other.code, "ecr:us-east-1:" in Path("out.json").read_text()) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("render", "web", "--repo", "team/db"), "--repo"),
        (("render", "web", "--guard", "mfa"), "--guard"),
        (("render", "--guard", "mfa", "web"), "--guard"),
        (("can", "web", "--repo", "team/db", "push", "team/db"), "--repo"),
        (("plan", "web", "--to", "role/other"), "--to"),
        (("plan", "--to", "role/other", "web"), "--to"),
        (("plan", "web", "--guard", "mfa"), "--guard"),
        (("apply", "web", "--managed"), "--managed"),
        (("apply", "web", "--repo", "team/db", "--yes"), "--repo"),
    ],
)
def test_the_arguments_of_a_grant_are_the_catalogs(arguments: tuple[str, ...], option: str) -> None:
    """What the catalog says for a grant is refused on the command line, on either side of the name."""
    result = ecrgen(*arguments)
    assert (result.code, result.out) == (2, "")
    assert f"error: {option}: web is a grant of the catalog, which says this itself" in result.err
    assert "name the persona push" in result.err


def test_a_catalog_on_standard_input(site: Path) -> None:
    """`-c -` is a catalog as if it stood in the working directory: with its templates, its lines and its includes."""
    Path("templates").mkdir()
    Path("templates/own.j2").write_text('{"Statement": {"Effect": "Allow", "Action": "ecr:List*", "Resource": "*"}}')
    Path("more.yaml").write_text("version: 1\ngrants: {more: {persona: own}}\n")
    own = "personas: {own: {summary: Own, template: own.j2, expect: [{deny: 'ecr:ListImages web'}]}}\n"
    text = f"version: 1\ninclude: more.yaml\n{own}grants: {{mine: {{persona: own}}}}\n".encode()
    every = ecrgen_process("render", "--all", "-c", "-", stdin=text, cwd=site).out
    assert {json.loads(line)["name"] for line in every.splitlines()} == {"mine", "more"}
    unmet = ecrgen_process("-c", "-", "check", stdin=text, cwd=site)
    assert (unmet.code, "ecr:ListImages web: must be denied" in unmet.out) == (1, True)
    wrong = ecrgen_process("-c", "-", "list", stdin=b"version: 1\ngrants: {a: {persona: pul}}\n", cwd=site)
    assert wrong.err.startswith("error: -:2: grants.a.persona")


def test_can_asks_what_a_grant_attaches() -> None:
    """The policy of a grant is asked with its guards; for a managed one, AWS's own; one that is not known is said."""
    assert ecrgen("can", "web", "push", "team/web").code == 1  # if: its guard
    over_tls = ("--context", "aws:SecureTransport=true")
    assert ecrgen("can", "web", *over_tls, "push", "team/web").code == 0
    assert ecrgen("can", "web", *over_tls, "push", "team/db").code == 1
    found = json.loads(ecrgen("can", "there", "pull", "ab", "--json").out)
    assert (found["answer"], found["policies"]["identity"]) == ("yes", ["there"])
    assert ecrgen("can", "Look", "ecr:ListTagsForResource", "ab").code == 0
    Path("templates").mkdir()
    Path("templates/own.j2").write_text('{"Statement": {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}}')
    own = "personas: {own: {summary: Own, template: own.j2, managed_policy: AmazonNoSuch}}\n"
    Path("catalog.yaml").write_text(f"{SITE}  odd: {{persona: own, managed: true}}\n{own}")
    unknown = ecrgen("can", "odd", "login")
    assert (unknown.code, "AmazonNoSuch, whose document ecrgen does not have" in unknown.err) == (2, True)


def test_check_takes_grants() -> None:
    """A grant is checked by name, with what its persona promises, once."""
    data = json.loads(ecrgen("check", "web", "old", "there", "pull", "--json").out)
    assert [each["subject"] for each in data["subjects"]] == [
        *("persona pull", "persona push", "grant web", "grant old", "grant there")
    ]
    assert [bool(each["expectations"]) for each in data["subjects"]] == [True, True, False, False, False]
    assert "no file, no persona and no grant 'wbe'; meant web?" in ecrgen("check", "wbe").err
    assert "name a file" in ecrgen("check", "web", "--type", "identity").err
    Path("templates").mkdir()
    Path("templates/own.j2").write_text('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')
    own = "personas: {own: {summary: Own, template: own.j2}}\n"
    Path("catalog.yaml").write_text(f"{SITE}  odd: {{persona: own, to: role/ci}}\n{own}")
    assert (ecrgen("check", "web").code, ecrgen("check", "odd").code) == (0, 1)
    assert "grant odd" in ecrgen("check", "odd").out


def test_plan_for_grants_alone() -> None:
    """`plan GRANT` and `plan --only GRANT` compare those grants and nothing else."""
    state = with_roles("ci", "web")
    alone = json.loads(ecrgen("plan", "--state", state, "--json", "web").out)
    assert {change["grant"] for change in alone["changes"]} == {"web"}
    assert len(alone["changes"]) == 3
    assert alone == json.loads(ecrgen("plan", "--state", state, "--only", "web", "--json").out)
    both = ecrgen("plan", "--state", state, "--only", "web", "--only", "old", "--json")
    assert (both.code, json.loads(both.out)["ended"]) == (0, ["old"])
    assert json.loads(both.out)["digest"] != alone["digest"]
    assert ecrgen("plan", "--state", state).code == 2  # all: group/ops is not there
    for arguments, words in (
        (("--only", "wob"), "error: --only: no grant 'wob'; meant web?"),
        (("--only", "web", "old"), "error: --only: names grants, and old is named as well"),
        (("--only", "web", "pull", "--repo", "ab"), "error: --only: names grants, and pull is named as well"),
    ):
        assert words in ecrgen("plan", "--state", state, *arguments).err


def test_list_and_show_have_the_grants() -> None:
    """The list has a line a grant; show says all of one."""
    rows = [row for row in ecrgen("list").out.splitlines() if row.startswith("grant")]
    assert rows[0] == "grant\tweb\t\tpush: repo team/web, with tls, to role/ci and role/web"
    web, look, *_ = json.loads(ecrgen("list", "--json").out)["grants"]
    assert (web["persona"], web["with"], web["guards"]) == ("push", {"repo": ["team/web"]}, ["tls"])
    assert (look["name"], look["managed"]) == ("Look", True)
    assert json.loads(ecrgen("show", "web", "--json").out)["grant"]["to"] == ["role/ci", "role/web"]
    shown = ecrgen("show", "web").out
    assert all(
        words in shown for words in ("web (grant): push", "repo: team/web", "guard tls", "to: role/ci, role/web")
    )
    assert "policy: AmazonEC2ContainerRegistryReadOnly" in ecrgen("show", "Look").out


def test_help_names_the_grants_up_to_a_number() -> None:
    """The help of a command ends with the grants, but not with thousands of them."""
    assert "Grants:\n  web    push: repo team/web" in ecrgen("plan", "--help").out
    more = "".join(f"  g{number}: {{persona: login}}\n" for number in range(MAX_GRANTS))
    Path("catalog.yaml").write_text(SITE + more)
    assert "and 4 more" in ecrgen("plan", "--help").out


@pytest.mark.parametrize("name", ["pull", "PULL", "mine"])
def test_a_grant_and_a_persona_of_one_name_are_an_error_of_the_catalog(name: str) -> None:
    """In whichever file either is, and in whatever letters: a name on the command line means one thing."""
    Path("templates").mkdir()
    Path("templates/t.j2").write_text("{}")
    Path("more.yaml").write_text("version: 1\npersonas:\n  mine: {summary: Mine, template: t.j2}\n")
    Path("catalog.yaml").write_text(f"{SITE}  {name}: {{persona: login}}\ninclude: more.yaml\n")
    with pytest.raises(EcrgenError) as caught:
        Catalog.load("catalog.yaml")
    where = "more.yaml:3" if name == "mine" else "the built-in catalog.yaml:"
    (problem,) = caught.value.problems
    assert problem.startswith(f"catalog.yaml:11: grants.{name}: a persona has this name, at {where}")


@pytest.mark.parametrize(
    "arguments",
    [
        ("-c", "site.yaml", "render", "web"),
        ("render", "-c", "site.yaml", "web"),
        ("render", "web", "-c", "site.yaml"),
        ("render", "web", "--format", "json", "-csite.yaml"),
        ("render", "--json", "web", "--json", "--catalog=site.yaml"),
        ("render", "web", "--catalog", "site.yaml", "--region", "eu-west-1"),
    ],
)
def test_the_catalog_stands_on_either_side(arguments: tuple[str, ...]) -> None:
    """-c before the command, after it and after the grant is the same catalog."""
    Path("site.yaml").write_text(SITE.replace("team/web", "team/here"))
    Path("catalog.yaml").write_text("no catalog")
    result = ecrgen(*arguments)
    assert (result.code, ":repository/team/here" in result.out) == (0, True), result.err


def test_a_catalog_on_both_sides_is_refused() -> None:
    """Which of two would count is not guessed; on one side, several are read together."""
    Path("more.yaml").write_text("version: 1\ngrants: {more: {persona: login}}\n")
    twice = ecrgen("-c", "catalog.yaml", "render", "more", "-c", "more.yaml")
    assert (twice.code, "--catalog: is given on both sides" in twice.err) == (2, True)
    assert ecrgen("-c", "catalog.yaml", "list", "-c", "more.yaml").code == 2
    assert ecrgen("render", "-c", "catalog.yaml", "more", "-c", "more.yaml").code == 0
    assert "grant\tmore" in ecrgen("list", "-c", "catalog.yaml", "-c", "more.yaml").out


@pytest.mark.parametrize(
    ("given", "found", "others"),
    [
        (["web", "-c", "a", "--json", "-c", "b"], ["a", "b"], ["web", "--json"]),
        (["web", "--repo", "-c", "-o", "-c", "x"], [], ["web", "--repo", "-c", "-o", "-c", "x"]),
        (["web", "--all", "-ca", "--format=-c", "-c=b"], ["a", "=b"], ["web", "--all", "--format=-c"]),
        (["web", "--", "-c", "a"], [], ["web", "--", "-c", "a"]),
        (["web", "-", "-h", "-c", "a", "-c"], ["a"], ["web", "-", "-h", "-c"]),
    ],
)
def test_catalog_ahead(given: list[str], found: list[str], others: list[str]) -> None:
    """Only an option is taken, and no value of another option; the last -c without a value is left for its error."""
    assert catalog_ahead(render.run, given) == (found, others)
