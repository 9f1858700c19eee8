"""`ecrgen report`: one model in four formats, and what no grant of the catalog gives."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from command_line import ecrgen
from whole_accounts import PROD, REPO, TOOLS, allow, details, document, group, role, snapshot, user

PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
PUSH = ("ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart")
PUSH = (*PUSH, "ecr:CompleteLayerUpload", "ecr:PutImage", "ecr:BatchGetImage")
LOGIN = allow("ecr:GetAuthorizationToken", on="*")
PULLS, PUSHES = document(LOGIN, allow(*PULL)), document(LOGIN, allow(*PUSH))
SITE = f"""
version: 1
extends: builtin
namespace: web
account: "{PROD}"
region: eu-central-1
grants:
  ci: {{persona: push, with: {{repo: team/web}}, to: [role/ci, "arn:aws:iam::{TOOLS}:role/ci"]}}
  devs: {{persona: pull, with: {{repo: team/web}}, to: [group/devs]}}
"""


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lets_in = document(allow(*PUSH, Principal={"AWS": [TOOLS, "999999999999"]}))
    entities = (role("ci", PUSHES), role("old", PUSHES), user("ann", groups=["devs"]), group("devs", PULLS))
    state = snapshot(*entities, role("cd", PULLS), repositories={REPO: lets_in})
    Path("a.json").write_text(json.dumps(state))
    theirs = (role("ci", PUSHES, account=TOOLS), role("old", PUSHES, account=TOOLS))
    Path("b.json").write_text(json.dumps(details(*theirs)))


def made(*options: str) -> str:
    done = ecrgen("report", "--state", "a.json", "--state", "b.json", *options)
    assert (done.code, done.err) == (0, "")
    return done.out


def cells(found: dict[str, Any], key: str = "access") -> set[tuple[str, str, str, str]]:
    """Who, where, what and the answer, each for itself."""
    return {
        (who, where, each["operation"], each["answer"])
        for each in found[key]
        for who in each["principals"]
        for where in each["repositories"] or [""]
    }


def test_json() -> None:
    """Everybody who can do something is in it, with the operation and how; the accounts, and what they do not tell."""
    found = json.loads(made("--json"))
    assert found["version"] == 1
    assert [account["account"] for account in found["accounts"]] == [PROD, TOOLS]
    assert found["accounts"][1]["unread"] == ["repositories, and their policies"]
    on_it = {(who.partition("iam::")[2], what) for who, where, what, _ in cells(found) if where == REPO}
    assert on_it == {
        *((f"{account}:role/{name}", "push") for account in (PROD, TOOLS) for name in ("ci", "old")),
        (f"{PROD}:user/ann", "pull"),
        (f"{PROD}:role/cd", "pull"),
    }
    assert cells(found, "others") == {("account/999999999999", REPO, "push", "yes")}


def test_what_no_grant_gives_is_told() -> None:
    """A grant explains what it gives to a role, to a group's users, and to a role of another account."""
    found = json.loads(made("--json", "-c", write(SITE)))
    explained = {
        (who.partition("iam::")[2], each["operation"]): each["explained"]
        for each in found["access"]
        for who in each["principals"]
        if each["repositories"]
    }
    assert explained == {
        (f"{PROD}:role/ci", "push"): True,
        (f"{PROD}:role/old", "push"): False,
        (f"{PROD}:user/ann", "pull"): True,
        (f"{PROD}:role/cd", "pull"): False,
        (f"{TOOLS}:role/ci", "push"): True,
        (f"{TOOLS}:role/old", "push"): False,
    }
    without = json.loads(made("--json"))
    assert {each["explained"] for each in without["access"]} == {None}


def test_a_guard_explains_nothing_that_goes_without_it() -> None:
    """Whoever can push at any time has more than a grant that asks for MFA gives."""
    narrower = SITE.replace("ci: {persona: push,", "ci: {persona: push, guards: [mfa],")
    found = json.loads(made("--json", "-c", write(narrower)))
    pushes = [each for each in found["access"] if f"arn:aws:iam::{PROD}:role/ci" in each["principals"]]
    assert {each["explained"] for each in pushes if each["repositories"]} == {False}


def test_what_no_grant_lets_others_is_told() -> None:
    """A grant explains whom it lets in from elsewhere, by a repository's policy or the registry's, and nobody else."""
    both = {"AWS": ["444455556666", "999999999999"]}
    Path("b.json").unlink()
    other = REPO.replace("team/web", "team/api")
    lets_in = document(allow(*PUSH, Principal=both), allow(*PULL, Principal={"AWS": "777788889999"}))
    state = snapshot(role("ci", PUSHES), repositories={REPO: lets_in, other: lets_in})
    Path("a.json").write_text(json.dumps(state))
    grants = """
  theirs: {persona: push, with: {repo: team/web}, to: [account/444455556666]}
  caches: {persona: pull-prefix, with: {repo: team/*}, through: registry, to: [account/777788889999]}
"""
    site = SITE.replace(f', "arn:aws:iam::{TOOLS}:role/ci"', "").rstrip() + grants
    done = ecrgen("report", "--state", "a.json", "--json", "-c", write(site))
    explained = {
        (who, where.partition("team/")[2], each["operation"]): each["explained"]
        for each in json.loads(done.out)["others"]
        for who in each["principals"]
        for where in each["repositories"]
    }
    assert explained == {
        ("account/444455556666", "web", "push"): True,
        ("account/444455556666", "api", "push"): False,
        ("account/999999999999", "web", "push"): False,
        ("account/999999999999", "api", "push"): False,
        ("account/777788889999", "web", "pull"): True,
        ("account/777788889999", "api", "pull"): True,
    }


def test_organizations_and_services_that_no_grant_lets_in_are_told() -> None:
    """A grant to an organization or to a service explains what these can, and what no other one can."""
    ours, theirs = "o-a1b2c3d4e5", "o-b1b2c3d4e5"
    member = [{"StringEquals": {"aws:PrincipalOrgID": one}} for one in (ours, theirs)]
    source = {"ArnLike": {"aws:SourceArn": f"arn:aws:lambda:eu-central-1:{PROD}:function:*"}}
    lets_in = document(
        *(allow(*PULL, Principal="*", Condition=each) for each in member),
        allow(*PULL, Principal={"Service": "lambda.amazonaws.com"}, Condition=source),
        allow(*PULL, Principal={"Service": "codebuild.amazonaws.com"}, Condition=source),
    )
    Path("b.json").unlink()
    Path("a.json").write_text(json.dumps(snapshot(role("ci", PUSHES), repositories={REPO: lets_in})))
    functions = f"source-arn=arn:aws:lambda:eu-central-1:{PROD}:function:*"
    grants = f"""
  all: {{persona: pull, with: {{repo: team/web}}, to: [org/{ours}]}}
  functions: {{persona: pull, with: {{repo: team/web}}, to: [service/lambda.amazonaws.com], guards: ["{functions}"]}}
"""
    site = SITE.replace(f', "arn:aws:iam::{TOOLS}:role/ci"', "").rstrip() + grants
    done = ecrgen("report", "--state", "a.json", "--json", "-c", write(site))
    explained = {
        who: row["explained"]
        for row in json.loads(done.out)["others"]
        for who in row["principals"]
        if row["operation"] == "pull"
    }
    assert explained == {
        f"org/{ours}": True,
        f"org/{theirs}": False,
        "service/lambda.amazonaws.com": True,
        "service/codebuild.amazonaws.com": False,
    }


def write(text: str) -> str:
    Path("site.yaml").write_text(text)
    return "site.yaml"


class Rows(HTMLParser):
    """The cells of a page's tables, by the table's heading."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "h2":
            self.tables[dict(attrs)["id"] or ""] = []
        elif tag == "tr":
            [*self.tables.values()][-1].append([])
        self.inside = tag if tag in ("td", "th") else self.inside
        if tag in ("td", "th"):
            [*self.tables.values()][-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag in ("td", "th") else self.inside

    def handle_data(self, data: str) -> None:
        if self.inside:
            [*self.tables.values()][-1][-1][-1] += data


def test_all_formats_say_the_same() -> None:
    """CSV, HTML and Markdown say of whom, where and what they say as JSON does."""
    options = ("-c", write(SITE))
    told = json.loads(made("--json", *options))
    wanted = {each for key in ("access", "others") for each in cells(told, key)}
    table = list(csv.DictReader(io.StringIO(made("--format", "csv", *options))))
    names = {("", ""): ""} | {(row["region"], row["repository"]): REPO for row in table if row["repository"]}
    by_csv = {
        (row["principal"], names[row["region"], row["repository"]] if row["repository"] else "", row["operation"])
        for row in table
    }
    assert by_csv == {each[:3] for each in wanted}
    assert len(table) == len(wanted)
    page = Rows()
    page.feed(made("--format", "html", *options))
    by_html = set()
    for name, (head, *rows) in page.tables.items():
        if name == "by-repository":
            continue
        for row in rows:
            where = REPO if "Repositories" in head else ""
            answers = zip(head, row, strict=True)
            for operation, answer in [each for each in answers if each[0] not in ("Who", "Repositories", "How")]:
                if answer:
                    by_html |= {(who, where, operation, answer.split()[0]) for who in row[0].split(", ")}
    assert by_html == wanted
    marked = re.findall(
        r"^\| (.*?) \| (.*?) \| (.*?) \| (yes|if) \|", made("--format", "markdown", *options), re.MULTILINE
    )
    by_markdown = {
        (who, REPO if where else "", what, answer) for all_, where, what, answer in marked for who in all_.split("<br>")
    }
    assert by_markdown == wanted


def test_the_same_state_makes_the_same_bytes() -> None:
    """A page tells the time of the snapshot, not that of the clock."""
    assert made("--format", "html") == made("--format", "html")
    assert "2026-11-28T07:00:00Z" in made("--format", "html")


def test_a_page_allows_nothing_from_elsewhere() -> None:
    """Its policy allows its own style and script, by their hashes, and no request."""
    page = made("--format", "html")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+'; base-uri 'none'; form-action 'none'",
        policy,
    )
    assert not re.search(r"https?://|url\(|@import|src=", page)


def test_files_and_options() -> None:
    """A report goes into a file; without a state, or with a format that there is none of, the way is said."""
    done = ecrgen("report", "--state", "a.json", "-o", "r.html")
    assert (done.code, done.out) == (0, "")
    assert done.err == f"note: wrote the access of {PROD} to r.html\n"
    assert Path("r.html").read_text().startswith("<!doctype html>")
    for name, begins in (("r.csv", "account,"), ("r.md", "# "), ("r.json", "{"), ("r", "<!doctype")):
        assert ecrgen("report", "--state", "a.json", "-o", name).code == 0
        assert Path(name).read_text().startswith(begins)
    assert ecrgen("report", "--state", "a.json", "-o", "r.csv", "--format", "markdown").code == 0
    assert Path("r.csv").read_text().startswith("# ")
    assert ecrgen("report", "--state", "a.json", "-o", "r.csv", "--json").code == 0
    assert Path("r.csv").read_text().startswith("{")
    none = ecrgen("report")
    assert (none.code, none.err.partition(";")[0]) == (2, "error: --state: name the file of an account")
    assert "one of: html, csv, json, markdown" in ecrgen("report", "--state", "a.json", "--format", "pdf").err
