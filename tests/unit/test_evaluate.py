"""Requests, decisions and what is remembered between them."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from ecrgen.errors import EcrgenError, PolicyError
from ecrgen.policy import reference, statements
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.evaluate import Match, Request, evaluate

REPOSITORY = "arn:aws:ecr:us-east-1:123456789012:repository/my-repo"
ALICE = "arn:aws:iam::123456789012:user/alice"
SESSION = "arn:aws:sts::123456789012:assumed-role/ci/build-1"
ROOT = "arn:aws:iam::123456789012:root"


def policy(**elements: Any) -> PolicyDocument:
    return PolicyDocument.from_dict(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", **elements}}
    )


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"action": "PutImage"}, "action 'PutImage': must be service:Action"),
        ({"action": ""}, "action '': must be service:Action"),
        ({"action": "ecr:*"}, "action 'ecr:*': must be service:Action without wildcards"),
        ({"action": "ecr:Put Image"}, "action 'ecr:Put Image'"),
        ({"action": "ecr:PutImage\n"}, "action 'ecr:PutImage\\n'"),
        ({"action": "ecr:Pütimage"}, "action 'ecr:Pütimage'"),
        ({"resource": "my-repo"}, "resource 'my-repo': must be an ARN, or *"),
        ({"resource": ""}, "resource '': must be an ARN, or *"),
        ({"resource": "arn:aws:ecr:us-east-1:123456789012"}, "must be an ARN, or *"),
        ({"resource": "arn:aws:ecr:us-east-1:123456789012:"}, "must be an ARN, or *"),
        ({"resource": "arn:azure:ecr:us-east-1:123456789012:repository/x"}, "must be an ARN, or *"),
        ({"resource": REPOSITORY + "*"}, "a request is for one resource, so its ARN holds no * or ?"),
        ({"resource": "arn:aws:ecr:us-east-?:123456789012:repository/x"}, "holds no * or ?"),
        ({"resource": "arn:aws:ecr:us-east-1:12345678901:repository/x"}, "'12345678901' is no account id of 12 digits"),
        ({"resource": "arn:aws:ecr:us-east-1:12345678901٢:repository/x"}, "is no account id of 12 digits"),
        ({"principal": "alice"}, "principal 'alice': must be the ARN of a user, a role"),
        ({"principal": ""}, "principal '': must be the ARN"),
        ({"principal": "123456789012"}, "principal '123456789012': must be the ARN"),
        ({"principal": "arn:aws:iam::123456789012:group/dev"}, "must be the ARN of a user, a role"),
        ({"principal": "arn:aws:iam::123456789012:user/*"}, "must be the ARN of a user, a role"),
        ({"principal": "arn:aws:iam::123456789012:user/"}, "must be the ARN of a user, a role"),
        ({"principal": "arn:aws:iam::12345:user/alice"}, "must be the ARN of a user, a role"),
        ({"principal": "arn:aws:iam:us-east-1:123456789012:user/alice"}, "must be the ARN of a user, a role"),
        ({"principal": "arn:aws:sts::123456789012:assumed-role/ci"}, "must be the ARN of a user, a role"),
        ({"principal": "arn:aws:sts::123456789012:role/ci"}, "must be the ARN of a user, a role"),
        ({"principal": "arn:aws:iam::123456789012:assumed-role/ci/s"}, "must be the ARN of a user, a role"),
        ({"principal": REPOSITORY}, "must be the ARN of a user, a role"),
        ({"principal": "lambda.example.com"}, "or an AWS service such as lambda.amazonaws.com"),
        ({"context": {"aws:SecureTransport": True}}, "context aws:SecureTransport: must be text"),
        ({"context": {"aws:MultiFactorAuthAge": 60}}, "not 60"),
        ({"context": {"aws:TagKeys": ["a", 1]}}, "not ['a', 1]"),
        ({"context": {"aws:TagKeys": {"a", "b"}}}, "must be text or a sequence of texts"),
        ({"context": {"": "x"}}, "context key ''"),
        ({"context": {"k:a": "x", "K:A": "x"}}, "context: k:a and K:A are one key; give it once"),
    ],
)  # fmt: skip
def test_wrong_fields(fields: dict[str, Any], problem: str) -> None:
    """A field that is wrong is named, with what would be right."""
    with pytest.raises(EcrgenError) as caught:
        Request(**{"action": "ecr:PutImage", **fields})
    assert len(caught.value.problems) == 1
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("principal", "context", "problem"),
    [
        (ALICE, {"aws:username": "bob"}, "is 'bob', but it follows from the request that it is 'alice'"),
        (ALICE, {"AWS:UserName": "bob"}, "context AWS:UserName: is 'bob'"),
        (ALICE, {"aws:username": ["alice"]}, "context aws:username: is ('alice',)"),
        (ALICE, {"aws:PrincipalAccount": "999999999999"}, "aws:PrincipalAccount"),
        (ALICE, {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/x/alice"}, "aws:PrincipalArn"),
        (ALICE, {"aws:PrincipalType": "AssumedRole"}, "aws:PrincipalType"),
        (ALICE, {"aws:PrincipalIsAWSService": "true"}, "aws:PrincipalIsAWSService"),
        (ALICE, {"aws:PrincipalServiceName": "ecr.amazonaws.com"}, f"no request of {ALICE} has this key"),
        (SESSION, {"aws:username": "ci"}, f"context aws:username: no request of {SESSION} has this key"),
        (SESSION, {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/other"}, "aws:PrincipalArn"),
        (SESSION, {"aws:PrincipalArn": "arn:aws:iam::999999999999:role/ci"}, "aws:PrincipalArn"),
        (SESSION, {"aws:PrincipalArn": SESSION}, "aws:PrincipalArn"),
        (SESSION, {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/ci"}, "aws:PrincipalArn"),
        (ROOT, {"aws:userid": "AIDAEXAMPLE"}, "aws:userid"),
        (ALICE, {"aws:ResourceAccount": "999999999999"}, "aws:ResourceAccount"),
        (ALICE, {"aws:RequestedRegion": "eu-west-1"}, "aws:RequestedRegion"),
        (ALICE, {"aws:CurrentTime": "2026-01-01", "aws:EpochTime": "1"}, "aws:CurrentTime"),
    ],
)  # fmt: skip
def test_contradictions(principal: str, context: dict[str, Any], problem: str) -> None:
    """A context that contradicts what follows from the request is refused, never silently preferred."""
    with pytest.raises(EcrgenError) as caught:
        Request("ecr:PutImage", REPOSITORY, principal, context)
    assert problem in str(caught.value)


def test_every_problem_at_once() -> None:
    """All that is wrong with a request is said at once."""
    with pytest.raises(EcrgenError) as caught:
        Request("PutImage", "my-repo", "alice", {"a": 1})  # type: ignore[dict-item]
    assert len(caught.value.problems) == 4


def test_actions_without_a_resource() -> None:
    """The 29 actions of ECR that have no resource are asked of `*`, whatever is named; the other 35 of that."""
    asked = Counter(Request(action, REPOSITORY).resource for action in reference.expand("ecr:*"))
    assert asked == {"*": 29, REPOSITORY: 35}
    assert Request("ECR-PUBLIC:getauthorizationtoken", REPOSITORY).resource == "*"


@pytest.mark.parametrize("action", reference.expand("ecr:*"))
def test_tags_of_a_resource(action: str) -> None:
    """A request has the tags of its resource by either key where it is for one, and by no other service's key."""
    tags = {"aws:ResourceTag/a": "x", "ecr:resourcetag/b": "y", "iam:ResourceTag/c": "z"}
    request = Request(action, REPOSITORY, context=tags)
    found = {key: value for key, value in request.keys.items() if "resourcetag" in key}
    assert found == ({} if request.resource == "*" else {"aws:resourcetag/a": "x", "ecr:resourcetag/b": "y"})
    assert request.context == tags


def test_request_is_a_value() -> None:
    """A request cannot be changed, not even through the context it was made from."""
    context = {"aws:TagKeys": ["a"]}
    request = Request("ecr:PutImage", REPOSITORY, ALICE, context)
    context["aws:TagKeys"].append("b")
    context["k:a"] = ["x"]
    assert request.keys["aws:tagkeys"] == ("a",)
    assert dict(request.context) == {"aws:TagKeys": ("a",)}
    with pytest.raises(FrozenInstanceError):
        request.action = "ecr:DeleteRepository"  # type: ignore[misc]
    with pytest.raises(TypeError):
        request.keys["k:a"] = "x"  # type: ignore[index]
    assert request == Request("ecr:PutImage", REPOSITORY, ALICE, {"aws:TagKeys": ("a",)})
    assert len({request, Request("ecr:PutImage", REPOSITORY, ALICE, {"aws:TagKeys": ("a",)})}) == 1
    assert replace(request, principal=SESSION).keys["aws:principaltype"] == "AssumedRole"


@pytest.mark.parametrize(
    ("principal", "side", "document", "problem"),
    [
        ("*", "resource", policy(Principal="*"), "the request must say who asks"),
        (ROOT, "identity", policy(Resource="*"), "the root user has no identity policies"),
        ("lambda.amazonaws.com", "identity", policy(Resource="*"), "an AWS service has no identity policies"),
        (ALICE, "identity", policy(Principal="*"), "Statement[0]: an identity policy has no Principal"),
        (ALICE, "identity", policy(Principal="*", Resource="*"), "Statement[0]: an identity policy has no Principal"),
        (ALICE, "identity", policy(NotPrincipal="*", Resource="*"), "an identity policy has no Principal"),
        (ALICE, "resource", policy(Resource="*"), "a resource policy needs Principal or NotPrincipal"),
        (ALICE, "identity", PolicyDocument(Statement("Allow", action="*")), "needs Resource or NotResource"),
        (
            ALICE,
            "identity",
            PolicyDocument(Statement("Allow", action="*", resource="*", condition=(("Equals", (("k:a", "x"),)),))),
            "no such condition operator: Equals",
        ),
    ],
)
def test_policies_that_do_not_fit(principal: str, side: str, document: PolicyDocument, problem: str) -> None:
    """A policy on the wrong side is refused, instead of being read as something it is not."""
    with pytest.raises(EcrgenError) as caught:
        evaluate(Request("ecr:PutImage", REPOSITORY, principal), **{side: [document]})
    assert problem in str(caught.value)
    assert principal in str(caught.value) or isinstance(caught.value, PolicyError)


def test_match_names_the_place() -> None:
    """A decision names which document and which statement decided."""
    documents = [policy(Resource="arn:aws:s3:::x"), policy(Resource="*", Sid="Second")]
    decision = evaluate(Request("ecr:PutImage", REPOSITORY, ALICE), identity=documents)
    assert decision.matched == (Match("identity", 1, 0, "Second"),)
    assert decision.reason == "allowed by Second (identity[1].Statement[0])"


def test_root_user_reason() -> None:
    """That the root user may do everything is said so."""
    decision = evaluate(Request("ecr:PutImage", REPOSITORY, ROOT))
    assert decision.allowed
    assert decision.reason == "allowed: the root user may do everything in its account that no policy denies"


def test_documents_that_compare_equal() -> None:
    """`true` and `1` are equal to Python and different to IAM: neither is answered from the other's memory."""
    texts = ["true", "1", "1.0"]
    documents = [policy(Resource="*", Condition={"StringEquals": {"k:a": value}}) for value in (True, 1, 1.0)]
    assert documents[0] == documents[1] == documents[2]
    for text in texts:
        request = Request("ecr:PutImage", REPOSITORY, ALICE, {"k:a": text})
        assert [evaluate(request, identity=[each]).allowed for each in documents] == [text == each for each in texts]


def test_memory_is_bounded() -> None:
    """However many documents and actions are asked, only so many are remembered."""
    for number in range(statements.DOCUMENTS_KEPT + 50):
        document = policy(Resource=f"arn:aws:s3:::{number}")
        request = Request("s3:GetObject", f"arn:aws:s3:::{number}", ALICE)
        assert evaluate(request, identity=[document]).allowed
        assert len(statements.COMPILED) <= statements.DOCUMENTS_KEPT
    compiled = statements.compiled_document(document, "identity")
    for number in range(statements.ACTIONS_KEPT + 50):
        assert evaluate(Request(f"s3:Get{number}", f"arn:aws:s3:::{number}", ALICE), identity=[document])
        assert len(compiled.by_action) <= statements.ACTIONS_KEPT


def test_threads() -> None:
    """Decisions are the same from many threads at once, while documents are being forgotten."""

    def ask(number: int) -> bool:
        document = policy(Resource=f"arn:aws:s3:::{number}")
        request = Request("s3:GetObject", f"arn:aws:s3:::{number}", ALICE)
        other = Request("s3:GetObject", f"arn:aws:s3:::{number + 1}", ALICE)
        return evaluate(request, identity=[document]).allowed and not evaluate(other, identity=[document]).allowed

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(3 * statements.DOCUMENTS_KEPT)))


def test_an_explicit_deny_says_that_the_request_can_have_no_tag() -> None:
    """A Deny unless a repository has a tag denies a login, and the reason says why; one of another key says no more."""
    policy = PolicyDocument.from_dict(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Ours",
                    "Effect": "Deny",
                    "Action": "ecr:*",
                    "Resource": "*",
                    "Condition": {"StringNotEquals": {"aws:ResourceTag/team": "web", "aws:PrincipalTag/team": "web"}},
                }
            ],
        }
    )
    login = evaluate(Request("ecr:GetAuthorizationToken", principal="arn:aws:iam::123456789012:role/ci"), [policy])
    assert login.cause == (
        'denied by Ours (identity[0].Statement[0]): StringNotEquals aws:ResourceTag/team "web" holds, because the'
        " request has no aws:ResourceTag/team: ecr:GetAuthorizationToken is asked of *, which has no tags"
    )
    repository = "arn:aws:ecr:us-east-1:123456789012:repository/web"
    pull = evaluate(Request("ecr:BatchGetImage", repository, "arn:aws:iam::123456789012:role/ci"), [policy])
    assert pull.cause == "denied by Ours (identity[0].Statement[0])"
