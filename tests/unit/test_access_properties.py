"""The difference of two documents, held against the decisions of the evaluator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_policies import (
    ALICE,
    REQUESTED_ACTIONS,
    REQUESTED_RESOURCES,
    edits,
    effect,
    policies,
    requests,
    rewritten,
)

from ecrgen.policy.access import Difference, Names, diff, work
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Request, evaluate

MIRRORED = {"gained": "lost", "lost": "gained"}


def matches(request: Request, **elements: Any) -> bool:
    """Whether a statement with these elements, and else for everything, would let a request match."""
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", **elements}
    document = PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statement})
    return evaluate(request, identity=[document]).allowed


def names(element: str, name: Names, request: Request) -> bool:
    """Whether a name of a difference stands for what is requested."""

    def held(text: str) -> bool:
        return all(matches(request, **{element: pattern}) for pattern in text.split(" matching "))

    return held(name.pattern) and not any(map(held, name.excepted))


def tells(difference: Difference, request: Request) -> bool:
    """Whether a request is among those that a difference speaks about."""
    return (
        any(names("Action", name, request) for name in difference.actions)
        and any(names("Resource", name, request) for name in difference.resources)
        and all(
            matches(request, Condition={condition.operator: {condition.key: list(condition.values)}})
            for condition in difference.conditions
        )
    )


def changes(before: str, after: str) -> set[tuple[str, frozenset[str]]]:
    """For a changed decision, the directions and the effects of which one has to be told."""
    expected = set()
    if after == "Allow":
        expected.add(("gained", frozenset({"Allow", "Deny"})))
    if before == "Allow":
        expected.add(("lost", frozenset({"Allow", "Deny"})))
    if after == "ExplicitDeny":
        expected.add(("lost", frozenset({"Deny"})))
    if before == "ExplicitDeny":
        expected.add(("gained", frozenset({"Deny"})))
    return expected


@settings(max_examples=80, deadline=None)
@given(edits() | st.tuples(policies(), policies()), st.lists(requests(), min_size=8, max_size=16))
def test_every_changed_decision_is_told(pair: tuple[PolicyDocument, PolicyDocument], asked: list[Request]) -> None:
    """Whatever is decided differently is named by a difference of the right direction and effect."""
    old, new = pair
    differences = diff(old, new)
    for request in asked:
        before, after = effect(request, [old]), effect(request, [new])
        if before != after:
            told = {(each.direction, each.effect) for each in differences if tells(each, request)}
            for direction, effects in changes(before, after):
                assert any((direction, each) in told for each in effects), f"{request}: {before}, then {after}"


@pytest.mark.parametrize("steps", [0, 40, 120])
@settings(max_examples=60, deadline=None)
@given(pair=edits() | st.tuples(policies(), policies()), asked=st.lists(requests(), min_size=8, max_size=16))
def test_a_bounded_comparison_withholds_nothing(
    steps: int, pair: tuple[PolicyDocument, PolicyDocument], asked: list[Request]
) -> None:
    """With hardly any work allowed, whatever is decided differently is still told; what was set aside says so."""
    old, new = pair
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "MOST_STEPS", steps)
        differences = diff(old, new)
    if steps == 0:
        assert all(each.uncompared for each in differences)
    for request in asked:
        before, after = effect(request, [old]), effect(request, [new])
        if before != after:
            told = {(each.direction, each.effect) for each in differences if tells(each, request)}
            for direction, effects in changes(before, after):
                assert any((direction, each) in told for each in effects), f"{request}: {before}, then {after}"


def is_plain(policy: PolicyDocument) -> bool:
    """Whether everything that the policy's patterns name can be requested."""
    text = policy.to_json()
    return "${" not in text and "Not" not in text


@settings(max_examples=60, deadline=None)
@given(edits(conditions=False, version="2012-10-17"))
def test_every_difference_shows_in_a_decision(pair: tuple[PolicyDocument, PolicyDocument]) -> None:
    """Without conditions and exclusions, each difference names a request that is decided so."""
    old, new = pair
    assume(is_plain(old) and is_plain(new))
    for difference in diff(old, new):
        named = {name.pattern for name in difference.actions if "*" not in name.pattern and "?" not in name.pattern}
        asked = [
            Request(action, resource, ALICE)
            for action in {*named, *REQUESTED_ACTIONS}
            for resource in REQUESTED_RESOURCES
        ]
        shown = any(shows(difference, request, old, new) and tells(difference, request) for request in asked)
        assert shown, difference.words


def shows(difference: Difference, request: Request, old: PolicyDocument, new: PolicyDocument) -> bool:
    before, after = effect(request, [old]), effect(request, [new])
    return any(
        direction == difference.direction and difference.effect in effects
        for direction, effects in (changes(before, after) if before != after else ())
    )


@settings(max_examples=80, deadline=None)
@given(st.lists(policies(), max_size=2), st.lists(policies(), max_size=2))
def test_the_difference_the_other_way_is_the_mirror_image(old: list[PolicyDocument], new: list[PolicyDocument]) -> None:
    """`diff(a, b)` and `diff(b, a)` are each other with gained and lost exchanged."""
    there, back = diff(old, new), diff(new, old)
    assert len(there) == len(back)
    assert {replace(each, direction=MIRRORED[each.direction]) for each in back} == set(there)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_another_way_to_write_it_is_no_difference(data: st.DataObject) -> None:
    """Order, duplicates, Sids, split statements, strings or lists, and what a wildcard covers make no difference."""
    old = data.draw(policies())
    new = data.draw(rewritten(old))
    assert diff(old, new) == ()
    assert diff(new, old) == ()


@settings(max_examples=60, deadline=None)
@given(policies(), policies())
def test_several_documents_are_as_one(one: PolicyDocument, other: PolicyDocument) -> None:
    """The documents of a side are taken together, in any order."""
    joined = [*one.statements, *other.statements]
    assume(one.version == other.version)
    assert diff([one, other], PolicyDocument(tuple(joined), one.version)) == ()
    assert diff([one, other], [other, one, one]) == ()


PRINCIPALS: Sequence[Any] = (
    "*",
    {"AWS": "*"},
    {"AWS": "123456789012"},
    {"AWS": "arn:aws:iam::123456789012:root"},
    {"AWS": ALICE},
    {"AWS": ["arn:aws:iam::999999999999:role/path/ci", "arn:aws:iam::123456789012:user/bob"]},
    {"AWS": "arn:aws:iam::999999999999:root", "Service": "lambda.amazonaws.com"},
    {"Service": ["lambda.amazonaws.com", "ecs.amazonaws.com"]},
)
CALLERS = (
    ALICE,
    "arn:aws:iam::123456789012:user/bob",
    "arn:aws:iam::123456789012:root",
    "arn:aws:iam::999999999999:role/path/ci",
    "arn:aws:sts::999999999999:assumed-role/ci/session",
    "lambda.amazonaws.com",
    "ecs.amazonaws.com",
)


@st.composite
def repository_policies(draw: st.DrawFn) -> PolicyDocument:
    statements = [
        {
            "Effect": draw(st.sampled_from(["Allow", "Deny"])),
            draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"])): draw(st.sampled_from(PRINCIPALS)),
            "Action": draw(st.sampled_from(["ecr:PutImage", ["ecr:Put*", "ecr:BatchGetImage"], "ecr:*"])),
        }
        for _ in range(draw(st.integers(1, 3)))
    ]
    return PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statements})


@settings(max_examples=80, deadline=None)
@given(repository_policies(), repository_policies())
def test_every_changed_decision_of_a_repository_is_told(old: PolicyDocument, new: PolicyDocument) -> None:
    """Who gains or loses by another repository policy is told, by itself and with what its own policies allow."""
    told = {(each.direction, each.effect) for each in diff(old, new)}
    allow_all = PolicyDocument.from_dict(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    )
    repository = "arn:aws:ecr:us-east-1:123456789012:repository/a"
    for caller in CALLERS:
        for own in [[]] if caller.endswith((":root", ".com")) else [[], [allow_all]]:
            for action in ("ecr:PutImage", "ecr:BatchGetImage", "ecr:ListImages"):
                request = Request(action, repository, caller)
                before, after = (evaluate(request, identity=own, resource=[each]).effect for each in (old, new))
                for direction, effects in changes(before, after) if before != after else ():
                    assert any((direction, each) in told for each in effects), f"{caller}: {before}, then {after}"
