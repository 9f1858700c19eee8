"""Which pattern lies within which, held against what they match."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrgen.policy.patterns import Pattern, PatternKind

KINDS: tuple[PatternKind, ...] = ("text", "arn", "resource")
VALUES = ("", "a", "b:a", "*")

PIECES = st.sampled_from(["a", "a", "b", ":", ":", "*", "*", "?", "${v}", "${*}", "ab"])
PATTERNS = st.lists(PIECES, max_size=9).map("".join)
ARNS = st.lists(st.lists(PIECES.filter(lambda piece: piece != ":"), max_size=3).map("".join), min_size=6, max_size=7)


def matches(pattern: str, kind: PatternKind, text: str, value: str) -> bool:
    return Pattern.of(pattern, kind).matches(text, {"v": value})


def examples(pattern: str, value: str, chance: random.Random) -> list[str]:
    """Texts that the pattern may match: its wildcards and variables filled in."""
    fill = {"*": ("", "a", "b", ":", "aa", "a:b", "*", "x"), "?": ("a", "b", ":", "*", "x")}
    filled = []
    for _ in range(12):
        text = pattern.replace("${*}", "\0").replace("${v}", "\1")
        text = "".join(chance.choice(fill[c]) if c in fill else c for c in text)
        filled.append(text.replace("\0", "*").replace("\1", value))
    return filled


def wider(pattern: str, chance: random.Random) -> str:
    """The pattern with a wildcard in some places, so that it often holds the other."""
    pieces = re.findall(r"\$\{.\}|.", pattern)
    for _ in range(chance.randrange(3)):
        if pieces:
            place = chance.randrange(len(pieces))
            width = chance.randrange(3)
            pieces[place : place + width] = [chance.choice("*?*")]
    return "".join(pieces)


@settings(max_examples=600, deadline=None)
@given(PATTERNS | ARNS.map(":".join), PATTERNS, st.sampled_from(KINDS), st.sampled_from(VALUES), st.integers(0, 9999))
def test_a_pattern_within_another_matches_no_more(
    inner: str, other: str, kind: PatternKind, value: str, seed: int
) -> None:
    """What lies within a pattern matches nothing that the pattern does not; what does not meet it, nothing of it."""
    chance = random.Random(seed)
    for outer in (wider(inner, chance), other):
        wide, narrow = Pattern.of(outer, kind), Pattern.of(inner, kind)
        held, met = wide.contains(narrow), wide.meets(narrow)
        assert met or not held or not any(matches(inner, kind, text, value) for text in examples(inner, value, chance))
        for text in (*examples(inner, value, chance), *examples(outer, value, chance)):
            if matches(inner, kind, text, value):
                assert matches(outer, kind, text, value) or not held
                assert met or not matches(outer, kind, text, value)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("*", "arn:aws:ecr:us-east-1:123456789012:repository/a"),
        ("arn:aws:ecr:*", "arn:aws:ecr:us-east-1:123456789012:repository/*"),
        ("arn:aws:ecr:*:*:repository/*", "arn:aws:ecr:eu-*-1:123456789012:repository/a*b"),
        ("arn:aws:ecr:us-*-1:1:repository/*", "arn:aws:ecr:us-e*t-1:1:repository/?"),
        ("arn:aws:ecr:r:1:repository/?*", "arn:aws:ecr:r:1:repository/*?"),
        ("arn:aws:ecr:r:1:repository/**", "arn:aws:ecr:r:1:repository/*"),
        ("arn:aws:ecr:r:1:repository/${v}/*", "arn:aws:ecr:r:1:repository/${v}/app"),
        ("arn:aws:ecr:r:1:repository/*", "arn:aws:ecr:r:1:repository/${v}"),
        ("arn:aws:ecr:r:1:repository/*a*", "arn:aws:ecr:r:1:repository/xa${v}*"),
        ("arn:aws:ecr:*:1*3:repository/a", "arn:aws:ecr:x:1:y:123:repository/a"),
    ],
)
def test_what_lies_within_is_found(outer: str, inner: str) -> None:
    """A narrower pattern is known to lie within a wider one."""
    assert Pattern.of(outer, "resource").contains(Pattern.of(inner, "resource"))


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("arn:aws:ecr:us-*-1:1:repository/a", "arn:aws:ecr:us-east:x-1:1:repository/a"),
        ("arn:aws:ecr:us-*-1:1:repository/a", "arn:aws:ecr:us-*:1:repository/a"),
        ("arn:aws:ecr:r:1:repository/?", "arn:aws:ecr:r:1:repository/${v}"),
        ("arn:aws:ecr:r:1:repository/???", "arn:aws:ecr:r:1:repository/${v}"),
        ("arn:aws:ecr:r:1:repository/?", "arn:aws:ecr:r:1:repository/*"),
        ("arn:aws:ecr:r:1:repository/*v*", "arn:aws:ecr:r:1:repository/${v}"),
        ("arn:aws:ecr:r:1:repository/${v}", "arn:aws:ecr:r:1:repository/${w}"),
        ("arn:aws:ecr:r:1:repository/${v}", "arn:aws:ecr:r:1:repository/v"),
        ("arn:aws:ecr:r:1:repository/${*}", "arn:aws:ecr:r:1:repository/*"),
        ("arn:aws:ecr:r:1:repository/a*", "arn:aws:ecr:r:1:repository/A"),
    ],
)
def test_what_does_not_lie_within_is_not(outer: str, inner: str) -> None:
    """Wildcards stay in their segment, variables stand for any text, literal wildcards for themselves."""
    assert not Pattern.of(outer, "resource").contains(Pattern.of(inner, "resource"))
