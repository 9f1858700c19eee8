"""Every value of a JSON or YAML text has its line and column, and a finding has those of its place in the file."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrgen.policy.check import check
from ecrgen.policy.positions import json_error, json_positions, yaml_positions
from ecrgen.policy.sources import located, policies_in
from ecrgen.policy.sources.found import Found
from ecrgen.policy.sources.located import values_in
from ecrgen.proof.proofs import prove_policy

texts = st.text(st.sampled_from('ab"\\\\{}[]:, \\n\\u00e9\\U0001f600'), max_size=5)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


def at(data: Any, steps: tuple[Any, ...]) -> Any:
    for step in steps:
        data = data[step]
    return data


@given(values, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_a_position_is_where_the_key_or_the_item_begins(data: Any, indent: Any, ascii_only: bool) -> None:
    """Each value of a text is found once, where its key is written, or the item itself in a list."""
    text = json.dumps(data, indent=indent, ensure_ascii=ascii_only)
    positions = dict(json_positions(text))
    assert set(positions) == set(values_in(data))
    for steps, (line, column) in positions.items():
        written = steps[-1] if steps and isinstance(steps[-1], str) else at(data, steps)
        there = text.split("\n")[line - 1][column - 1 :]
        assert there.startswith(
            "{"
            if isinstance(written, dict)
            else "["
            if isinstance(written, list)
            else json.dumps(written, ensure_ascii=ascii_only)
        )


@given(
    st.recursive(
        st.sampled_from("abc"),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        max_leaves=12,
    )
)
def test_yaml_says_the_same(data: Any) -> None:
    """What is JSON and YAML has one reading."""
    text = json.dumps(data, indent=2)
    assert dict(yaml_positions(text)) == dict(json_positions(text))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"", (1, 1)),
        (b'{"a":\n  1 x}', (2, 5)),
        (b'\xef\xbb\xbf{"a" 1}', (1, 6)),
        (b"\xff", None),
        (b"{}", None),
        (b"[" * 1_000_000, None),
    ],
)
def test_where_a_text_stops_being_json(text: bytes, place: tuple[int, int] | None) -> None:
    """The position of a syntax error; none where nothing tells it."""
    assert json_error(text) == place


POLICY = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "ecr:ListImages", "Resource": "*"},
    {
      "Effect": "Allow",
      "Action": ["ecr:ListImages", "ecr:Nonsense:x"],
      "Resource": "*"
    }
  ]
}"""
TEMPLATE = """\
Resources:
  Pull:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Resource: RESOURCE
            Action:
              - ecr:Nonsense:x
"""


def found_in(text: str) -> list[tuple[str, int | None, int | None]]:
    (policy,) = policies_in(text.encode())
    proof = prove_policy("f", "f", policy, None, lambda data, kind: check(data, policy_type=kind.name), text.encode())
    return [
        (finding.path, finding.line, finding.column) for finding in proof.findings if finding.code == "INVALID_ACTION"
    ]


def inside(text: str) -> str:
    return json.dumps({"PolicyVersion": {"Document": json.loads(text)}}, indent=1)


@pytest.mark.parametrize(
    ("text", "path", "line", "column"),
    [
        (POLICY, "Statement[1].Action[1]", 7, 36),
        ("\ufeff" + POLICY, "Statement[1].Action[1]", 7, 36),
        (POLICY.replace("\n", "\r\n"), "Statement[1].Action[1]", 7, 36),
        (f"[{POLICY}]", "Statement[1].Action[1]", 7, 36),
        (inside(POLICY), "Statement[1].Action[1]", 15, 7),
        # the text is a string: no line in it is a line of the file
        (f'{{"registryId": "1",\n  "policyText": {json.dumps(POLICY)}}}', "Statement[1].Action[1]", 2, 3),
        (TEMPLATE.replace("RESOURCE", "'*'"), "Statement[0].Action[0]", 11, 17),
        # a function may take out or add what is before it
        (TEMPLATE.replace("RESOURCE", "!Sub '*'"), "Statement[0].Action[0]", 5, 7),
    ],
)
def test_a_finding_has_its_line_and_column(text: str, path: str, line: int, column: int) -> None:
    """A finding is where its value is written, or at the nearest thing around it of which the line is known."""
    assert found_in(text) == [(path, line, column)]


def test_a_file_that_is_too_long_or_too_deep_takes_no_time() -> None:
    """What no person wrote is not searched for lines: neither a megabyte nor a thousand brackets."""
    deep = b"[" * 900 + b"1," * 40_000 + b"1" + b"]" * 900
    started = process_time()
    (policy,) = policies_in(deep)
    assert {finding.line for finding in located(check(deep), policy, deep)} == {1}
    assert process_time() - started < 2
    long = POLICY.encode() + b" " * 1_000_000
    (policy,) = policies_in(long)
    assert {finding.line for finding in located(check(POLICY), policy, long)} == {None}


def test_where_the_place_is_not_known_nothing_is_said() -> None:
    """A policy deep in a generated file has findings without a line."""
    version = {"IsDefaultVersion": True, "Document": json.loads(POLICY)}
    details = {"Policies": [{"Arn": "arn:aws:iam::111122223333:policy/p", "PolicyVersionList": [version]}]}
    assert found_in(json.dumps(details)) == [("Statement[1].Action[1]", None, None)]
    assert list(located((), Found("", {}), b"")) == []
