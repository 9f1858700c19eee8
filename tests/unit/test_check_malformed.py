"""Whatever claims to be a policy gives findings: never a traceback, and never a long wait."""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import within

from ecrgen.policy.check import RULES, Finding, check
from ecrgen.policy.patterns import Pattern

BASE: dict[str, Any] = {
    "Version": "2012-10-17",
    "Id": "one",
    "Statement": [
        {
            "Sid": "One",
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::111122223333:root"]},
            "NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:root"]},
            "Action": ["ecr:ListImages"],
            "NotAction": ["ecr:ListImages"],
            "Resource": ["arn:aws:ecr:us-east-1:111122223333:repository/my-repo"],
            "NotResource": ["arn:aws:ecr:us-east-1:111122223333:repository/my-repo"],
            "Condition": {"StringEquals": {"aws:username": ["alice"]}},
        }
    ],
}
WRONG: tuple[Any, ...] = (
    *(None, True, 0, -1.5, 10**30, float("nan"), float("inf"), "", "*", "\x00", "\ud800", "a" * 300, "${", "${}"),
    *([], [[]], [None], {}, {"": ""}, {"\ud800": ["\udfff"]}, {"a": {"b": {"c": []}}}),
    *((), {1, 2}, b"bytes", object(), {1: 2}, {(1, 2): 3}),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    if isinstance(value, dict):
        return value | {path[0]: replaced(value[path[0]], path[1:], new)}
    return [replaced(item, path[1:], new) if index == path[0] else item for index, item in enumerate(value)]


def sound(findings: tuple[Finding, ...]) -> None:
    """Findings that can be shown: known codes, printable texts of a readable length."""
    for finding in findings:
        assert finding.code in RULES
        assert finding.message.isprintable()
        assert finding.path.isprintable()
        assert len(finding.message) < 1500
        json.dumps(finding.to_dict(), ensure_ascii=False).encode()


@pytest.mark.parametrize("kind", ["identity", "resource", None])
@pytest.mark.parametrize("path", list(places(BASE)), ids=lambda path: ".".join(map(str, path)) or "document")
def test_a_wrong_value_anywhere_gives_findings(path: tuple[Any, ...], kind: Any) -> None:
    """A value of any wrong type at any place of a document is reported, never raised."""
    for wrong in WRONG:
        sound(check(replaced(BASE, path, wrong), policy_type=kind, principal_kind="role"))


# A condition value may be a number.
NOT_NUMBERS = [path for path in places(BASE) if "aws:username" not in path]


@pytest.mark.parametrize("path", NOT_NUMBERS, ids=lambda path: ".".join(map(str, path)) or "document")
def test_a_number_anywhere_is_reported_at_its_place(path: tuple[Any, ...]) -> None:
    """A number where none belongs is reported at its place."""
    found = check(replaced(BASE, path, 7), policy_type="resource")
    expected = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    assert ("DATA_TYPE_MISMATCH", expected) in {(finding.code, finding.path) for finding in found}


@pytest.mark.parametrize(
    "policy",
    [
        *(
            "",
            " ",
            "x",
            "{",
            "[",
            "[" * 10_000,
            '{"Statement":' * 10_000,
            "\x00",
            "NaN",
            '"\\ud800"',
            "9" * 5000,
            "\ufeff{}",
        ),
        *(b"", b"\xff\xfe", b"\x00", b"{}", "ÿ".encode("latin-1"), '{"Version":"\ud800"}'),
        *(None, 5, [], (), object()),
    ],
    ids=lambda policy: repr(policy)[:20],
)
def test_what_is_no_policy_gives_findings(policy: Any) -> None:
    """Bad JSON, wrong encodings and other values are findings."""
    found = check(policy)
    assert found
    sound(found)


def test_a_value_nested_ten_thousand_levels_deep_gives_a_finding() -> None:
    """Depth is no traceback, neither as text nor as data, nor is a value that holds itself."""
    deep: dict[str, Any] = {}
    inner = deep
    for _ in range(10_000):
        inner["Statement"] = {}
        inner = inner["Statement"]
    itself: dict[str, Any] = {"Version": "2012-10-17"}
    itself["Statement"] = [itself]
    for policy in (deep, itself, json.dumps("x").join(['{"Statement":' * 10_000, "}" * 10_000])):
        assert [finding.code for finding in check(policy)] == ["JSON_SYNTAX_ERROR"]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)
TEXTS = st.text(st.sampled_from("aeinrw*?:/${}, '\x00\ud800é" + string.digits), max_size=40)
ARNS = TEXTS.map(lambda text: f"arn:aws:{text}")
NAMES = st.sampled_from(
    ["ecr:", "iam:PassRole", "*", "ecr:PutImage", "ecr:Get*", "ec2:", "ecr:GetAuthorizationToken", "nosuch:x"]
)
STRINGS = TEXTS | ARNS | NAMES | st.builds(str.__add__, NAMES, TEXTS)
LISTS = STRINGS | st.lists(STRINGS, max_size=5) | JSON_VALUES
KEYS = st.sampled_from(
    [
        "aws:SourceIp",
        "aws:userid",
        "ecr:ResourceTag/x",
        "aws:TagKeys",
        "aws:CurrentTime",
        "s3:prefix",
        "aws:ResourceTag/a",
    ]
)
OPERATORS = st.sampled_from(
    ["StringEquals", "StringLike", "IpAddress", "DateLessThan", "Null", "ForAllValues:StringNotLike", "BoolIfExists"]
)
CONDITIONS = st.dictionaries(
    OPERATORS | TEXTS, st.dictionaries(KEYS | STRINGS, LISTS, max_size=3) | JSON_VALUES, max_size=3
)
STATEMENTS = st.fixed_dictionaries(
    {},
    optional={
        "Sid": LISTS,
        "Effect": st.sampled_from(["Allow", "Deny"]) | JSON_VALUES,
        "Principal": st.just("*") | st.dictionaries(st.sampled_from(["AWS", "Service"]), LISTS) | JSON_VALUES,
        "Action": LISTS,
        "NotAction": LISTS,
        "Resource": LISTS,
        "NotResource": LISTS,
        "Condition": CONDITIONS | JSON_VALUES,
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {"Statement": st.lists(STATEMENTS, max_size=3) | STATEMENTS | JSON_VALUES}, optional={"Version": JSON_VALUES}
)


@settings(max_examples=120, deadline=None)
@given(DOCUMENTS)
def test_any_document_gives_findings_and_the_same_ones_again(policy: Any) -> None:
    """A random document is checked without a traceback, the same way every time."""
    found = check(policy)
    sound(found)
    assert check(policy) == found


@settings(max_examples=100, deadline=None)
@given(st.text() | st.binary())
def test_any_text_gives_findings(text: str | bytes) -> None:
    """A random text is a finding or a document that is none."""
    found = check(text)
    assert found
    sound(found)


def filled(make: Callable[[int], str], characters: int = 150_000) -> list[str]:
    texts: list[str] = []
    while characters > 0:
        texts.append(make(len(texts)))
        characters -= len(texts[-1]) + 3
    return texts


def allow(**elements: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "ecr:ListImages", "Resource": "*"} | elements
    return {"Version": "2012-10-17", "Statement": [statement]}


def statements(make: Callable[[int], dict[str, Any]], count: int) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | make(index) for index in range(count)]}


REPOSITORY = "arn:aws:ecr:us-east-1:111122223333:repository/"
SLOW: dict[str, Callable[[], Any]] = {
    "10 MB of actions": lambda: json.dumps(allow(Action=[f"ec2:*{index}*" for index in range(600_000)])),
    "10 MB of brackets": lambda: "[" * 10_000_000,
    "10 MB of wrong statements": lambda: json.dumps({"Statement": [1] * 3_000_000}),
    "patterns of actions": lambda: allow(Action=filled(lambda n: f"ec2:*{n:x}")),
    "patterns with question marks": lambda: allow(Action=filled(lambda n: f"ec2:{'?' * (n % 40)}*{n:x}")),
    "patterns of services": lambda: allow(Action=filled(lambda n: f"*{n:x}:*")),
    "unknown actions": lambda: allow(Action=filled(lambda n: f"ec2:Describe{n:x}")),
    "unknown services": lambda: allow(Action=filled(lambda n: f"zz{n:x}:Describe")),
    "unknown ARNs": lambda: allow(Resource=filled(lambda n: f"arn:aws:zz{n:x}:us-east-1:111122223333:x")),
    "patterns of ARNs": lambda: allow(Resource=filled(lambda n: f"arn:aws:ec2:*:*:*{n:x}*")),
    "one long pattern": lambda: allow(
        Resource=f"arn:aws:ec2:us-east-1:111122223333:{'*a' * 70_000}", Action="ec2:" + "*a" * 4000
    ),
    "a long name": lambda: allow(Resource=REPOSITORY + "a-" * 70_000),
    "open variables": lambda: allow(Resource=REPOSITORY + "${" * 70_000),
    "unknown keys": lambda: allow(Condition={"StringEquals": {f"ec2:x{n:x}": "a" for n in range(9000)}}),
    "unknown operators": lambda: allow(Condition={f"StringEq{n:x}": {} for n in range(7000)}),
    "unknown elements": lambda: allow(**{f"Acton{n:x}": 1 for n in range(9000)}),
    "keys and actions": lambda: allow(
        Action=["ec2:DescribeInstances", "ec2:RunInstances"] * 2000,
        Condition={"StringEquals": {f"ec2:ResourceTag/{n:x}": "a" for n in range(1500)}},
    ),
    "addresses": lambda: allow(
        Condition={"IpAddress": {"aws:SourceIp": filled(lambda n: f"10.{n // 250 % 250}.{n % 250}.0/24")}}
    ),
    "statements by pattern": lambda: statements(
        lambda n: {"Action": f"ecr:*{n:x}", "Resource": f"arn:aws:ecr:*:*:repository/*{n:x}"}, 1500
    ),
    "statements for repositories": lambda: statements(
        lambda n: {"Action": ["ecr:PutImage", "ecr:BatchGetImage"], "Resource": f"{REPOSITORY}r{n}"}, 1100
    ),
    "statements that are the same": lambda: statements(lambda n: {"Action": "*", "Resource": "*"}, 2500),
    "a long number": lambda: allow(Condition={"NumericEquals": {"aws:MultiFactorAuthAge": "1" * 140_000 + "x"}}),
    "a long key": lambda: allow(Condition={"StringEquals": {"aws:" + "9" * 140_000: "x"}}),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_document_made_to_be_slow_is_not(name: str) -> None:
    """Nothing that fits into a document, up to 10 MB of it, takes more than seconds."""
    policy = SLOW[name]()
    with within(8):
        found = check(policy)
    assert found


GLOBS = st.text(st.sampled_from("ab*?"), max_size=5)


@settings(max_examples=120, deadline=None)
@given(GLOBS, GLOBS)
def test_globs_are_compared_as_the_texts_they_match(one: str, other: str) -> None:
    """Two patterns overlap exactly if some text matches both; one covers the other only if it matches all its texts."""
    texts = [""]
    for text in texts:
        if len(text) < 8:
            texts += [text + "a", text + "b"]
    first, second = Pattern.of(one, "text"), Pattern.of(other, "text")
    matched = [set(filter(pattern.matches, texts)) for pattern in (first, second)]
    assert first.meets(second) == bool(matched[0] & matched[1])
    if first.contains(second):
        assert matched[1] <= matched[0]
    if "*" not in other and "?" not in other:
        assert first.contains(second) == (other in matched[0])


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("*", "arn:aws:s3:::one", True),
        (f"{REPOSITORY}team/*", f"{REPOSITORY}team/app", True),
        (f"{REPOSITORY}team/*", f"{REPOSITORY}team", False),
        (f"{REPOSITORY}*", f"{REPOSITORY}a*", True),
        (f"{REPOSITORY}a?", f"{REPOSITORY}a*", False),
        ("arn:aws:ecr:*:111122223333:repository/one", f"{REPOSITORY}one", True),
        ("arn:aws:ecr:*:repository/one", f"{REPOSITORY}one", True),
        (f"{REPOSITORY}${{aws:username}}", f"{REPOSITORY}${{aws:username}}", True),
        (f"{REPOSITORY}*", f"{REPOSITORY}${{aws:username}}", True),
    ],
)
def test_arns_cover_part_by_part(wide: str, narrow: str, expected: bool) -> None:
    """A resource covers another one part by part, and a `*` that ends a part may run on past the colon."""
    assert Pattern.of(wide, "resource").contains(Pattern.of(narrow, "resource")) is expected
