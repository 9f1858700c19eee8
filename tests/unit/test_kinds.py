"""Kinds of policies: the one that a document is taken for, the name that somebody says, and text as it is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

import ecrgen
from ecrgen.errors import EcrgenError
from ecrgen.policy.check import check
from ecrgen.policy.kinds import KINDS
from ecrgen.policy.recognise import as_type, recognise

WHO = {"AWS": "arn:aws:iam::111122223333:root"}
REPOSITORY = "arn:aws:ecr:us-east-1:111122223333:repository/my-repo"
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def allow(action: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, **more}


@pytest.mark.parametrize(
    ("statements", "name", "certain"),
    [
        ([allow("ecr:*", Resource="*")], "identity", False),
        ([{"Effect": "Deny", "Action": "*", "Resource": "*"}], "identity", False),
        ([allow(PULL, Principal=WHO)], "repository", True),
        ([allow("ecr:GetAuthorizationToken", Principal=WHO)], "repository", True),
        ([allow(PULL, Principal=WHO, Resource="*")], "repository", False),
        ([allow(PULL, Principal=WHO, Resource=REPOSITORY)], "repository", False),
        ([allow(PULL, Principal=WHO, Resource=REPOSITORY), allow(PULL, Principal=WHO)], "repository", False),
        ([allow(PULL, Principal=WHO, Resource=[REPOSITORY, f"{REPOSITORY}2"])], "registry", False),
        ([allow(PULL, Principal=WHO, Resource=f"{REPOSITORY}/*")], "registry", False),
        ([allow("ecr:ReplicateImage", Principal=WHO, Resource=REPOSITORY)], "registry", True),
        ([allow("ecr:ReplicateImage", Principal=WHO, Resource="*")], "registry", False),
        (
            [{"Effect": "Deny", "Principal": "*", "Action": "ecr:PutReplicationConfiguration", "Resource": "*"}],
            "registry",
            False,
        ),
        ([allow("ecr-public:PutImage", Principal=WHO)], "public-repository", True),
        ([allow("ecr-public:PutImage", Principal=WHO, Resource="*")], "public-repository", True),
        ([allow([*PULL, "ecr:GetAuthorizationToken"], Principal="*", Resource="*")], "vpc-endpoint", True),
        (
            [
                allow(PULL, Principal="*", Resource=REPOSITORY),
                allow("ecr:GetAuthorizationToken", Principal="*", Resource="*"),
            ],
            "vpc-endpoint",
            True,
        ),
        ([allow("*", Principal="*", Resource="*")], "vpc-endpoint", False),
        ([{"Effect": "Deny", "Principal": "*", "Action": "ecr:*", "Resource": "*"}], "resource-control", False),
        ([{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"}], "resource-control", False),
        ([{"Effect": "Deny", "Principal": WHO, "Action": "ecr:*", "Resource": "*"}], "repository", False),
        ([allow("sts:AssumeRole", Principal=WHO)], "trust", True),
        ([allow(["sts:AssumeRole", "sts:TagSession"], Principal=WHO, Resource="*")], "trust", True),
    ],
)
def test_a_document_is_taken_for_a_kind(statements: list[Any], name: str, certain: bool) -> None:
    """What a document holds says its kind, for certain or likely."""
    found = recognise({"Version": "2012-10-17", "Statement": statements})
    assert (found.kind.name, found.certain) == (name, certain)
    assert recognise({"Statement": statements[0] if len(statements) == 1 else statements}) == found


@pytest.mark.parametrize("data", [None, [], 7, "x", {}, {"Statement": None}, {"Statement": [None, 7, []]}])
def test_whatever_is_no_policy_is_likely_an_identity_policy(data: Any) -> None:
    """Values without a statement have a kind, too."""
    assert recognise(data) == (KINDS["identity"], False)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_taken_by_its_name(name: str) -> None:
    """Each kind can be said, and what is said is certain."""
    assert as_type({}, name) == (KINDS[name], True)
    assert isinstance(ecrgen.check({}, policy_type=name), tuple)


def test_a_kind_that_there_is_not_is_refused() -> None:
    """A name that is none says the one that was meant."""
    with pytest.raises(EcrgenError, match="meant repository"):
        check({}, policy_type="repositry")


def test_a_kind_has_a_slot_unless_nothing_is_decided_by_it() -> None:
    """What grants is an identity's or a resource's; every other slot only takes away."""
    for kind in KINDS.values():
        assert kind.grants == (kind.slot in ("identity", "resource", None))
        assert kind.judged == (kind.slot is not None)
        assert kind.quota.page.startswith("https://docs.aws.amazon.com/")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("repository", "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA"),
        ("service-control", "POLICY_SIZE_EXCEEDS_SCP_QUOTA"),
        ("identity", None),
        ("trust", None),
    ],
)
def test_white_space_counts_where_a_text_is_stored_as_it_is_sent(name: str, code: str | None) -> None:
    """A short policy in a long text is too long where AWS counts the text, and not where IAM leaves white space out."""
    statement = allow("ecr:DescribeImages", **({} if name in ("repository", "trust") else {"Resource": "*"}))
    if name in ("repository", "trust"):
        statement["Principal"] = WHO
    policy = {"Version": "2012-10-17", "Statement": statement}
    text = json.dumps(policy) + " " * 10240
    found = [finding.code for finding in check(text, policy_type=name)]
    assert found == ([code] if code else [])
    assert [finding.code for finding in check(policy, policy_type=name)] == []
