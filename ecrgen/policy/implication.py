"""Conditions compared: does one imply another, by what operators and values say.

Nothing here looks at a request, so it can only be sure of what follows from the operators. "Implied" is certain; the
opposite may be ignorance.
Operators: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Any

from ecrgen.policy.document import Condition
from ecrgen.policy.operators import Comparison, Operator, Order, operator_of
from ecrgen.policy.patterns import Pattern
from ecrgen.policy.values import Unreadable

__all__ = ["Restriction", "implied", "implies"]

# Conditions that hold together, sorted; none at all is the empty tuple.
Restriction = tuple[Condition, ...]


def implied(restriction: Restriction, alternatives: Iterable[Restriction]) -> bool:
    """True where whatever meets the restriction meets one of the alternatives, always the same one."""
    return any(all(any(implies(mine, its) for mine in restriction) for its in other) for other in alternatives)


@lru_cache(maxsize=4096)
def implies(one: Condition, other: Condition) -> bool:
    """True where every request that meets the one condition meets the other."""
    if one.key != other.key:
        return False
    if one.operator == other.operator and one.values == other.values:
        return True
    ours, theirs = operator_of(one.operator), operator_of(other.operator)
    if (ours.qualifier, ours.negated) != (theirs.qualifier, theirs.negated):
        return False
    if ours.holds_absent and not theirs.holds_absent:
        return False
    if ours.negated:
        return all(any(reaches(theirs, value, ours, its) for its in one.values) for value in other.values)
    return all(any(reaches(ours, value, theirs, its) for its in other.values) for value in one.values)


def reaches(narrow: Operator, value: str, wide: Operator, its: str) -> bool:
    """True where what one operator matches with its value, the other matches with its own; negation apart."""
    ours, theirs = narrow.comparison, wide.comparison
    if ours is theirs and value == its:
        return True
    match ours.text, theirs.text:
        case (("literal" | "ignoring case"), "ignoring case"):
            return value.lower() == its.lower()
        case None, None:
            return value_reaches(ours, value, theirs, its)
        case "literal", "pattern":
            return Pattern.of(its, "text").contains(Pattern.of(value, "literal"))
        case "pattern", "pattern":
            return Pattern.of(its, "text").contains(Pattern.of(value, "text"))
        case "ARN pattern", "ARN pattern":
            return Pattern.of(its, "arn").contains(Pattern.of(value, "arn"))
        case _:
            return False


def value_reaches(ours: Comparison, value: str, theirs: Comparison, its: str) -> bool:
    """The same for values of a type. What cannot be read is not compared."""
    narrow, wide = ours.type.read(value), theirs.type.read(its)
    if ours.type is not theirs.type or isinstance(narrow, Unreadable) or isinstance(wide, Unreadable):
        return False
    if ours.order is not None and theirs.order is not None:
        return in_order(ours.order, narrow, theirs.order, wide)
    return ours is theirs and ours.within(narrow, wide)


def in_order(narrow: Order, value: Any, wide: Order, its: Any) -> bool:
    """The same for numbers and dates: less than 5 implies less than 7, and at most 5."""
    if narrow is wide or (narrow, wide) in ((lt, le), (gt, ge)):
        return bool({lt: le, gt: ge}.get(narrow, narrow)(value, its))
    return False
