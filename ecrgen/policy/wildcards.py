"""Wildcards as regular expressions that match in linear time: `*` any run of characters, `?` exactly one.

A pattern comes in pieces, because the value of a policy variable is literal: a tag value `*` is an asterisk.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

__all__ = ["Pieces", "arn_regex", "compiled", "resource_regex", "text_regex"]

# Text and whether it is literal.
Pieces = tuple[tuple[str, bool], ...]

COLONS = 5


def text_regex(pieces: Pieces) -> str:
    """Plain text, as StringLike and action names compare it: `*` and `?` match every character."""
    return wildcards(tokens(pieces, colons=0)[0], ".")


def resource_regex(pieces: Pieces) -> str:
    """A Resource pattern: wildcards stay inside their ARN segment, but a `*` that ends one may run on past the colon.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    *segments, resource = tokens(pieces, COLONS)
    if len(segments) < COLONS:
        # fewer than six segments: the last one is no resource part, though its `*` may still run on
        return ":".join(wildcards(segment, "[^:]", run_on=True) for segment in (*segments, resource))
    return ":".join([*(wildcards(segment, "[^:]", run_on=True) for segment in segments), wildcards(resource, ".")])


def arn_regex(pieces: Pieces) -> str:
    """An ArnLike pattern: each of the six segments is compared by itself; `*` alone is every ARN.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    if pieces == (("*", False),):
        return ".*"
    *segments, resource = tokens(pieces, COLONS)
    last = "." if len(segments) == COLONS else "[^:]"
    return ":".join([*(wildcards(segment, "[^:]") for segment in segments), wildcards(resource, last)])


@lru_cache(maxsize=4096)
def compiled(regex: Callable[[Pieces], str], patterns: tuple[Pieces, ...]) -> re.Pattern[str]:
    """One expression for fullmatch that is any of the patterns."""
    return re.compile("|".join(f"(?:{regex(pieces)})" for pieces in patterns), re.DOTALL)


def tokens(pieces: Pieces, colons: int) -> list[list[str]]:
    """The segments of a pattern, cut at its first colons; each a list of `*`, `?` and escaped text."""
    segments: list[list[str]] = [[]]
    for text, literal in pieces:
        if literal:
            segments[-1].append(re.escape(text))
            continue
        for character in text:
            if character == ":" and len(segments) <= colons:
                segments.append([])
            else:
                segments[-1].append(character if character in "*?" else re.escape(character))
    return segments


def wildcards(segment: list[str], any_character: str, run_on: bool = False) -> str:
    """The expression of one segment; with `run_on`, a `*` at its end matches colons too."""
    chunks = [""]
    for token in segment:
        if token == "*":
            chunks.append("")
        else:
            chunks[-1] += any_character if token == "?" else token
    if len(chunks) == 1:
        return chunks[0]
    first, *middle, last = chunks
    final = "." if run_on and not last else any_character
    # the leftmost place of a chunk is as good as any other, so there is no going back: (?>…) is atomic
    return first + "".join(f"(?>{any_character}*?{chunk})" for chunk in middle if chunk) + f"{final}*" + last
