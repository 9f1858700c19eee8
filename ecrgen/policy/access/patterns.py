"""Patterns as sets of texts, so that two can be compared: does one hold the other, do they meet?

A pattern is spelled in an alphabet of its own. Plain characters stand for themselves; a wildcard is one character and a
policy variable a run of characters that no JSON text has (halves of surrogate pairs), so neither is mistaken for text.
What matches what is said in ecrgen.policy.wildcards; here is only which pattern lies within which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from ecrgen.errors import EcrgenError
from ecrgen.policy.variables import Template, Variable
from ecrgen.policy.wildcards import COLONS

__all__ = ["EVERYTHING", "Kind", "holds", "literal_prefix", "meet", "spell"]

# Any run of characters or one character; the same without a colon.
RUN, RUN_IN_SEGMENT, ONE, ONE_IN_SEGMENT = "\ud800", "\ud801", "\ud802", "\ud803"
VARIABLE_START, VARIABLE_END, VARIABLE_BYTE = "\ud804", "\ud805", 0xDC00
EVERYTHING = RUN

# What a wildcard may stand for in a pattern that lies within another, as part of a regular expression.
WITHIN = {
    RUN: ".*",
    RUN_IN_SEGMENT: "[^:\ud800\ud802\ud804-\udfff]*",
    ONE: "[^\ud800\ud801\ud804-\udfff]",
    ONE_IN_SEGMENT: "[^:\ud800-\ud802\ud804-\udfff]",
}
VARIABLE = re.compile(f"{VARIABLE_START}[^{VARIABLE_END}]*{VARIABLE_END}")
SPECIAL = re.compile("[\ud800-\udfff]")
RUNS = re.compile("([\ud800-\ud803]{2,})")

# How wildcards read colons: not at all (`text`), as ArnLike does, as Resource does; `literal` has no wildcards.
Kind = Literal["text", "arn", "resource", "literal"]


def spell(template: Template, kind: Kind) -> str:
    """The pattern in the alphabet of this module. Equal spellings match the same texts.

    Raises EcrgenError for half of a surrogate pair, which no policy document can hold.
    """
    segments: list[list[str]] = [[]]
    colons = COLONS if kind in ("arn", "resource") else 0
    for part in template:
        if isinstance(part, Variable):
            segments[-1].append(variable(part))
            continue
        text, literal = part
        if SPECIAL.search(text):
            raise EcrgenError(f"{text!r} holds half of a surrogate pair, which is no character")
        for character in text:
            if character == ":" and not literal and len(segments) <= colons:
                segments.append([])
            elif character in "*?" and not literal and kind != "literal":
                segments[-1].append(RUN if character == "*" else ONE)
            else:
                segments[-1].append(character)
    if kind == "arn" and template == (("*", False),):
        return EVERYTHING
    heads = segments if kind in ("arn", "resource") and len(segments) <= colons else segments[:-1]
    for segment in heads:
        stay_in_segment(segment, run_on=kind == "resource")
    return RUNS.sub(ordered, ":".join("".join(segment) for segment in segments))


def variable(part: Variable) -> str:
    name = part.key if part.default is None else f"{part.key}, '{part.default}'"
    return VARIABLE_START + "".join(chr(VARIABLE_BYTE + byte) for byte in name.encode()) + VARIABLE_END


def stay_in_segment(segment: list[str], run_on: bool) -> None:
    """Mark the wildcards that do not match colons; with `run_on`, a `*` at the segment's end does."""
    last = len(segment) - 1 if run_on and segment and segment[-1] == RUN else len(segment)
    inside = {RUN: RUN_IN_SEGMENT, ONE: ONE_IN_SEGMENT}
    segment[:last] = [inside.get(token, token) for token in segment[:last]]


def ordered(run: re.Match[str]) -> str:
    """Neighbouring wildcards in one order, a doubled run once: `?*`, `*?` and `*?*` name the same texts."""
    ones = "".join(c for c in run.group() if c in (ONE, ONE_IN_SEGMENT))
    # `*` in a segment beside one that runs on: the second alone says as much
    return ones + next((c for c in (RUN, RUN_IN_SEGMENT) if c in run.group()), "")


def holds(outer: str, inner: str) -> bool:
    """Whether every text of the inner pattern is one of the outer's. True is certain; False may be ignorance."""
    if outer in (inner, EVERYTHING):
        return True
    return SPECIAL.search(outer) is not None and within(outer).fullmatch(inner) is not None


@lru_cache(maxsize=4096)
def within(outer: str) -> re.Pattern[str]:
    """What the spelling of a pattern within this one looks like."""
    first, *rest = re.split(f"([{RUN}{RUN_IN_SEGMENT}])", outer)
    regex = chunk(first)
    for (run, text), (following, _) in pairwise([*zip(rest[::2], rest[1::2], strict=True), ("", "")]):
        body = WITHIN[run] + ("?" if following else "") + chunk(text)
        # the leftmost place is as good as any other where the next run may take what this one leaves
        leftmost = following == RUN or (following == run and ":" not in text)
        regex += f"(?>{body})" if leftmost else body
    return re.compile(regex, re.DOTALL)


def chunk(text: str) -> str:
    return "".join(WITHIN.get(character, re.escape(character)) for character in text)


def meet(one: str, other: str) -> bool:
    """Whether the two may have a text in common. False is certain; a variable may stand for anything."""
    one, other = (VARIABLE.sub(RUN, pattern).replace(RUN_IN_SEGMENT, RUN) for pattern in (one, other))
    seen: set[tuple[int, int]] = set()
    todo = [(0, 0)]
    while todo:
        place = todo.pop()
        if place == (len(one), len(other)):
            return True
        if place not in seen:
            seen.add(place)
            todo.extend(steps(one, other, *place))
    return False


def steps(one: str, other: str, i: int, j: int) -> Iterator[tuple[int, int]]:
    """The places after one more character that both patterns may have."""
    a, b = one[i : i + 1], other[j : j + 1]
    if a == RUN or b == RUN:
        if a:
            yield i + 1, j
        if b:
            yield i, j + 1
    elif a and b and (a == b or a in (ONE, ONE_IN_SEGMENT) or b in (ONE, ONE_IN_SEGMENT)):
        yield i + 1, j + 1


def literal_prefix(pattern: str) -> str:
    """The text that everything in the pattern begins with."""
    found = SPECIAL.search(pattern)
    return pattern[: found.start()] if found else pattern
