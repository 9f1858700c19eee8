"""The alphabet of patterns, and one regular expression that matches each in linear time.

A pattern is spelled as a text: plain characters stand for themselves, a wildcard is one character and a policy variable
a run of characters that no JSON text has (halves of surrogate pairs), so neither is mistaken for text. `arn:aws:ecr:*`
as a Resource is spelled `arn:aws:ecr:` + RUN, `us-*-1` in a segment `us-` + RUN_IN_SEGMENT + `-1`.

`*` is any run of characters and `?` exactly one. In a Resource they stay inside their ARN segment, but a `*` that ends
one may run on past the colon (docs/adr/0007); ArnLike compares each of the six segments by itself, and `*` alone is
every ARN; elsewhere they take colons like anything else.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
"""

from __future__ import annotations

import re
from typing import Literal

from ecrgen.errors import EcrgenError
from ecrgen.messages import HALF_PAIR
from ecrgen.policy.variables import COLONS, Template, Variable, parse, parse_resource, plain

__all__ = [
    "ONE",
    "ONE_IN_SEGMENT",
    "RUN",
    "RUN_IN_SEGMENT",
    "SPECIAL",
    "VARIABLE",
    "PatternKind",
    "expression",
    "is_wild",
    "refuse_surrogates",
    "spell",
    "spell_template",
    "variable_of",
]

# Any run of characters or one character; the same without a colon.
RUN, RUN_IN_SEGMENT, ONE, ONE_IN_SEGMENT = "\ud800", "\ud801", "\ud802", "\ud803"
VARIABLE_START, VARIABLE_END, VARIABLE_BYTE, DEFAULT_START = "\ud804", "\ud805", 0xDC00, "\ud806"

VARIABLE = re.compile(
    f"{VARIABLE_START}([^{VARIABLE_END}{DEFAULT_START}]*)(?:{DEFAULT_START}([^{VARIABLE_END}]*))?{VARIABLE_END}"
)
SPECIAL = re.compile("[\ud800-\udfff]")
RUNS = re.compile("([\ud800-\ud803]{2,})")
WRITTEN = re.compile("[*?:]")

# What a pattern is of: an action (in any case, and nothing without a service), a Resource, a value of StringLike or of
# ArnLike; the values of StringEquals are literal, and have variables only.
PatternKind = Literal["action", "resource", "text", "arn", "literal"]


def is_wild(text: str) -> bool:
    """True where a text as written has a wildcard."""
    return "*" in text or "?" in text


def refuse_surrogates(text: str) -> str:
    """The text. Raises EcrgenError for half of a surrogate pair, which no policy document can hold."""
    if not text.isascii() and SPECIAL.search(text):
        raise EcrgenError(f"{text!r} {HALF_PAIR}")
    return text


def spell(text: str, kind: PatternKind, variables: bool) -> str:
    """A policy's text in the alphabet of this module; `variables` says whether the Version has policy variables.

    Equal spellings match the same texts. Raises EcrgenError for half of a surrogate pair.
    """
    refuse_surrogates(text)
    if kind == "action":
        text = text.lower()
        if ":" not in text and text != "*":
            return text
    if "*" not in text and "?" not in text and not (variables and "${" in text and kind != "action"):
        return text
    if not variables or kind == "action":
        return spell_template(plain(text), kind)
    return spell_template(parse_resource(text) if kind == "resource" else parse(text), kind)


def spell_template(template: Template, kind: PatternKind) -> str:
    """The same for a text that is taken apart: wildcards by their kind, and where they stand in an ARN."""
    if kind == "arn" and template == (("*", False),):
        return RUN
    segments = [""]
    colons = COLONS if kind in ("arn", "resource") else 0
    wild = {} if kind == "literal" else {"*": RUN, "?": ONE}
    for part in template:
        if isinstance(part, Variable):
            segments[-1] += variable(part)
            continue
        text, literal = part
        if literal:
            segments[-1] += text
            continue
        first, *following = text.split(":", colons + 1 - len(segments)) if len(segments) <= colons else [text]
        for written, spelled in wild.items():
            first, *following = (each.replace(written, spelled) for each in (first, *following))
        segments[-1] += first
        segments += following
    heads = len(segments) if colons and len(segments) <= colons else len(segments) - 1
    segments[:heads] = [in_segment(segment, run_on=kind == "resource") for segment in segments[:heads]]
    return RUNS.sub(ordered, ":".join(segments))


def variable(part: Variable) -> str:
    default = "" if part.default is None else DEFAULT_START + encoded(part.default)
    return VARIABLE_START + encoded(part.key) + default + VARIABLE_END


def encoded(text: str) -> str:
    return "".join(chr(VARIABLE_BYTE + byte) for byte in text.encode())


def variable_of(found: re.Match[str]) -> Variable:
    """The variable that a match of VARIABLE spells."""
    key, default = (
        None if each is None else bytes(ord(character) - VARIABLE_BYTE for character in each).decode()
        for each in found.groups()
    )
    assert key is not None
    return Variable(key, key, default)


def in_segment(segment: str, run_on: bool) -> str:
    """The segment with wildcards that do not match colons; with `run_on`, a `*` at its end does."""
    last = RUN if run_on and segment.endswith(RUN) else ""
    inside = segment.removesuffix(last) if last else segment
    return inside.replace(RUN, RUN_IN_SEGMENT).replace(ONE, ONE_IN_SEGMENT) + last


def ordered(run: re.Match[str]) -> str:
    """Neighbouring wildcards in one order, a doubled run once: `?*`, `*?` and `*?*` name the same texts."""
    ones = "".join(c for c in run.group() if c in (ONE, ONE_IN_SEGMENT))
    # `*` in a segment beside one that runs on: the second alone says as much
    return ones + next((c for c in (RUN, RUN_IN_SEGMENT) if c in run.group()), "")


def expression(spelling: str) -> str:
    """The regular expression, for fullmatch, of a spelling without variables: greedy, leftmost chunk by chunk.

    What stands between two runs may take the leftmost place where it fits, for the run that follows takes what that
    leaves; so there is no going back, which (?>…) says, and the time is that of finding each chunk once. Only the last
    chunk has to end where the text does. `a*bc*d` is `a(?>.*?bc).*d`: in `abcxbcd`, `bc` is found at once, `.*`
    takes `xbc`. What stands before a colon within one segment ends at the next colon, wherever its chunks are.
    """
    first, *rest = spelling.split(RUN)
    if not rest:
        return block(first, ends=True)
    *middle, last = rest
    return (
        block(first, ends=False)
        + "".join(f"(?>.*?{block(text, ends=False)})" for text in middle if text)
        + (f".*{chunk(last)}" if RUN_IN_SEGMENT not in last else f".*?{block(last, ends=True)}")
    )


def block(text: str, ends: bool) -> str:
    """The expression for the text between two runs that take colons; `ends` where the text ends behind it."""
    first, *rest = text.split(RUN_IN_SEGMENT)
    if not rest:
        return chunk(first)
    if not ends:
        return chunk(first) + "".join(f"(?>[^:]*?{chunk(each)})" for each in rest)
    *middle, last = rest
    return chunk(first) + "".join(f"(?>[^:]*?{chunk(each)})" for each in middle) + f"[^:]*{chunk(last)}"


def chunk(text: str) -> str:
    return re.escape(text).replace(ONE, ".").replace(ONE_IN_SEGMENT, "[^:]")
