"""What check says to do can be done: following it gives no next error, and a wish is answered with its actions."""

from __future__ import annotations

from typing import Any

import pytest
from tables import load
from test_check_cases import CASES, KEYS, checked

from ecrgen import Finding, check
from ecrgen.policy.check import RULES
from ecrgen.policy.check.clients import PUBLIC_LOGIN, PUBLIC_PUSH, PULL, PUSH, WISHES
from ecrgen.policy.reference import action, data_date

REPOSITORY = "arn:aws:ecr:us-east-1:111122223333:repository/my-repo"


def found(code: str, **statement: Any) -> Finding:
    """The finding of that code about an Allow statement, which has one."""
    policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*", **statement}}
    (one,) = [finding for finding in check(policy) if finding.code == code]
    return one


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("ecr:PullImage", "a pull takes ecr:BatchGetImage and ecr:GetDownloadUrlForLayer"),
        ("ecr:pull-image", "a pull takes ecr:BatchGetImage and ecr:GetDownloadUrlForLayer"),
        ("ecr:Read*", "a pull takes ecr:BatchGetImage and ecr:GetDownloadUrlForLayer"),
        ("ecr:PushImage", "a push takes ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, "),
        ("ecr:UploadImage", "and ecr:PutImage"),
        ("ecr:GetLoginPassword", "a login takes ecr:GetAuthorizationToken"),
        ("ecr-public:Push", "a push takes ecr-public:BatchCheckLayerAvailability, "),
        ("ecr-public:Login", "a login takes ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken"),
        ("ecr:DeleteImage", "deleting images takes ecr:BatchDeleteImage"),
        ("ecr:GetAuthToken", "a login takes ecr:GetAuthorizationToken"),
        ("ecr:TagImage", "giving an image another tag takes ecr:BatchGetImage and ecr:PutImage"),
        ("ecr:Scan*", "a scan takes ecr:StartImageScan and ecr:DescribeImageScanFindings"),
        ("ecr-public:BatchGetImage", "a pull from ECR Public takes no permission"),
    ],
)
def test_a_wish_is_answered_with_the_actions_it_takes(name: str, answer: str) -> None:
    """Pull, push, read and login are no actions; nobody is led from a pull to ecr:PutImage."""
    message = found("INVALID_ACTION", Action=name).message
    assert answer in message
    assert "meant" not in message


def test_answers_are_actions() -> None:
    """Whatever an answer names is an action."""
    named = {*PULL, *PUSH, *PUBLIC_PUSH, *PUBLIC_LOGIN}
    named.update(name for wishes in WISHES.values() for wish in wishes for name in wish.actions)
    assert all(action(name) is not None for name in named)


def test_an_unknown_name_says_how_old_the_data_is() -> None:
    """A name that may be newer than the data comes with the data's date."""
    for name in ("ecr:ComposeManifestSet", "quantumregistry:Run"):
        finding = found("ECR_UNKNOWN_NAME", Action=name)
        assert finding.severity == "WARNING"
        assert str(data_date()) in finding.message


def test_slips_name_what_was_meant() -> None:
    """One character too many, too few, another, or at another place."""
    for slip in ("ecr:PutImages", "ecr:PutImag", "ecr:PutImate", "ecr:PutImgae"):
        assert found("INVALID_ACTION", Action=slip).message.endswith("; meant ecr:PutImage?")
    assert found("INVALID_SERVICE_IN_ACTION", Action="ecr-publc:PutImage").message.endswith("; meant ecr-public?")
    # a slip all the same, of ecr or of ecs
    assert found("INVALID_SERVICE_IN_ACTION", Action="erc:PutImage").severity == "ERROR"


def test_nobody_is_led_to_another_verb() -> None:
    """What reads is never answered with what changes, however near the names are."""
    # one character from iam:SetDefaultPolicyVersion
    assert "meant iam:GetPolicyVersion?" in found("ECR_UNKNOWN_NAME", Action="iam:GetDefaultPolicyVersion").message
    # near ecr:PutImageTagMutability, and no wish to get an image
    message = found("ECR_UNKNOWN_NAME", Action="ecr:GetImageTagMutability").message
    assert "meant" not in message
    assert "takes" not in message
    assert "meant ecr:DescribeRepositories?" in found("ECR_UNKNOWN_NAME", Action="ecr:DescribeRepository").message


def test_the_registrys_policy_cannot_be_named() -> None:
    """ecr:PutRegistryPolicy works on a star only, so nobody is told to name a resource for it."""
    fix = found("ECR_PRIVILEGE_ESCALATION", Action="ecr:PutRegistryPolicy").fix
    assert fix == 'Keep ecr:PutRegistryPolicy for administrators: it works on "Resource": "*" only.'
    fix = found("ECR_PRIVILEGE_ESCALATION", Action="ecr:SetRepositoryPolicy").fix
    assert fix.startswith("Name the repositories")
    fix = found("ECR_PRIVILEGE_ESCALATION", Action="ecr:*").fix
    assert fix.startswith("Keep both for administrators")
    assert "iam:PolicyARN" in found("ECR_PRIVILEGE_ESCALATION", Action="iam:AttachRolePolicy").fix


@pytest.mark.parametrize(
    ("key", "value", "fix"),
    [
        ("aws:PrincipalOrgID", "o-*", "Name the values in full."),
        ("aws:PrincipalArn", "arn:aws:iam::111122223333:role/*", "Use ArnLike or ArnNotLike"),
        ("aws:PrincipalTag/team", "web*", "Use StringLike or StringNotLike"),
    ],
)
def test_a_literal_wildcard_is_led_to_no_next_mistake(key: str, value: str, fix: str) -> None:
    """StringLike is advised only where a wildcard under it is right."""
    condition = {"StringEquals": {key: value}}
    finding = found("WILDCARD_WITHOUT_LIKE_OPERATOR", Action="ecr:ListImages", Condition=condition)
    assert finding.fix.startswith(fix)


FIXES = load("check_fixes", KEYS | {"broken", "fix"})


@pytest.mark.parametrize(("_table", "row"), FIXES)
def test_a_policy_that_is_mended_as_the_fix_says_has_no_new_finding(_table: Any, row: dict[str, Any]) -> None:
    """What a fix says can be written down; it removes the finding and brings no other."""
    code = row["name"]
    (broken,) = [
        case
        for case in CASES
        if case["name"] == row["broken"] and any(text.split(" ")[0] == code for text in case["expect"])
    ]
    before = checked(broken)
    assert {finding.fix for finding in before if finding.code == code} == {row["fix"]}
    assert {finding.code for finding in checked(row)} <= {finding.code for finding in before} - {code}


def test_every_rule_has_its_fix_written_down() -> None:
    """Each rule is in the table once; a new one has to show that its fix can be followed."""
    assert sorted(row.values[1]["name"] for row in FIXES) == sorted(RULES)
