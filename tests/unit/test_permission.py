"""One permission contains another only where it decides every request that the other does."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.evaluate import Request, evaluate
from ecrgen.policy.permission import Permission

REPOSITORY = "arn:aws:ecr:us-east-1:111122223333:repository/"
CALLERS = ("arn:aws:iam::111122223333:user/u", "arn:aws:iam::444455556666:user/u", "lambda.amazonaws.com")
ACTIONS = ("ecr:PutImage", "ecr:GetImage", "iam:PutUser")
RESOURCES = (f"{REPOSITORY}a", f"{REPOSITORY}b", f"{REPOSITORY}a/b", "arn:aws:iam::111122223333:user/u")
CONTEXTS: tuple[dict[str, str], ...] = ({}, {"aws:x": "a"}, {"aws:x": "b", "aws:y": "3"}, {"aws:y": "7"})

CONDITIONS = (
    {},
    {"StringEquals": {"aws:x": "a"}},
    {"StringLike": {"aws:X": ["a", "?"]}},
    {"StringNotEquals": {"aws:x": "a"}},
    {"NumericLessThan": {"aws:y": "5"}},
    {"NumericLessThanEquals": {"aws:y": "7"}, "StringEqualsIfExists": {"aws:x": ["b"]}},
)
PRINCIPALS = (
    {"Principal": "*"},
    {"Principal": {"AWS": ["111122223333", CALLERS[1]]}},
    {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
    {"Principal": {"Service": CALLERS[2]}},
    {"NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:root", CALLERS[0]]}},
)
WRITTEN_ACTIONS = ("*", "ecr:*", "ecr:Put*", "ECR:PutImage", "ecr:GetImage", "?cr:*image", "iam:*")
WRITTEN_RESOURCES = ("*", f"{REPOSITORY}*", f"{REPOSITORY}a", f"{REPOSITORY}?", f"{REPOSITORY}${{aws:x}}", "arn:aws:*")


@st.composite
def statements(draw: st.DrawFn, identity: bool) -> dict[str, Any]:
    condition = draw(st.sampled_from(CONDITIONS))
    return {
        "Effect": draw(st.sampled_from(("Allow", "Deny"))),
        draw(st.sampled_from(("Action", "NotAction"))): draw(st.lists(st.sampled_from(WRITTEN_ACTIONS), max_size=3)),
        draw(st.sampled_from(("Resource", "NotResource"))): draw(
            st.lists(st.sampled_from(WRITTEN_RESOURCES), max_size=3)
        ),
        **({} if identity else draw(st.sampled_from(PRINCIPALS))),
        **({"Condition": condition} if condition else {}),
    }


def permission(data: dict[str, Any]) -> Permission:
    return Permission.of(Statement.from_dict(data))


def decides(data: dict[str, Any], request: Request) -> bool:
    """Whether the statement, alone or beside one that allows everything, decides the request."""
    identity = "Principal" not in data and "NotPrincipal" not in data
    everyone = {} if identity else {"Principal": "*"}
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*", **everyone}
    document = PolicyDocument.from_dict({"Statement": [data] if data["Effect"] == "Allow" else [data, allow]})
    decision = evaluate(request, identity=[document]) if identity else evaluate(request, resource=[document])
    return decision.allowed == (data["Effect"] == "Allow")


@pytest.mark.parametrize("identity", [True, False])
@given(data=st.data())
def test_what_is_contained_is_decided(data: st.DataObject, identity: bool) -> None:
    # two at random seldom contain each other: the second is the first but for one or two elements
    one, another = data.draw(statements(identity)), data.draw(statements(identity))
    redrawn = data.draw(st.sets(st.sampled_from(("Action", "Resource", "Principal", "Condition")), max_size=2))
    other = {name: value for name, value in one.items() if name.removeprefix("Not") not in redrawn}
    other |= {name: value for name, value in another.items() if name.removeprefix("Not") in redrawn}
    if not permission(one).contains(permission(other)):
        return
    for action, resource, context in product(ACTIONS, RESOURCES, CONTEXTS):
        for caller in CALLERS[:1] if identity else CALLERS:
            request = Request(action, resource, caller, context)
            assert not decides(other, request) or decides(one, request), (one, other, request)


ONE = {"Effect": "Allow", "Action": "ecr:PutImage", "Resource": f"{REPOSITORY}a"}
PUBLIC = {**ONE, "Principal": "*"}


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ({**ONE, "Action": "ecr:*"}, ONE),
        ({**ONE, "Resource": [f"{REPOSITORY}*", "x"]}, {**ONE, "Resource": [f"{REPOSITORY}a/?", f"{REPOSITORY}b"]}),
        (ONE, {**ONE, "Sid": "Other", "Action": ["ecr:putimage", "ecr:PutImage"]}),
        (ONE, {**ONE, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
        (PUBLIC, {**ONE, "Principal": {"AWS": "111122223333"}}),
        (
            {**ONE, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
            {**ONE, "Principal": {"AWS": "111122223333"}},
        ),
    ],
)
def test_a_wider_statement_contains_a_narrower_one(wide: dict[str, Any], narrow: dict[str, Any]) -> None:
    assert permission(wide).contains(permission(narrow))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ONE, {**ONE, "Action": "ecr:*"}),
        (ONE, {**ONE, "Effect": "Deny"}),
        (ONE, {**ONE, "Resource": [f"{REPOSITORY}a", f"{REPOSITORY}b"]}),
        ({**ONE, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, ONE),
        (PUBLIC, ONE),
        (ONE, PUBLIC),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, {**ONE, "NotAction": [], "Action": None}),
    ],
)
def test_what_says_more_or_another_thing_is_not_contained(one: dict[str, Any], other: dict[str, Any]) -> None:
    other = {element: value for element, value in other.items() if value is not None}
    assert not permission(one).contains(permission(other))


def test_an_account_is_not_its_users() -> None:
    account = {**ONE, "Principal": {"AWS": "444455556666"}}
    assert not permission(account).contains(permission({**ONE, "Principal": {"AWS": CALLERS[1]}}))


def test_what_looks_like_a_variable_is_text_in_an_old_version() -> None:
    statement = Statement.from_dict({**ONE, "Resource": f"{REPOSITORY}${{aws:x}}"})
    assert Permission.of(statement, variables=False) != Permission.of(statement)
    assert Permission.of(Statement.from_dict(ONE), variables=False) == permission(ONE)
