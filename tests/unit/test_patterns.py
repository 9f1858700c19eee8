"""Patterns against a slow model that tries everything: what they match, what they contain, and whether two meet."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import product

import pytest
from limits import within
from wildcard_model import by_trying, common_text

from ecrgen.errors import EcrgenError
from ecrgen.policy.patterns import Pattern, PatternKind
from ecrgen.proof.cautions import overlap

PAIRS = 20_000
KINDS: tuple[PatternKind, ...] = ("text", "action", "arn", "resource")
# A head of five segments before what is random, so that wildcards of the resource part come up as well.
HEADS = ("", "", "", "a:a:a:a:a:", "*:a:*:a:*:", "a*b:?:a:*a:a:")
# What a wildcard stands for: nothing, letters of the patterns or none of them, and colons.
RUNS = ("", "x", ":", "a", "xx", "ab", ":x:")
ONES = ("x", ":", "a", "b")
WILDCARD = re.compile("[*?]")


def model(pattern: str, kind: PatternKind, text: str) -> bool:
    """Does the pattern match the text, by the definition of its kind?"""
    match kind:
        case "action":
            pattern, text = pattern.lower(), text.lower()
            return by_trying(pattern, text, False, False) if ":" in pattern or pattern == "*" else pattern == text
        case "arn" if pattern == "*":
            return True
        case "arn" | "resource":
            return by_trying(pattern, text, segments=True, run_on=kind == "resource")
        case _:
            return by_trying(pattern, text, segments=False, run_on=False)


def texts_of(pattern: str, kind: PatternKind) -> list[str]:
    """Texts of the pattern, each wildcard filled in every way; the model says no where that leaves its segment."""
    if kind == "action" and ":" not in pattern and pattern != "*":
        return [pattern]
    wild = WILDCARD.findall(pattern)
    fillings: Iterator[tuple[str, ...]] = product(*(RUNS if each == "*" else ONES for each in wild))
    pieces = WILDCARD.split(pattern)
    found = {"".join(a + b for a, b in zip(pieces, (*filling, ""), strict=True)) for filling in fillings}
    return [text for text in found if model(pattern, kind, text)]


def shared(kind: PatternKind, one: str, other: str) -> str | None:
    """A text that both patterns match, or None."""
    for pattern, text in ((one, other), (other, one)):
        if kind == "action" and ":" not in pattern and pattern != "*":
            return pattern if model(text, kind, pattern) else None
        if kind == "arn" and pattern == "*":
            return min(texts_of(text, kind))
    return common_text(one, other, segments=kind in ("arn", "resource"), run_on=kind == "resource")


def random_pattern(chance: random.Random) -> str:
    """Few letters, so that chunks repeat; at most three wildcards behind the head, so that all can be tried."""
    letters = [chance.choice("aab:") for _ in range(chance.randrange(6))]
    for _ in range(chance.randrange(3)):
        letters.insert(chance.randrange(len(letters) + 1), chance.choice("**?"))
    return "".join(letters)


def pairs(kind: PatternKind) -> Iterator[tuple[str, str]]:
    """Pairs of patterns, half of them alike but for a place or two."""
    chance = random.Random(kind)
    for number in range(PAIRS // len(KINDS)):
        one, other = random_pattern(chance), random_pattern(chance)
        if number % 2:
            place = chance.randrange(len(one) + 1)
            other = one[:place] + chance.choice("*?ab*") + one[place + chance.randrange(2) :]
        head = chance.choice(HEADS) if kind in ("arn", "resource") else ""
        heads = (head, head.replace("*", "a").replace("?", "b")) if number % 3 else (head[:0], head[:0])
        yield heads[0] + one, heads[1] + other


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_twenty_thousand_pairs(kind: PatternKind) -> None:
    """`matches`, `contains` and `meets` say what trying every text says; each says yes and no hundreds of times."""
    counts = dict.fromkeys(((question, answer) for question in ("contains", "meets") for answer in (True, False)), 0)
    for one, other in pairs(kind):
        outer, inner = Pattern.of(one, kind), Pattern.of(other, kind)
        its = texts_of(other, kind)
        named = [text for text in its if model(one, kind, text)]
        for text in its:
            assert inner.matches(text), (kind, other, text)
            assert outer.matches(text) == (text in named), (kind, one, text)
        contains = len(named) == len(its)
        assert outer.contains(inner) == contains, (kind, one, other)
        common = shared(kind, one, other)
        assert common is None or (model(one, kind, common) and model(other, kind, common)), (kind, one, other, common)
        assert outer.meets(inner) == inner.meets(outer) == (common is not None), (kind, one, other)
        counts["contains", contains] += 1
        counts["meets", common is not None] += 1
    assert min(counts.values()) > PAIRS / len(KINDS) / 10, counts


@pytest.mark.parametrize("colons", [25, 50, 100, 200, 400])
@pytest.mark.parametrize(
    "pattern", ["arn:*:*:*:*:*x", "*:*:*:*:*:x", "arn:a*b:*:*:*:a?x", "*:?*:*:a*:*", "*:a*a*b:*:*b:"]
)
def test_matching_is_linear_in_colons(pattern: str, colons: int) -> None:
    """Wildcards that may run on past colons take no time to speak of, however many colons a text has."""
    with within(0.1):
        for text in ("arn" + ":" * colons, "arn" + ":ab" * colons, "arn" + ":aaab" * colons + "y"):
            for kind in KINDS:
                Pattern.of(pattern, kind).matches(text)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("*a" * 200 + "b", "*a" * 200 + "c"),
        ("a*b*" * 100, "*b*a" * 100),
        ("*?a" * 130, "*a?" * 130),
        ("*a??b" * 80, "*?" * 199 + "b"),
        ("a:b:c:d:e:" + "*?a?*b" * 60, "*:*:*:*:*:" + "?*ab?" * 70),
        ("*a?" * 60 + "${aws:username}*" * 20, "${aws:username}*a" * 60),
    ],
)
def test_two_hundred_stars_are_compared_at_once(kind: PatternKind, one: str, other: str) -> None:
    """Patterns of hundreds of wildcards are matched and compared within milliseconds."""
    outer, inner = Pattern.of(one, kind), Pattern.of(other, kind)
    with within(0.2):
        outer.contains(inner)
        inner.contains(outer)
        outer.meets(inner)
        outer.matches(other * 3, {"aws:username": "a*"})


@pytest.mark.parametrize(
    ("pattern", "text", "value", "expected"),
    [
        ("a:b:c:d:e:${v}", "a:b:c:d:e:*", "*", True),
        ("a:b:c:d:e:${v}", "a:b:c:d:e:x", "*", False),
        ("a:b:c:d:e:${v}*", "a:b:c:d:e:x:yz", "x:y", True),
        ("a:b:c:d:e:${w, 'none'}", "a:b:c:d:e:none", "x", True),
        ("a:b:c:d:e:${w}", "a:b:c:d:e:", "x", False),
        ("a:b:c:${v}:e:f", "a:b:c:x:e:f", "x", False),
        ("a:b:c:d:e:${*}", "a:b:c:d:e:*", "x", True),
        ("a:b:c:d:e:${*}", "a:b:c:d:e:x", "x", False),
    ],
)
def test_a_variable_is_its_value_literally(pattern: str, text: str, value: str, expected: bool) -> None:
    """The value of a variable holds no wildcards and ends no segment; before the fifth colon there are no variables."""
    assert Pattern.of(pattern, "resource").matches(text, {"v": value}) is expected


def test_what_is_no_character_is_no_wildcard() -> None:
    """Halves of surrogate pairs, which spell wildcards, are an error in policies and in values of a request."""
    with pytest.raises(EcrgenError, match="surrogate"):
        Pattern.of("a\ud800", "text")
    with pytest.raises(EcrgenError, match="surrogate"):
        Pattern.of("${v}", "text").matches("abc", {"v": "\ud800"})


@pytest.mark.parametrize(
    ("action", "broken", "expected"),
    [
        ("ecr:*Token", "ecr:Get*", True),
        ("ECR:GetAuthorizationToken", "ecr:get*", True),
        ("ecr:*", "ecr:PutImage", True),
        ("ecr:Put*", "ecr:Get*", False),
        ("Get*", "ecr:Get*", False),
    ],
)
def test_a_guard_breaks_whatever_a_pattern_shares_with_its_own(action: str, broken: str, expected: bool) -> None:
    """A guard's caution is told where some action is of both patterns, however they are written."""
    assert overlap(action, broken) is expected
