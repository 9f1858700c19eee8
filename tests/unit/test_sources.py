"""Every case of tests/cases/sources: a file, and the policies that are found in it; and files that nobody wrote.

A case has `data` (written as JSON) or `text`, and `expect` or `error`, the beginning of the message. An expected policy
has its `place`, its `kind` where the place tells it, the `sids` of its statements (null where nothing of it is known),
and where it has them its `holder`, its `repository`, what is `open`, and its whole `data`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import load

from ecrgen.errors import PolicyError
from ecrgen.policy.check import check
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.sources import Found, policies_in
from ecrgen.proof.proofs import prove_policy

CASES = load("sources", {"name", "data", "text", "expect", "error"})
SHAPES = [case.values[1]["data"] for case in CASES if isinstance(case.values[1].get("data"), dict)]


def text_of(case: dict[str, Any]) -> bytes:
    return (case["text"] if "text" in case else json.dumps(case["data"])).encode()


def sids_of(found: Found) -> list[Any] | None:
    if found.data is None:
        return None if found.holes else []
    statements = found.data.get("Statement", [])
    return [one.get("Sid") for one in (statements if isinstance(statements, list) else [statements])]


def shown(found: Found, expected: dict[str, Any]) -> dict[str, Any]:
    values = {
        "place": found.place,
        "kind": found.kind and found.kind.name,
        "sids": sids_of(found),
        "holder": found.holder,
        "repository": found.repository,
        "open": list(found.open),
        "data": found.data,
    }
    return {key: value for key, value in values.items() if key in expected or (value and key != "data")}


@pytest.mark.parametrize(("_table", "case"), CASES)
def test_a_file_gives_its_policies(_table: Any, case: dict[str, Any]) -> None:
    """What people have is read: each policy with its place, its kind and what is open, or an error with its place."""
    if "error" in case:
        with pytest.raises(PolicyError) as error:
            policies_in(text_of(case))
        assert str(error.value).startswith(case["error"])
        return
    found = policies_in(text_of(case))
    assert len(found) == len(case["expect"])
    for one, expected in zip(found, case["expect"], strict=True):
        assert shown(one, expected) == expected


def test_a_hole_is_not_judged_and_all_else_is() -> None:
    """Check says nothing about a value that is open, and everything about the others."""
    template = {
        "Resources": {
            "P": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": [{"Ref": "Action"}, "ecr:PutImagee"],
                                "Resource": {"Fn::Sub": "arn:${AWS::Partition}:ecr:eu-west-1:${Id}:repository/web"},
                            },
                            {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": {"Ref": "Anything"}},
                        ],
                    }
                },
            }
        }
    }
    (found,) = policies_in(json.dumps(template).encode())
    proof = prove_policy("p", "p", found, None, lambda policy, kind: check(policy, policy_type=kind.name))
    assert [(finding.code, finding.path) for finding in proof.findings] == [
        ("INVALID_ACTION", "Statement[0].Action[1]")
    ]
    assert proof.open == ("Action", "AWS::Partition", "Id", "Anything")
    assert (proof.kind.name, proof.surety) == ("identity", "certain")


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        yield from places(one, (*place, key))


def replaced(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    if not place:
        return new
    if isinstance(value, dict):
        return {key: replaced(one, place[1:], new) if key == place[0] else one for key, one in value.items()}
    return [replaced(one, place[1:], new) if index == place[0] else one for index, one in enumerate(value)]


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.sampled_from(["${", "${}", "%7B", "{", "[]", '{"Statement": 7}', "\ud800"]),
    st.just([]),
    st.just({}),
    st.just([None]),
    st.just({"Ref": "AWS::NoValue"}),
    st.just({"Ref": ["x"]}),
    st.just({"Fn::GetAtt": "Web.Arn"}),
    st.just({"Fn::Sub": ["${a}${b.c}${!d}", {"a": {"Ref": "x"}}]}),
    st.just({"Fn::Join": [",", ["a", {"Ref": "AWS::NoValue"}, {"Fn::Join": ["", []]}]]}),
    st.just({"Fn::If": []}),
)


@given(data=st.data())
def test_a_changed_file_gives_policies_or_an_error(data: st.DataObject) -> None:
    """Whatever stands where in a file of a known form, there is a result or a PolicyError; check takes every result."""
    shape = data.draw(st.sampled_from(SHAPES))
    for _ in range(data.draw(st.integers(1, 3))):
        shape = replaced(shape, data.draw(st.sampled_from([*places(shape)])), data.draw(ODD))
    try:
        found = policies_in(json.dumps(shape).encode())
    except PolicyError:
        return
    for one in found:
        assert isinstance(one.place, str)
        prove_policy("x", "x", one, None, lambda policy, kind: check(policy, policy_type=kind.name))
        with suppress(PolicyError):
            PolicyDocument.from_dict(one.data)


@given(st.binary(max_size=60), st.sampled_from([b"", b"Resources:\n", b"Resources:\n  A: "]))
def test_any_bytes_give_policies_or_an_error(junk: bytes, before: bytes) -> None:
    """No text makes the reader fail otherwise than with a PolicyError."""
    with suppress(PolicyError):
        assert policies_in(before + junk)


def test_deep_nesting_is_refused() -> None:
    """Values nested deeper than any policy end in an error, in JSON as in YAML."""
    template = {"Resources": {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": "here"}}}}
    nested = '{"Fn::Join": ["", [' * 100 + '"x"' + "]]}" * 100
    with pytest.raises(PolicyError, match="nested more than 64 deep"):
        policies_in(json.dumps(template).replace('"here"', nested).encode())
    with pytest.raises(PolicyError, match="nested more than 64 deep"):
        policies_in(b"Resources: " + b"[" * 100)
    modules: Any = {}
    for _ in range(100):
        modules = {"child_modules": [modules]}
    with pytest.raises(PolicyError, match="nested more than 50 deep"):
        policies_in(json.dumps({"format_version": "1", "values": {"root_module": modules}}).encode())


def test_a_list_of_policies_is_these_policies() -> None:
    """What is found in a list are its policies, as they are."""
    policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ecr:ListImages", "Resource": "*"}}
    found = policies_in(json.dumps([policy, policy]).encode())
    assert [PolicyDocument.from_dict(one.data).to_dict() for one in found] == [policy, policy]
