"""Wildcards against a slow model that tries everything."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import within
from wildcard_model import by_trying

from ecrgen.policy.patterns import Pattern, PatternKind, Patterns

# few letters, many stars: what goes wrong does so where chunks repeat
PATTERNS = st.one_of(st.text(alphabet="ab*", max_size=10), st.text(alphabet="ab:/*?.", max_size=14))
TEXTS = st.one_of(st.text(alphabet="ab", max_size=8), st.text(alphabet="ab:/.", max_size=12))
HEADS = st.sampled_from(["", "arn:a:b", "a:a:b:*:a:", "*:b:*:a?:b:", "a:*b:a*:b*a:*:"])


@settings(max_examples=300, deadline=None)
@given(PATTERNS, TEXTS)
def test_text(pattern: str, text: str) -> None:
    """In plain text `*` is any run of characters and `?` exactly one."""
    assert Pattern.of(pattern, "text").matches(text) == by_trying(pattern, text, segments=False, run_on=False)


@settings(max_examples=500, deadline=None)
@given(HEADS, PATTERNS, HEADS, TEXTS)
def test_resource(head: str, pattern: str, text_head: str, text: str) -> None:
    """In a Resource wildcards stay in their segment, and a `*` that ends one may run on."""
    pattern, text = head + pattern, re.sub(r"[*?]", "a", text_head) + text
    assert Pattern.of(pattern, "resource").matches(text) == by_trying(pattern, text, segments=True, run_on=True)


@settings(max_examples=500, deadline=None)
@given(HEADS, PATTERNS, HEADS, TEXTS)
def test_arn_condition(head: str, pattern: str, text_head: str, text: str) -> None:
    """In an ARN condition every segment is compared by itself, and `*` alone is every ARN."""
    pattern, text = head + pattern, re.sub(r"[*?]", "a", text_head) + text
    ours = Pattern.of(pattern, "arn").matches(text)
    assert ours == (pattern == "*" or by_trying(pattern, text, segments=True, run_on=False))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="a*?.[$", max_size=6), TEXTS)
def test_literal(value: str, text: str) -> None:
    """What stands for a variable is literal, whatever it holds."""
    pattern = Pattern.of("<${k}>*", "text")
    for actual in (f"<{text}>", f"<{value}>", f"<{value}>{text}"):
        assert pattern.matches(actual, {"k": value}) == actual.startswith(f"<{value}>")


@settings(max_examples=200, deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=4), TEXTS)
def test_several(patterns: list[str], text: str) -> None:
    """Several patterns together match what one of them does."""
    together = Patterns(patterns, "text").match(text)
    assert together == any(by_trying(pattern, text, segments=False, run_on=False) for pattern in patterns)


@pytest.mark.parametrize("kind", ["text", "resource", "arn"])
@pytest.mark.parametrize("head", ["", "arn:aws:ecr:us-east-1:123456789012:"])
def test_many_stars(kind: PatternKind, head: str) -> None:
    """A pattern of many stars takes no longer than its length: no policy can make a decision hang."""
    with within(2):
        assert not Pattern.of(head + "*a" * 200 + "b", kind).matches(head + "a" * 4000)
