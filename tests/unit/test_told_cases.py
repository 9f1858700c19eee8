"""The case tables of access in operations: tests/cases/told/*.yaml, written as those of tests/cases/diff.

What `ecrgen diff` says: `forth` and `back` are its lines, in their order.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import load
from test_diff_cases import KEYS, documents_of

from ecrgen.catalog.catalog import Catalog
from ecrgen.cli.views import DIFFERENCES, lines
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Request, evaluate
from ecrgen.proof.whole import Told, told

OPERATIONS = Catalog.load().operations


@pytest.mark.parametrize(("table", "case"), load("told", KEYS))
def test_what_is_told(table: dict[str, Any], case: dict[str, Any]) -> None:
    """Two policies differ in exactly the lines of the table, there and back."""
    old, new = (documents_of(table["start"], case[side]) for side in ("old", "new"))
    assert list(lines(DIFFERENCES, told(OPERATIONS, old, new))) == case["forth"]
    assert list(lines(DIFFERENCES, told(OPERATIONS, new, old))) == case["back"]


REPOSITORY = "arn:aws:ecr:us-east-1:123456789012:repository/web"
ROLE, USER, ROOT, SERVICE = (
    "arn:aws:iam::123456789012:role/x",
    "arn:aws:iam::123456789012:user/y",
    "arn:aws:iam::123456789012:root",
    "lambda.amazonaws.com",
)
PRINCIPALS: tuple[Any, ...] = ("*", {"AWS": ROLE}, {"AWS": [ROLE, USER]}, {"AWS": ROOT}, {"Service": SERVICE})
ACTIONS = ("BatchGetImage", "GetDownloadUrlForLayer", "ListImages", "DescribeImages", "GetAuthorizationToken")


@st.composite
def repository_policies(draw: st.DrawFn) -> PolicyDocument:
    """A policy of a repository without conditions."""
    statements = [
        {
            "Effect": draw(st.sampled_from(["Allow", "Allow", "Allow", "Deny"])),
            "Principal": draw(st.sampled_from(PRINCIPALS)),
            "Action": [f"ecr:{each}" for each in draw(st.lists(st.sampled_from(ACTIONS), min_size=1, unique=True))],
        }
        for _ in range(draw(st.integers(1, 4)))
    ]
    return PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statements})


def may(document: PolicyDocument, principal: str, action: str) -> bool:
    """Whether a policy lets in, by itself, somebody of the repository's own account or a service."""
    return evaluate(Request(action, REPOSITORY, principal), resource=[document]).allowed


def named(found: tuple[Told, ...], direction: str, principal: str) -> list[Told]:
    """What is told of somebody, by name."""
    return [
        each for each in found if each.direction == direction and principal in map(str, each.differences[0].principals)
    ]


@settings(max_examples=100, deadline=None)
@given(old=repository_policies(), new=repository_policies())
def test_an_operation_is_whole_for_whom_it_is_told(old: PolicyDocument, new: PolicyDocument) -> None:
    """Whoever is said to gain an operation may do all of it on the repository afterwards, and could not before."""
    found = told(OPERATIONS, [old], [new])
    for principal in (ROLE, USER, SERVICE):
        for direction, having, without in (("gained", new, old), ("lost", old, new)):
            for each in named(found, direction, principal):
                for name in each.operations:
                    actions = [*OPERATIONS[name].actions]
                    assert all(may(having, principal, action) for action in actions), f"{name} for {principal}"
                    assert not all(may(without, principal, action) for action in actions), f"{name} for {principal}"
    assert not any("login" in each.operations for each in found)


@settings(max_examples=100, deadline=None)
@given(old=repository_policies(), new=repository_policies())
def test_no_action_is_lost_by_telling_operations(old: PolicyDocument, new: PolicyDocument) -> None:
    """What is told in operations is, in API actions, exactly the difference, whoever asks."""
    found = told(OPERATIONS, [old], [new])
    for principal in (ROLE, USER, SERVICE):
        for action in (f"ecr:{each}" for each in ACTIONS[:-1]):
            before, after = may(old, principal, action), may(new, principal, action)
            if before != after:
                spoken = [
                    each
                    for line in found
                    for each in line.differences
                    if action in map(str, each.actions) and {"*", principal, ROOT} & {*map(str, each.principals)}
                ]
                assert any(each.direction == ("gained" if after else "lost") for each in spoken), (
                    f"{principal} {action}"
                )
