"""The values of a policy variable that can make a text of a policy the actual one."""

from __future__ import annotations

from typing import NamedTuple

from ecrgen.policy.document import Condition
from ecrgen.policy.operators import TextMatch, operator_of
from ecrgen.policy.request import Request
from ecrgen.policy.variables import Variable, parse, value_of
from ecrgen.policy.wildcards import PatternKind, is_wild, spell_template

__all__ = ["Fitting", "fitting", "spelled", "unfitting"]

KINDS: dict[TextMatch, PatternKind] = {
    "literal": "literal",
    "ignoring case": "literal",
    "pattern": "text",
    "ARN pattern": "arn",
}


def spelled(value: str, condition: Condition, replaced: bool, request: Request) -> str | None:
    """A value of a condition as completions compare it; None where a variable in it has no value (yet)."""
    match_ = operator_of(condition.operator).comparison.text
    if match_ is None:
        return value
    template = parse(value) if replaced else ((value, False),)
    filled = tuple((value_of(part, request.keys), True) if isinstance(part, Variable) else part for part in template)
    pieces = tuple((text, literal) for text, literal in filled if text is not None)
    if len(pieces) < len(filled):
        return None
    text = spell_template(pieces, KINDS[match_])
    return text.lower() if match_ == "ignoring case" else text


class Fitting(NamedTuple):
    """Values of a variable with which a text may be the actual one; `complete` where no other value can make it so."""

    values: tuple[str, ...]
    complete: bool


def unfitting(actual: str) -> tuple[str, ...]:
    """A value with which no text is the actual one: a character that is not in it."""
    return tuple([each for each in "zqxjkvwyZQXJKVWY~^" if each not in actual][:1])


def fitting(text: str, key: str, actual: str) -> Fitting:
    """What stands in the actual text where the variable does, between the plain texts on either side of it."""
    before, after = "", ""
    others = seen = False
    for part in parse(text):
        if isinstance(part, Variable):
            others = others or seen or part.key != key
            if part.key == key:
                seen = True
            elif not seen:
                before = ""
        elif not seen:
            plain, literal = part
            others = others or (not literal and is_wild(plain))
            before += plain if literal else plain.replace("?", "*").rpartition("*")[2]
        elif not after:
            plain, literal = part
            others = others or (not literal and is_wild(plain))
            after = plain if literal else plain.replace("?", "*").partition("*")[0]
    if not others:
        fits = actual.startswith(before) and actual.endswith(after) and len(actual) >= len(before) + len(after)
        return Fitting((actual[len(before) : len(actual) - len(after)],) if fits else (), True)
    start = actual.find(before) + len(before)
    if start < len(before):
        return Fitting((), False)
    ends = {actual.find(after, start), actual.rfind(after, start)} if after else {start, len(actual)}
    return Fitting(tuple(sorted(actual[start:end] for end in ends if end >= 0)), False)
