"""`ecrgen import`: a catalog of grants from the policies of an account."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import ecrgen
from whole_accounts import PROD, REPO, TOOLS, allow, document, role, snapshot

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file

BUILTIN = Catalog.load(builtin_file())


@pytest.fixture
def state(tmp_path: Path) -> str:
    pull = BUILTIN.render("pull", account="111122223333", region="eu-central-1", repo=["team/web"]).to_dict()
    more = {**pull, "Statement": [*pull["Statement"], allow("ecr:ListImages")]}
    own = {**pull, "Statement": [*pull["Statement"], allow("ecr:SetRepositoryPolicy")]}
    account = snapshot(
        role("ci", pull), role("more", more), role("own", own), role("all", document(allow("*", on="*")))
    )
    (tmp_path / "account.json").write_text(json.dumps(account))
    return str(tmp_path / "account.json")


def test_the_file_is_a_catalog_that_plan_takes(state: str, tmp_path: Path) -> None:
    """What is written is loaded and planned: it attaches what is ours, and takes nothing away."""
    file = str(tmp_path / "access.yaml")
    done = ecrgen("import", "--state", state, "-o", file)
    assert (done.code, done.out) == (0, "")
    assert done.err.splitlines() == [
        "note: grants: 1, in place of policies: 1; policies not imported: 3; policies that say nothing about ECR: 0"
    ]
    plan = json.loads(ecrgen("-c", file, "plan", "--state", state, "--format", "json").out)
    assert [each["action"] for each in plan["changes"]] == ["create", "attach"]


def test_both_halves_come_out_as_they_went_in(tmp_path: Path) -> None:
    """The files of two accounts are one catalog, whose repository half is the statement that it is in place of."""
    pull = BUILTIN.render("pull", account=PROD, region="eu-central-1", repo=["team/web"]).to_dict()
    let_in = allow("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", Principal={"AWS": TOOLS}, Sid="Pull")
    states = {
        "here.json": snapshot(repositories={REPO: document(let_in, allow("ecr:ListImages", Principal="*"))}),
        "there.json": {**snapshot(role("ci", pull, account=TOOLS), account=TOOLS), "repositories": []},
    }
    for name, state in states.items():
        (tmp_path / name).write_text(json.dumps(state))
    files = [option for name in states for option in ("--state", str(tmp_path / name))]
    catalog = str(tmp_path / "access.yaml")
    done = ecrgen("import", *files, "-o", catalog)
    assert done.err.splitlines() == [
        "note: grants: 1, in place of policies: 1, of statements: 1; policies not imported: 0; "
        "statements of resource-based policies not imported: 1; policies that say nothing about ECR: 0"
    ]
    lines = [json.loads(line) for line in ecrgen("-c", catalog, "render", "--all").out.splitlines()]
    (half,) = [line["policy"]["Statement"] for line in lines if line.get("repository") == REPO]
    assert {action for each in half for action in each["Action"]} == set(let_in["Action"])
    assert [each["Principal"]["AWS"] for each in half] == [
        [f"arn:aws:iam::{TOOLS}:role/ci", f"arn:aws:iam::{TOOLS}:root"]
    ]
    plan = json.loads(ecrgen("-c", catalog, "plan", *files[:2], "--format", "json").out)
    assert [each["action"] for each in plan["changes"]] == ["set-statements"]


SITE = """\
version: 1
extends: builtin
namespace: site
account: "111122223333"
region: [eu-central-1]
personas:
  release:
    summary: Give images another tag
    template: release.json.j2
    parameters:
      repo: {type: repository, many: true, help: Repository whose images are released}
    expect:
      - with: {repo: web}
        allow: [login, ecr:BatchGetImage web, ecr:PutImage web]
        deny: [push web]
grants:
  release-team-web:
    persona: release
    with: {repo: team/api}
    to: role/cd
"""
RELEASE = """\
{"Version": "2012-10-17", "Statement": [
  {"Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
  {"Sid": "Tag", "Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:PutImage"],
   "Resource": {{ repo | repository_arn }}}
]}
"""


def test_a_site_s_own_personas_are_found_again(tmp_path: Path) -> None:
    """With a site's catalog its personas are tried, too; what is written is read beside it, and repeats none of it."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/release.json.j2").write_text(RELEASE)
    site = tmp_path / "site.yaml"
    site.write_text(SITE)
    own = json.loads(ecrgen("-c", str(site), "render", "release-team-web").out)
    theirs = json.loads(ecrgen("-c", str(site), "render", "release", "--repo", "team/web").out)
    pull = BUILTIN.render("pull", account=PROD, region="us-east-1", repo=["team/web"]).to_dict()
    arn = f"arn:aws:iam::{PROD}:policy/ecrgen/site/ecrgen.site.release-team-web"
    state = tmp_path / "account.json"
    state.write_text(
        json.dumps(snapshot(role("ci", theirs, pull), role("cd", own, attached=[arn]), managed={arn: own}))
    )
    imported = str(tmp_path / "imported.yaml")
    done = ecrgen("import", "--state", str(state), "-o", imported, "-c", str(site))
    assert (done.code, done.err) == (
        0,
        "note: grants: 3, in place of policies: 3; policies not imported: 1; policies that say nothing about ECR: 0\n",
    )
    catalog = Catalog.load(site, imported)
    assert catalog.namespace == "site"
    assert {
        (each.name, each.persona.name, each.arguments["repo"], each.regions, each.to)
        for each in catalog.grants.values()
    } == {
        ("release-team-web", "release", ("team/api",), (), ("role/cd",)),
        ("release-team-api", "release", ("team/api",), (), ("role/cd",)),
        ("release-team-web-2", "release", ("team/web",), (), ("role/ci",)),
        ("pull-team-web", "pull", ("team/web",), ("us-east-1",), ("role/ci",)),
    }
    assert f"# not imported: {arn} of role/cd\n#   is of the catalog's own namespace" in Path(imported).read_text()


def test_a_site_s_account_is_among_the_files(tmp_path: Path, state: str) -> None:
    """A catalog of another account is refused, with what to do."""
    site = tmp_path / "site.yaml"
    site.write_text('version: 1\nextends: builtin\naccount: "444455556666"\n')
    done = ecrgen("-c", str(site), "import", "--state", state)
    assert (done.code, "the catalog is of account 444455556666, and no file is" in done.err) == (2, True)


def test_an_existing_file_stays(state: str, tmp_path: Path) -> None:
    """A catalog that is there is never overwritten."""
    file = tmp_path / "access.yaml"
    file.write_text("mine")
    done = ecrgen("import", "--state", state, "-o", str(file))
    assert (done.code, file.read_text()) == (2, "mine")
    assert "exists already" in done.err


def test_what_is_left_stands_in_comments(state: str) -> None:
    """Each policy that became no grant has the reason, or the nearest persona with the whole difference."""
    rows = ecrgen("import", "--state", state).out.splitlines()
    comments = [row for row in rows if row.startswith("#")]
    assert "# not imported: inline policy p0 of role/all" in comments
    assert "#   Statement[0] speaks of more services than ECR (Action *)" in comments
    assert "#     loses ecr:SetRepositoryPolicy on repository/team/web" in comments
    assert comments.count("#   nearest is pull (repo: team/web); whoever has it instead") == 2
    assert "#     loses ecr:ListImages on repository/team/web" in comments


def test_without_a_file_of_an_account_it_says_so() -> None:
    """--state is needed."""
    done = ecrgen("import")
    assert (done.code, "--state: name the file of an account" in done.err) == (2, True)
