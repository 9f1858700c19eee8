"""One grammar: the strict reader refuses exactly what the checks report, with the first report's words."""

from __future__ import annotations

import random
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_check_malformed import BASE, DOCUMENTS, WRONG, places, replaced

from ecrgen import PolicyDocument, PolicyError
from ecrgen.policy.check import RULES, check, view_of
from ecrgen.policy.check.families import grammar
from ecrgen.policy.grammar import FaultCode

SOUND: dict[str, Any] = {
    "Version": "2012-10-17",
    "Id": "one",
    "Statement": [
        {
            "Sid": "One",
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::111122223333:root"], "Service": "ecs.amazonaws.com"},
            "Action": ["ecr:ListImages", "ecr:PutImage"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:username": ["alice", "bob"]}, "Bool": {"aws:SecureTransport": True}},
        },
        {"Effect": "Deny", "NotPrincipal": "*", "NotAction": "ecr:*", "NotResource": ["*"]},
    ],
}
# Codes that other families report too: an Id in an identity policy, a principal that is no ARN.
SHARED = {"INVALID_POLICY_ELEMENT", "INVALID_PRINCIPAL_FORMAT"}
NAMES = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")


def read(data: Any) -> PolicyDocument | PolicyError:
    try:
        return PolicyDocument.from_dict(data)
    except PolicyError as error:
        return error


def agree(data: Any) -> bool:
    """Hold reader and checks to say the same of a document; whether it is one."""
    document, view, findings = read(data), view_of(data), check(data)
    if isinstance(document, PolicyError):
        assert (document.path, document.message) == (view.faults[0].path, view.faults[0].message)
        assert any(finding.severity == "ERROR" for finding in findings)
        return False
    assert not view.faults
    assert document.to_dict() == data
    assert not [finding for finding in findings if finding.code in grammar.RULES.keys() - SHARED]
    for statement, seen in zip(document.statements, view.statements, strict=True):
        assert statement.actions == (() if seen.action is None else seen.action.values)
        assert statement.not_resources == (() if seen.not_resource is None else seen.not_resource.values)
        assert [key for _, key, _ in statement.conditions] == [condition.key for condition in seen.conditions]
    return True


@pytest.mark.parametrize("base", [SOUND, BASE], ids=["sound", "both of each pair"])
def test_a_wrong_value_anywhere_is_refused_and_reported_alike(base: Any) -> None:
    """Whatever stands at a place of a document, reader and checks agree; and both kinds of answer occur."""
    # check refuses what has no JSON before it asks the grammar
    wrong = [value for value in WRONG if value != {(1, 2): 3}]
    answers = {
        agree(replaced(base, path, value)) for path in places(base) for value in (*wrong, "Allow", ["a"]) if path
    }
    assert answers == ({True, False} if base is SOUND else {False})


def mutated(document: Any, chance: random.Random) -> Any:
    """The document with one value taken out, replaced, or put under another name."""
    path = chance.choice([path for path in places(document) if path])
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    value = chance.choice([holder[path[-1]], "*", 5, None, [], {"a": "b"}, ["a", 1], {"AWS": "a"}])
    if isinstance(holder, list):
        return replaced(document, path, value)
    name = chance.choice([path[-1], *NAMES, "StringLike", "NullIfExists"])
    others = {key: item for key, item in holder.items() if key != path[-1]}
    return replaced(document, path[:-1], chance.choice([{**others, name: value}, others or holder]))


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False))
def test_mutated_documents_are_refused_and_reported_alike(chance: random.Random) -> None:
    """Values taken out, renamed or replaced, one after the other: reader and checks agree each time."""
    document = SOUND
    for _ in range(4):
        document = mutated(document, chance)
        agree(document)


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS)
def test_random_documents_are_refused_and_reported_alike(document: Any) -> None:
    """The same for documents made from nothing."""
    agree(document)


def test_every_fault_is_a_check() -> None:
    """Each code of a fault is a rule of the family, but for a missing Resource, which depends on the kind of policy."""
    codes = set(get_args(FaultCode))
    assert codes <= set(RULES)
    assert codes - set(grammar.RULES) == {"MISSING_RESOURCE"}
    assert set(grammar.RULES) <= codes
