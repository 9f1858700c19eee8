"""Access Analyzer's findings, with botocore's Stubber on the service model's shapes: moto has none of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, NoCredentialsError
from botocore.stub import Stubber
from stubbed import client_of

from ecrgen.errors import EcrgenError
from ecrgen.policy.check import Finding, check
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision.access_analyzer import analyzer, merged, validated

PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["ecr:ListImages", "ecr:ListImages"], "Resource": "*"},
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"},
        ],
    }
)
REPOSITORY_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "ecr:ListImages"}],
    }
)


def location(*path: str | int) -> dict[str, Any]:
    position = {"line": 1, "column": 0, "offset": 0}
    elements = [{"index": step} if isinstance(step, int) else {"value": step} for step in path]
    return {"path": elements, "span": {"start": position, "end": position}}


def reply(code: str, kind: str, *locations: dict[str, Any], details: str = "In AWS's words.") -> dict[str, Any]:
    return {
        "findingDetails": details,
        "findingType": kind,
        "issueCode": code,
        "learnMoreLink": f"{PAGE}#{code.lower()}",
        "locations": list(locations),
    }


@pytest.fixture
def client() -> Any:
    """A client that could not sign a real request, and is stubbed."""
    return client_of("accessanalyzer")


def test_findings_of_every_page_are_read(client: Any, stub: Stubber) -> None:
    """Pages are asked for until AWS names no next one, each with the token of the last."""
    expected = {"policyDocument": POLICY, "policyType": "IDENTITY_POLICY"}
    first = reply("PASS_ROLE_WITH_STAR_IN_RESOURCE", "SECURITY_WARNING", location("Statement", 1, "Resource"))
    second = reply("REDUNDANT_ACTION", "SUGGESTION", location("Statement", 0, "Action", 1))
    stub.add_response("validate_policy", {"findings": [first], "nextToken": "two"}, expected)
    stub.add_response("validate_policy", {"findings": [], "nextToken": "three"}, expected | {"nextToken": "two"})
    stub.add_response("validate_policy", {"findings": [second]}, expected | {"nextToken": "three"})
    found = validated(client, POLICY)
    assert [(finding.code, finding.severity, finding.path, finding.origin) for finding in found] == [
        ("REDUNDANT_ACTION", "SUGGESTION", "Statement[0].Action[1]", "access-analyzer"),
        ("PASS_ROLE_WITH_STAR_IN_RESOURCE", "SECURITY_WARNING", "Statement[1].Resource", "access-analyzer"),
    ]
    assert found[0].source == f"{PAGE}#redundant_action"
    assert found[0].message == "In AWS's words."


@pytest.mark.parametrize(
    ("policy", "policy_type", "expected"),
    [
        (POLICY, None, "IDENTITY_POLICY"),
        (REPOSITORY_POLICY, None, "RESOURCE_POLICY"),
        (REPOSITORY_POLICY, "identity", "IDENTITY_POLICY"),
        (POLICY, "resource", "RESOURCE_POLICY"),
        ("{", None, "IDENTITY_POLICY"),
    ],
)
def test_the_type_of_a_policy_is_sent(client: Any, stub: Stubber, policy: str, policy_type: Any, expected: str) -> None:
    """A document is validated as what check takes it for."""
    stub.add_response("validate_policy", {"findings": []}, {"policyDocument": policy, "policyType": expected})
    assert validated(client, policy, policy_type=policy_type) == ()


def test_a_document_is_sent_as_its_text(client: Any, stub: Stubber) -> None:
    """A PolicyDocument and bytes are sent as the JSON they are."""
    document = PolicyDocument.from_json(POLICY)
    for sent, policy in ((document.to_json(indent=None), document), (POLICY, POLICY.encode())):
        stub.add_response(
            "validate_policy", {"findings": []}, {"policyDocument": sent, "policyType": "IDENTITY_POLICY"}
        )
        validated(client, policy)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ([{"value": "Statement"}, {"index": 3}, {"value": "Action"}, {"index": 77}], "Statement[3].Action[77]"),
        ([{"value": "Version"}], "Version"),
        ([], ""),
        (
            [{"value": "Statement"}, {"index": 0}, {"value": "Condition"}, {"value": "StringLike"}, {"key": "aws:Arn"}],
            "Statement[0].Condition.StringLike.aws:Arn",
        ),
        (
            [{"value": "Statement"}, {"index": 0}, {"value": "Sid"}, {"substring": {"start": 1, "length": 2}}],
            "Statement[0].Sid",
        ),
    ],
)
def test_places_are_written_as_ours(client: Any, stub: Stubber, path: list[Any], expected: str) -> None:
    """AWS's path elements of every kind become our path."""
    place = location() | {"path": path}
    stub.add_response("validate_policy", {"findings": [reply("INVALID_ACTION", "ERROR", place)]})
    (finding,) = validated(client, POLICY)
    assert finding.path == expected


def test_a_finding_at_several_places_is_several(client: Any, stub: Stubber) -> None:
    """A finding that names two places is one at each; one without a place is about the document."""
    places = (location("Statement", 1), location("Statement", 0), location("Statement", 1))
    answers = [reply("REDUNDANT_STATEMENT", "SUGGESTION", *places), reply("NEW_CHECK", "WARNING", details="a\n b")]
    stub.add_response("validate_policy", {"findings": answers})
    found = validated(client, POLICY)
    assert [(finding.code, finding.path, finding.message) for finding in found] == [
        ("NEW_CHECK", "", "a b"),
        ("REDUNDANT_STATEMENT", "Statement[0]", "In AWS's words."),
        ("REDUNDANT_STATEMENT", "Statement[1]", "In AWS's words."),
    ]


def test_both_lists_become_one(client: Any, stub: Stubber) -> None:
    """What both find is there once and marked so; what one finds alone says which one."""
    answers = [
        reply("PASS_ROLE_WITH_STAR_IN_RESOURCE", "SECURITY_WARNING", location("Statement", 1, "Resource")),
        reply("NEW_CHECK", "WARNING", location("Statement", 0)),
    ]
    stub.add_response("validate_policy", {"findings": answers})
    found = merged(check(POLICY), validated(client, POLICY))
    assert [(finding.code, finding.path, finding.origin) for finding in found] == [
        ("NEW_CHECK", "Statement[0]", "access-analyzer"),
        ("REDUNDANT_ACTION", "Statement[0].Action[1]", "offline"),
        ("PASS_ROLE_WITH_STAR_IN_RESOURCE", "Statement[1].Resource", "both"),
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "origins"),
    [
        ("Statement[0].Action[1]", "Statement[0].Action", ["both"]),
        ("Statement[0].Action", "Statement[0].Action[1]", ["both"]),
        ("Statement[0].Action[1]", "Statement[0].Action[2]", ["offline", "access-analyzer"]),
        ("Statement[1]", "Statement[10]", ["offline", "access-analyzer"]),
        ("", "Statement[0]", ["offline", "access-analyzer"]),
        ("", "", ["both"]),
    ],
)
def test_the_same_place_is_the_same_finding(ours: str, theirs: str, origins: list[str]) -> None:
    """A list and a value of it are one place; two values, two statements, document and statement are two."""
    offline = Finding("CODE", "ERROR", ours, "ours", "fix", PAGE)
    found = Finding("CODE", "ERROR", theirs, "theirs", "", PAGE, "access-analyzer")
    other = Finding("OTHER", "ERROR", ours, "theirs", "", PAGE, "access-analyzer")
    assert [finding.origin for finding in merged([offline], [found])] == origins
    assert [finding.origin for finding in merged([offline], [other])] == ["offline", "access-analyzer"]


def test_without_permission_the_missing_action_is_named(client: Any, stub: Stubber) -> None:
    """AccessDenied says which action the caller needs, and is an error of the input."""
    stub.add_client_error("validate_policy", "AccessDeniedException", "User: x is not authorized", 403)
    with pytest.raises(EcrgenError, match="access-analyzer:ValidatePolicy") as raised:
        validated(client, POLICY)
    assert raised.value.exit_code == 2
    assert "User: x is not authorized" in str(raised.value)


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("ExpiredTokenException", 403, "expired"),
        ("UnrecognizedClientException", 403, "does not accept the credentials"),
        ("ThrottlingException", 429, "AWS is busy"),
        ("InternalServerException", 500, "did not answer properly"),
        ("ValidationException", 400, "ValidationException"),
    ],
)
def test_a_refused_call_is_one_clear_error(client: Any, stub: Stubber, code: str, status: int, words: str) -> None:
    """Every error answer of AWS is said in words, with the operation."""
    stub.add_client_error("validate_policy", code, "its words", status)
    with pytest.raises(EcrgenError, match=words) as raised:
        validated(client, POLICY)
    assert "ValidatePolicy" in str(raised.value)
    assert len(raised.value.problems) == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoCredentialsError(), "no AWS credentials"),
        (EndpointConnectionError(endpoint_url="https://access-analyzer.example.com"), "cannot be reached"),
        (ConnectTimeoutError(endpoint_url="https://access-analyzer.example.com"), "cannot be reached"),
    ],
)
def test_no_credentials_and_no_network_are_clear_errors(error: Exception, words: str) -> None:
    """What boto3 raises before AWS is reached is said in words, too."""

    class Failing:
        def validate_policy(self, **_: Any) -> None:
            raise error

    with pytest.raises(EcrgenError, match=words):
        validated(Failing(), POLICY)  # type: ignore[arg-type]


def test_a_fault_of_ours_is_not_hidden() -> None:
    """An exception that is none of AWS's is a bug and is raised as it is."""

    class Broken:
        def validate_policy(self, **_: Any) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        validated(Broken(), POLICY)  # type: ignore[arg-type]


def test_a_client_is_made_for_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's region wins over the catalog's; an endpoint is taken as given."""
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    assert analyzer(region="eu-west-1").meta.region_name == "eu-west-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    client = analyzer(region="eu-west-1", endpoint_url="http://127.0.0.1:9")
    assert (client.meta.region_name, client.meta.endpoint_url) == ("us-west-2", "http://127.0.0.1:9")


def test_an_unknown_profile_and_no_region_are_clear_errors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings that do not work stop with one line."""
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(EcrgenError, match="nobody"):
        analyzer(profile="nobody", region="us-east-1")
    with pytest.raises(EcrgenError, match="no AWS region"):
        analyzer()


def test_importing_it_imports_no_boto3() -> None:
    """boto3 is imported when a client is made, and not before."""
    script = "import sys, ecrgen.provision.access_analyzer; print({'boto3', 'botocore'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
