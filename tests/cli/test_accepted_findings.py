"""What a catalog attaches of AWS's own is checked, and findings that somebody accepts no longer count, but are told."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from unittest import mock

import pytest
from command_line import Result, ecrgen

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.rules import EVERY_RULE, not_ignorable
from ecrgen.cli.call import load_catalog
from ecrgen.cli.main import main

HEAD = """\
version: 1
extends: builtin
account: "111122223333"
region: eu-west-1
personas:
  own: {summary: A pull of everything, template: own.json.j2, managed_policy: MANAGED}
grants:
  web: {persona: own, managed: true, to: role/web}
"""
OWN = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", "Action":
  ["ecr:GetAuthorizationToken", "ecr:BatchImportUpstreamImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]}]}"""
FULL = "AmazonEC2ContainerRegistryFullAccess"
REASON = "    because: reviewed in SEC-12\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a catalog, whose persona names a policy of AWS's own, and a snapshot of an empty account."""
    role = {"RoleName": "web", "Path": "/", "Arn": "arn:aws:iam::111122223333:role/web", "AttachedManagedPolicies": []}
    state = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}
    (tmp_path / "state.json").write_text(json.dumps(state))
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "own.json.j2").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "catalog.yaml"


def write(site: Path, managed: str, ignore: str = "", grants: str = "") -> None:
    site.write_text(HEAD.replace("MANAGED", managed) + grants + (f"ignore:\n{ignore}" if ignore else ""))


def accept(code: str, where: str) -> str:
    return f"  - code: {code}\n    where: {where}\n{REASON}"


def heads(result: Result) -> list[str]:
    """The subject, and the severity with the code, of each line."""
    found = (
        re.match(r"(.*?): .*?((?:[A-Z]+_)?(?:ERROR|WARNING|SUGGESTION) \w+): ", line)
        for line in result.out.splitlines()
    )
    return [f"{match[1]}: {match[2]}" for match in found if match]


@pytest.mark.parametrize(
    ("managed", "code", "lines"),
    [
        ("AmazonEC2ContainerRegistryPullOnly", 0, []),
        (
            "AdministratorAccess",
            1,
            [
                "persona own: SECURITY_WARNING ECR_MANAGED_POLICY_UNKNOWN",
                "grant web: SECURITY_WARNING ECR_MANAGED_POLICY_UNKNOWN",
            ],
        ),
        (
            FULL,
            1,
            [
                "grant web: SECURITY_WARNING ECR_PRIVILEGE_ESCALATION",
                "grant web: WARNING ECR_MANAGED_POLICY_UNLIKE",
                "grant web: WARNING ECR_MANAGED_POLICY_UNLIKE",
            ],
        ),
    ],
)
def test_what_is_attached_is_checked(site: Path, managed: str, code: int, lines: list[str]) -> None:
    """A known policy of AWS's own by its document and against the persona; of an unknown one it is said that it is."""
    write(site, managed)
    result = ecrgen("check")
    assert (result.code, heads(result)) == (code, lines)
    plan = ecrgen("plan", "--state", "state.json")
    assert (plan.code, "SECURITY_WARNING" in plan.err) == (code, bool(code))


@pytest.mark.parametrize(("name", "word"), [("AdministratorAccess", "UNKNOWN"), (FULL, "ESCALATION")])
def test_an_accepted_finding_stops_nothing_and_is_told(site: Path, name: str, word: str) -> None:
    """A plan and a check say what is accepted and why; without the reason in the catalog both end with exit 1."""
    code = "ECR_MANAGED_POLICY_UNKNOWN" if word == "UNKNOWN" else "ECR_PRIVILEGE_ESCALATION"
    write(site, name, accept(code, "[web, own]" if word == "UNKNOWN" else "web"))
    for form in ("text", "markdown"):
        plan = ecrgen("plan", "--state", "state.json", "--format", form)
        assert (plan.code, "error:" in plan.err) == (0, False)
        assert code.replace("_", "\\_" if form == "markdown" else "_") in plan.out
        assert "(accepted: reviewed in SEC-12)" in plan.out
    (accepted,) = json.loads(ecrgen("plan", "--state", "state.json", "--json").out)["accepted"]
    assert accepted.endswith("(accepted: reviewed in SEC-12)")
    check = ecrgen("check", "--json")
    assert check.code == 0
    (grant,) = [each for each in json.loads(check.out)["subjects"] if each["subject"] == "grant web"]
    assert {(each["code"], each["because"]) for each in grant["accepted"]} == {(code, "reviewed in SEC-12")}
    assert code not in [each["code"] for each in grant["findings"]]
    assert " more accepted" in ecrgen("check").err
    (run,) = json.loads(ecrgen("check", "--format", "sarif").out)["runs"]
    assert {each["ruleId"]: each["suppressions"] for each in run["results"]}[code] == [
        {"kind": "external", "justification": "reviewed in SEC-12"}
    ]


def test_a_grant_is_not_accepted_by_its_persona(site: Path) -> None:
    """What is accepted of a persona's examples says nothing about a grant, whose arguments nobody looked at."""
    write(site, "AdministratorAccess", accept("ECR_MANAGED_POLICY_UNKNOWN", "own"))
    assert heads(ecrgen("check"))[:1] == ["grant web: SECURITY_WARNING ECR_MANAGED_POLICY_UNKNOWN"]
    assert ecrgen("plan", "--state", "state.json").code == 1


def test_an_ignore_that_matches_nothing_is_said(site: Path) -> None:
    """An ignore of the catalog or of the command line without a finding is told, where its subject was checked."""
    write(site, "AmazonEC2ContainerRegistryPullOnly", accept("ECR_PUBLIC_ACCESS", "web"))
    result = ecrgen("check", "--ignore", "ECR_PREFIX_LEAK@own")
    assert result.code == 0
    said = "check does not find ECR_PUBLIC_ACCESS in grant web; take the ignore out"
    assert f"note: catalog.yaml:10: {said}\n" in result.err
    assert "note: --ignore: check does not find ECR_PREFIX_LEAK in own; " in result.err
    assert "take the ignore out" not in ecrgen("check", "own").err
    unused = json.loads(ecrgen("check", "--json").out)["unused_ignores"]
    assert [(each["code"], each["where"]) for each in unused] == [("ECR_PUBLIC_ACCESS", "grant web")]


@pytest.mark.parametrize(
    ("ignore", "problem"),
    [
        (
            accept("ECR_PUBLIC_ACESS", "web"),
            "10: ignore.0.code: no rule of check has the code 'ECR_PUBLIC_ACESS'; meant ECR_PUBLIC_ACCESS?",
        ),
        (accept("ECR_PUBLIC_ACCESS", "wob"), "11: ignore.0.where: no persona and no grant 'wob'; meant web?"),
        (
            accept("EXPECTATION_NOT_MET", "own"),
            "10: ignore.0.code: EXPECTATION_NOT_MET is a promise of the catalog; change the promise or the template",
        ),
        ("  - {code: ECR_PUBLIC_ACCESS, where: web}\n", "10: ignore.0: no because; one line of text"),
        ("  - {code: ECR_PUBLIC_ACCESS, because: so}\n", "10: ignore.0: no where; a list, each the name"),
        ("  - {code: x, where: web, because: so}\n", "10: ignore.0.code: 'x': must be the code of a finding"),
    ],
)
def test_a_wrong_ignore_is_an_error_of_the_catalog(site: Path, ignore: str, problem: str) -> None:
    """A code that there is not, a subject that there is not, and no reason: each with file and line."""
    write(site, "AdministratorAccess", ignore)
    result = ecrgen("check")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: catalog.yaml:{problem}")


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ("ECR_MANAGED_POLICY_UNKNOWN", 0),
        ("ECR_MANAGED_POLICY_UNKNOWN@own", 1),
        ("ECR_MANAGED_POLICY_UNKNOWN@grant web", 1),
        ("ECR_PUBLIC_ACCESS", 1),
        ("ECR_PUBLIC", 2),
        ("ECR_PUBLIC_ACCESS@", 2),
        ("EXPECTATION_NOT_MET", 2),
    ],
)
def test_findings_are_accepted_on_the_command_line(site: Path, option: str, code: int) -> None:
    """--ignore takes a code for all subjects, or for one by its name."""
    write(site, "AdministratorAccess")
    assert ecrgen("check", "--ignore", option).code == code
    if "@" in option and code == 1:
        other = "ECR_MANAGED_POLICY_UNKNOWN@web" if option.endswith("own") else "ECR_MANAGED_POLICY_UNKNOWN@persona own"
        assert ecrgen("check", "--ignore", option, "--ignore", other).code == 0


def test_a_file_is_a_subject(site: Path) -> None:
    """--ignore CODE@FILE accepts of that file only."""
    write(site, "AmazonEC2ContainerRegistryPullOnly")
    policy = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}}'
    for name in ("a.json", "b.json"):
        Path(name).write_text(policy)
    code = "PASS_ROLE_WITH_STAR_IN_RESOURCE"
    result = ecrgen("check", "a.json", "b.json", "--ignore", f"{code}@a.json")
    assert result.code == 1
    assert [line.split(":")[0] for line in result.out.splitlines()] == ["b.json"]
    assert ecrgen("check", "a.json", "b.json", "--ignore", code).code == 0


def test_one_line_for_each_kind_and_place_worst_first(site: Path) -> None:
    """What many grants of a persona, or many values of a list, have in common is one line with the number of others."""
    repos = ", ".join(f'"{name}*"' for name in ("a1", "b1", "c1"))
    grants = "".join(f"  g{number}: {{persona: single-repo, with: {{repo: r{number}}}}}\n" for number in range(5))
    write(site, "AdministratorAccess", grants=f"{grants}  p: {{persona: prefixes, with: {{}}}}\n")
    prefixes = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ecr:ListImages", "Resource": [%s]}}'
    )
    arns = ", ".join(f'"arn:aws:ecr:eu-west-1:111122223333:repository/{name[1:]}' for name in repos.split(", "))
    (site.parent / "templates" / "prefixes.json.j2").write_text(prefixes % arns)
    site.write_text(
        site.read_text().replace("personas:\n", "personas:\n  prefixes: {summary: P, template: prefixes.json.j2}\n")
    )
    result = ecrgen("check", "--ignore", "ECR_MANAGED_POLICY_UNKNOWN@own")
    assert heads(result) == [
        "grant web: SECURITY_WARNING ECR_MANAGED_POLICY_UNKNOWN",
        "persona prefixes: SUGGESTION ECR_PREFIX_LEAK",
        "grant g0 and 4 more: SUGGESTION REDUNDANT_STATEMENT",
        "grant p: SUGGESTION ECR_PREFIX_LEAK",
    ]
    assert "grant p: Statement.Resource[0] and 2 more: SUGGESTION" in result.out


@pytest.mark.parametrize("code", EVERY_RULE)
def test_every_finding_is_explained(code: str) -> None:
    """`show CODE` says what a finding is, what to do, whether it stops an apply, and where that is written."""
    rule = EVERY_RULE[code]
    out = ecrgen("show", code).out
    assert out.startswith(f"{code} ({rule.severity}): {rule.title}\n  what to do: {rule.fix}\n")
    assert out.endswith(f"  source: {rule.source}\n")
    assert ("apply stops" in out) == (rule.severity in ("ERROR", "SECURITY_WARNING"))
    assert (f"--ignore {code}@" in out) == (code != "EXPECTATION_NOT_MET")
    assert json.loads(ecrgen("show", code, "--json").out)["fix"] == rule.fix


def test_a_finding_that_is_not_looked_for_is_explained() -> None:
    """Access Analyzer's checks of what is not ecrgen's are told to be so; a code that there is not has the nearest."""
    assert "ecrgen does not look for it" in ecrgen("show", "SCP_SYNTAX_ERROR_ACTION_WILDCARD").out
    wrong = ecrgen("show", "ECR_PUBLIC_ACESS")
    assert (wrong.code, wrong.err) == (
        2,
        "error: no rule of check has the code 'ECR_PUBLIC_ACESS'; meant ECR_PUBLIC_ACCESS?\n",
    )


@pytest.mark.parametrize("width", [60, 100, 200])
@pytest.mark.parametrize("colour", [True, False])
def test_lines_of_findings_are_readable(
    site: Path, width: int, colour: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At a terminal a finding is wrapped at words and its severity has a colour, none with NO_COLOR; none in a pipe."""
    write(site, "AdministratorAccess", accept("ECR_PUBLIC_ACCESS", "web"))
    _, piped, piped_notes = ecrgen("check")
    assert "\x1b" not in piped
    assert max(map(len, piped.splitlines())) > 200
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    load_catalog.cache_clear()
    with mock.patch.object(sys, "argv", ["ecrgen", "check"]), pytest.raises(SystemExit):
        main()
    shown, notes = capsys.readouterr()
    plain, notes = (re.sub(r"\x1b\[[0-9;]*m", "", text) for text in (shown, notes))
    assert max(map(len, notes.splitlines())) <= width
    assert " ".join(notes.split()) == " ".join(piped_notes.split())
    assert ("\x1b[31m" in shown) == colour
    assert max(map(len, plain.splitlines())) <= width
    assert " ".join(plain.split()) == " ".join(piped.split())


def test_the_built_in_catalog_accepts_findings_that_there_are() -> None:
    """Its codes are not looked up whenever it is read."""
    assert all(not not_ignorable(ignore.code) for ignore in Catalog.load(str(builtin_file())).ignores)
    assert Catalog.load(str(builtin_file())).ignores
