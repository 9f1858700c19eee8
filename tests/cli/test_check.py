"""`ecrgen check`: findings, expectations, and the exit code that a pipeline goes by."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from command_line import ecrgen, ecrgen_process

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file

REPO = "arn:aws:ecr:us-east-1:123456789012:repository/my-repo"
PERSONAS = list(Catalog.load(builtin_file()).personas)
SITE = """\
version: 1
extends: builtin
account: "111122223333"
region: eu-west-1
personas:
  release:
    summary: Push and pull
    template: release.json.j2
    parameters:
      repo: {type: repository, many: true, help: Repositories}
    expect:
      - with: {repo: my-repo}
        allow: [push my-repo]
        deny:
          - push other
          - "*"
grants:
  web: {persona: release, with: {repo: team/web}, to: role/web}
  me: {persona: self-view, to: role/ops}
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the built-in catalog and its templates."""
    shutil.copytree(builtin_file().parent / "templates", tmp_path / "templates")
    return Path(shutil.copy(builtin_file(), tmp_path / "catalog.yaml"))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site's catalog with a persona of its own that says less than it gives, and two grants, one of no use."""
    (tmp_path / "templates").mkdir()
    shutil.copy(builtin_file().parent / "templates" / "single-repo.json.j2", tmp_path / "templates" / "release.json.j2")
    (tmp_path / "site.yaml").write_text(SITE)
    return tmp_path / "site.yaml"


def policy(directory: Path, **elements: Any) -> str:
    statement = {"Effect": "Allow", "Action": "ecr:ListImages", "Resource": REPO, **elements}
    (directory / "p.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return str(directory / "p.json")


def test_builtin_catalog_passes() -> None:
    """The built-in catalog has no finding of ERROR or SECURITY_WARNING, and keeps all its promises."""
    result = ecrgen("check")
    assert result.code == 0
    assert result.err.endswith("expectations met\n")
    assert {line.split(": ")[0] for line in result.out.splitlines()} <= {f"persona {name}" for name in PERSONAS}


def test_redundant_statement_of_the_documented_policy() -> None:
    """The redundant statement of AWS's own example is a SUGGESTION, which fails only when asked to."""
    result = ecrgen("check", "single-repo")
    assert result.code == 0
    assert [line.split(": ")[2] for line in result.out.splitlines()] == ["SUGGESTION REDUNDANT_STATEMENT"]
    assert ecrgen("check", "single-repo", "--fail-on", "suggestion").code == 1
    assert ecrgen("check", "single-repo", "--fail-on", "warning").code == 0


@pytest.mark.parametrize(
    ("severity", "elements"),
    [
        ("error", {"Action": "ecr:ListImagez"}),
        ("security-warning", {"Action": "iam:PassRole", "Resource": "*"}),
        (
            "warning",
            {
                "Action": "ecr:GetAuthorizationToken",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:ResourceTag/team": "a"}},
            },
        ),
        ("suggestion", {"Action": ["ecr:ListImages", "ecr:ListImages"]}),
    ],
)
def test_fail_on(tmp_path: Path, severity: str, elements: dict[str, Any]) -> None:
    """A finding fails from its own severity on, and not where only worse ones are to fail."""
    file = policy(tmp_path, **elements)
    severities = ("error", "security-warning", "warning", "suggestion")
    found = json.loads(ecrgen("check", file, "--json").out)["subjects"][0]["findings"]
    worst = min(severities.index(finding["severity"].lower().replace("_", "-")) for finding in found)
    assert severities[worst] == severity
    codes = [ecrgen("check", file, "--fail-on", each).code for each in severities]
    assert codes == [int(place >= worst) for place in range(4)]
    assert ecrgen("check", file).code == int(worst <= 1)


def test_a_file_and_standard_input(tmp_path: Path) -> None:
    """A file is named in what is found about it, and - reads standard input."""
    file = policy(tmp_path, Action="ecr:GetAuthorizationToken")
    named = ecrgen("check", file)
    assert named.code == 1
    column = Path(file).read_text().index('"Action"') + 1
    assert named.out.startswith(f"{file}:1:{column}: Statement[0].Action: ERROR ")
    piped = ecrgen("check", "-", stdin=Path(file).read_bytes())
    assert (piped.code, piped.out) == (1, named.out.replace(f"{file}:", "-:"))
    (result,) = json.loads(ecrgen("check", file, "--format", "sarif").out)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1, "startColumn": column}
    (finding,) = json.loads(ecrgen("check", file, "--json").out)["subjects"][0]["findings"]
    assert (finding["line"], finding["column"]) == (1, column)


def test_rendered_policy_is_checked_from_a_pipe() -> None:
    """What render prints, check takes."""
    rendered = ecrgen_process("render", "pull", "--repo", "my-repo")
    assert ecrgen_process("check", "-", stdin=rendered.out.encode())[:2] == (0, "")


def test_persona_wins_over_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is a persona and a file is the persona; with a separator it is the file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pull").write_text("no policy")
    assert ecrgen("check", "pull").code == 0
    assert ecrgen("check", "./pull").code == 1
    (tmp_path / "policy").write_text("no policy")
    assert ecrgen("check", "policy").code == 1


def test_json() -> None:
    """With --json, every finding and every expectation is there with its reason."""
    result = ecrgen("check", "pull", "--json")
    (subject,) = json.loads(result.out)["subjects"]
    assert json.loads(result.out)["holds"] is True
    assert subject["subject"] == "persona pull"
    assert all(expectation["met"] and expectation["reason"] for expectation in subject["expectations"])
    assert {"place": "personas.pull.expect.0.allow.0", "entry": "login"}.items() <= subject["expectations"][0].items()
    assert ecrgen("check", "pull", "--format", "json").out == result.out


def test_failed_expectation_of_a_site(site: Path) -> None:
    """An expectation that is not met is told with file and line, the entry, and the statement that decided; exit 1."""
    result = ecrgen("-c", str(site), "check", "release")
    assert result.code == 1
    line = SITE.splitlines().index('          - "*"') + 1
    assert result.out.splitlines()[0] == (
        f"{site}:{line}: personas.release.expect.0.deny.1: *: must be denied, but ecr:ListImages on {REPO} "
        "is allowed by ListImagesInRepository (Statement[0]) and ManageRepositoryContents (Statement[2])"
    )


def test_sarif_of_a_failed_expectation(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In SARIF, findings and failed expectations are results at the template that is to change."""
    monkeypatch.chdir(site.parent)
    result = ecrgen("-c", site.name, "check", "release", "--format", "sarif")
    assert result.code == 1
    (run,) = json.loads(result.out)["runs"]
    assert [(each["ruleId"], each["level"]) for each in run["results"]] == [
        ("REDUNDANT_STATEMENT", "note"),
        ("EXPECTATION_NOT_MET", "error"),
    ]
    uris = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]}
    assert uris == {"templates/release.json.j2"}


def test_whole_catalog_with_grants(site: Path) -> None:
    """With nothing named, a catalog's own personas and grants are checked; a grant by what its grantee can use."""
    result = ecrgen("-c", str(site), "check", "--json")
    assert result.code == 1
    subjects = {each["subject"]: each for each in json.loads(result.out)["subjects"]}
    assert list(subjects) == ["persona release", "persona self-view", "grant web", "grant me"]
    assert [finding["severity"] for finding in subjects["persona self-view"]["findings"]] == []
    assert "ERROR" in [finding["severity"] for finding in subjects["grant me"]["findings"]]
    assert [finding["code"] for finding in subjects["grant web"]["findings"]] == ["REDUNDANT_STATEMENT"]


def test_a_site_is_not_told_of_personas_that_it_cannot_change(site: Path) -> None:
    """A built-in persona has findings where it is named or granted; extending the built-in catalog gives none."""
    assert {"persona single-repo", "persona pull-prefix"} <= {
        line.split(": ")[0] for line in ecrgen("check").out.splitlines()
    }
    site.write_text("version: 1\nextends: builtin\naccount: '111122223333'\nregion: eu-west-1\n")
    clean = ecrgen("-c", str(site), "check", "--fail-on", "suggestion")
    assert (clean.code, clean.out) == (0, "")
    assert ecrgen("-c", str(site), "check", "single-repo", "--fail-on", "suggestion").code == 1
    with site.open("a") as file:
        file.write("grants:\n  old: {persona: single-repo, with: {repo: team/web}, to: role/web}\n")
    granted = ecrgen("-c", str(site), "check", "--fail-on", "suggestion")
    assert granted.code == 1
    assert [line.split(": ")[0] for line in granted.out.splitlines()] == ["grant old"]
    # what a granted persona promises is asked all the same
    assert "2 checked: 1 finding; " in granted.err
    assert granted.err.endswith(" expectations met\n")


def test_mutated_template_as_a_process(copy: Path) -> None:
    """A hand-made mutation of a template makes `ecrgen check` fail as a process, and without it the copy passes."""
    assert ecrgen_process("-c", str(copy), "check", cwd=copy.parent).code == 0
    template = copy.parent / "templates" / "pull.json.j2"
    template.write_text(template.read_text().replace('"ecr:BatchGetImage"', '"ecr:BatchGetImage", "ecr:PutImage"'))
    result = ecrgen_process("check", cwd=copy.parent)
    assert result.code == 1
    assert f"ecr:PutImage on {REPO} is allowed by PullImages (Statement[1])" in result.out
    assert ": personas.pull.expect.0.deny." in result.out
    assert ecrgen_process("check", "push", cwd=copy.parent).code == 0


def test_entry_that_names_nothing(site: Path) -> None:
    """An entry that names no operation is wrong input, with file and line, whatever else there is to say."""
    site.write_text(SITE.replace("push other", "psh other").replace("[push my-repo]", "[push]"))
    result = ecrgen("-c", str(site), "check")
    assert (result.code, result.out) == (2, "")
    assert [line.split(": ")[2:4] for line in result.err.splitlines()] == [
        ["personas.release.expect.0.allow.0", "push"],
        ["personas.release.expect.0.deny.0", "psh other"],
    ]
    assert "meant push?" in result.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pul",), ["no file and no persona 'pul'; meant pull?"]),
        (("none.json", "pull", "empty"), ["none.json: no such file", "empty: a directory without a policy"]),
        (("--fail-on", "severe"), ["--fail-on: 'severe'; one of: error, security-warning, warning, suggestion"]),
        (("--type", "registri", "x.json"), ["--type: 'registri': meant registry?"]),
        (("--type", "registry", "pull"), ["--type: is the kind of a file's policy; name a file"]),
        (("--type", "registry"), ["--type: is the kind of a file's policy; name a file"]),
        (("--format", "xml"), ["--format: 'xml'; one of: text, json, sarif"]),
        (
            ("--format", "sarif", "--json"),
            ["--json: is --format json; leave it or --format sarif out"],
        ),
        (("-", "-"), ["-: standard input can be read once only"]),
    ],
)
def test_wrong_input(
    arguments: tuple[str, ...], words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong input ends in exit 2, a line on stderr for each problem, and nothing on stdout."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    result = ecrgen("check", *arguments)
    assert (result.code, result.out) == (2, "")
    assert len(result.err.splitlines()) == len(words)
    for problem, expected in zip(result.err.splitlines(), words, strict=True):
        assert problem.startswith("error: ")
        assert expected.replace("; one", ": must be one") in problem


MALFORMED = {
    "json": b'{"Version": ',
    "empty": b"",
    "binary": bytes(range(256)),
    "null bytes": b'{"Version": "2012-10-17", \x00"Statement": []}',
    "surrogate": b'{"Version": "2012-10-17", "Statement": "\\ud800"}',
    "deep": b"[" * 10_000,
    "list": b"[]",
    "wrong everywhere": b'{"Version": 1, "Id": [], "Statement": [{"Effect": 7, "Action": {}, "Resource": null}, 3]}',
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_malformed(tmp_path: Path, kind: str) -> None:
    """What is no policy has findings of ERROR, exit 1, and never a traceback."""
    (tmp_path / "bad.json").write_bytes(MALFORMED[kind])
    result = ecrgen("check", str(tmp_path / "bad.json"), "--json")
    assert result.code == 1
    (subject,) = json.loads(result.out)["subjects"]
    assert "ERROR" in [finding["severity"] for finding in subject["findings"]]


def test_too_long(tmp_path: Path) -> None:
    """A file longer than what any account holds is no policy: exit 2."""
    with (tmp_path / "long.json").open("wb") as file:
        file.truncate(70_000_000)
    result = ecrgen("check", str(tmp_path / "long.json"))
    assert (result.code, result.out) == (2, "")
    assert "has more than 67,108,864 bytes" in result.err


def test_access_analyzer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --access-analyzer its findings and the offline ones are one list, each marked by who found it."""
    client = boto3.client("accessanalyzer", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    reply = {
        "findingDetails": "The action does not exist.",
        "findingType": "ERROR",
        "issueCode": "INVALID_ACTION",
        "learnMoreLink": "https://docs.aws.amazon.com/",
        "locations": [
            {
                "path": [{"value": "Statement"}, {"index": 0}, {"value": "Action"}],
                "span": {place: {"line": 1, "column": 0, "offset": 0} for place in ("start", "end")},
            }
        ],
    }
    other = {**reply, "issueCode": "NOT_KNOWN_HERE", "findingType": "WARNING"}
    stubber = Stubber(client)
    text = Path(policy(tmp_path, Action="ecr:ListImagez")).read_text()
    expected = {"policyDocument": text, "policyType": "IDENTITY_POLICY"}
    for _ in range(2):
        stubber.add_response("validate_policy", {"findings": [reply, other]}, expected)
    monkeypatch.setattr("ecrgen.provision.access_analyzer.analyzer", lambda **options: client)
    with stubber:
        result = ecrgen("check", str(tmp_path / "p.json"), "--access-analyzer", "--json")
        shown = ecrgen("check", str(tmp_path / "p.json"), "--access-analyzer")
    assert (result.code, shown.code) == (1, 1)
    (subject,) = json.loads(result.out)["subjects"]
    assert [(finding["code"], finding["origin"]) for finding in subject["findings"]] == [
        ("INVALID_ACTION", "both"),
        ("NOT_KNOWN_HERE", "access-analyzer"),
    ]
    assert [line.rsplit(" ", 1)[1] for line in shown.out.splitlines()] == ["[both]", "[access-analyzer]"]


def test_access_analyzer_without_credentials() -> None:
    """Without credentials --access-analyzer ends in exit 2, with one line and nothing on stdout."""
    result = ecrgen("check", "pull", "push", "--access-analyzer")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: ValidatePolicy: no AWS credentials")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("option", ["--profile", "--endpoint-url"])
def test_options_of_access_analyzer(option: str) -> None:
    """What only says how to reach AWS is refused where nothing is asked of AWS."""
    result = ecrgen("check", "pull", option, "x")
    assert (result.code, result.out) == (2, "")
    assert result.err == f"error: {option}: is for --access-analyzer, which calls AWS\n"


def test_never_imports_boto3(tmp_path: Path) -> None:
    """Without --access-analyzer, check as a process never loads boto3."""
    (tmp_path / "boto3.py").write_text("raise SystemExit(77)")
    (tmp_path / "botocore.py").write_text("raise SystemExit(77)")
    assert ecrgen_process("check", cwd=tmp_path).code == 0
    assert ecrgen_process("check", "pull", "--access-analyzer", cwd=tmp_path).code == 77


RESOURCE_POLICY = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"AWS": "111122223333"},
        "Action": "ecr:ListImages",
        "Resource": REPO,
    },
}


def written(directory: Path, name: str, data: Any) -> str:
    (directory / name).write_text(json.dumps(data))
    return str(directory / name)


def test_the_kind_of_a_policy_is_told_and_can_be_said(tmp_path: Path) -> None:
    """A policy is taken for what it looks like, with a note; --type says otherwise; what an answer tells is certain."""
    file = written(tmp_path, "p.json", RESOURCE_POLICY)
    taken = ecrgen("check", file)
    assert taken.code == 1
    assert "ECR_RESOURCE_IN_REPOSITORY_POLICY" in taken.out
    assert f"note: {file}: taken for a repository policy; --type says otherwise\n" in taken.err
    said = ecrgen("check", "--type", "registry", file)
    assert (said.code, said.out) == (0, "")
    assert "taken for" not in said.err
    answer = written(tmp_path, "a.json", {"registryId": "111122223333", "policyText": json.dumps(RESOURCE_POLICY)})
    certain = ecrgen("check", answer, "--json")
    assert certain.code == 0
    (subject,) = json.loads(certain.out)["subjects"]
    assert (subject["subject"], subject["type"], subject["type_is"]) == (f"{answer}: policyText", "registry", "certain")
    for arguments, expected in ((("--type", "registry"), "said"), ((), "likely")):
        (subject,) = json.loads(ecrgen("check", *arguments, file, "--json").out)["subjects"]
        assert subject["type_is"] == expected


def test_a_trust_policy_is_not_ours_to_judge(tmp_path: Path) -> None:
    """Of a trust policy only the grammar is checked, and the output says so."""
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    file = written(tmp_path, "trust.json", {"Version": "2012-10-17", "Statement": statement})
    result = ecrgen("check", "--fail-on", "suggestion", file)
    assert (result.code, result.out) == (0, "")
    assert f"note: {file}: a role's trust policy, of which only the grammar is checked\n" in result.err


def test_a_directory_is_all_of_its_files(tmp_path: Path) -> None:
    """Every policy of every file in a directory is checked, in the order of their names, each named by its place."""
    good = {**RESOURCE_POLICY, "Statement": {**RESOURCE_POLICY["Statement"], "Resource": "*"}}  # type: ignore[dict-item]
    resources = {"Web": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryPolicyText": good}}}
    written(tmp_path, "b.yaml", {"Resources": resources})
    (tmp_path / "b.yaml").write_text(f"Resources: {json.dumps(resources)}")
    written(tmp_path, "a.json", [RESOURCE_POLICY, good])
    written(tmp_path, "main.tf.json", {"resource": {}})
    (tmp_path / "README.md").write_text("no policy")
    (tmp_path / "below").mkdir()
    subjects = json.loads(ecrgen("check", str(tmp_path), "--json").out)["subjects"]
    assert [subject["subject"] for subject in subjects] == [
        f"{tmp_path / 'a.json'}: [0]",
        f"{tmp_path / 'a.json'}: [1]",
        f"{tmp_path / 'b.yaml'}: Web.RepositoryPolicyText",
    ]


def test_what_a_template_leaves_open_is_said(tmp_path: Path) -> None:
    """What hangs on a parameter is named, and is not judged."""
    statement = {"Effect": "Allow", "Action": {"Ref": "Action"}, "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    file = written(
        tmp_path,
        "t.json",
        {"Resources": {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}}},
    )
    result = ecrgen("check", "--fail-on", "suggestion", file)
    assert (result.code, result.out) == (0, "")
    assert f"note: {file}: P.PolicyDocument: open: Action; what hangs on that is not checked\n" in result.err
    assert json.loads(ecrgen("check", file, "--json").out)["subjects"][0]["open"] == ["Action"]


def test_one_policy_of_a_file_can_be_named(tmp_path: Path) -> None:
    """FILE#PLACE is the policy at that place; a place that there is not is told with those that there are."""
    file = written(tmp_path, "l.json", [RESOURCE_POLICY, RESOURCE_POLICY])
    (subject,) = json.loads(ecrgen("check", f"{file}#[1]", "--json").out)["subjects"]
    assert subject["subject"] == f"{file}: [1]"
    result = ecrgen("check", f"{file}#[2]")
    assert (result.code, result.err) == (2, f"error: {file}: holds no policy at [2]; it has [0] or [1]\n")
