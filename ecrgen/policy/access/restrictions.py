"""Conditions compared: what implies what, and what of an access the conditions of another leave over.

Nothing here looks at a request, so it can only be sure of what follows from the operators. "Implied" and "covered" are
certain; the opposite may be ignorance.
Operators: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from ecrgen.policy.access.patterns import holds
from ecrgen.policy.access.rules import Restriction, condition_pattern
from ecrgen.policy.conditions import Operator, operator_of
from ecrgen.policy.document import Condition
from ecrgen.policy.values import instant, network, number

__all__ = ["beyond", "covered", "implied", "least"]

# An OR of more combinations of values than this is not taken apart.
MOST_COMBINATIONS = 1024


def least(restrictions: Iterable[Restriction]) -> tuple[Restriction, ...]:
    """Alternatives without those that another one implies, each without the conditions that its others imply."""
    distinct = sorted({simplified(restriction) for restriction in restrictions})
    return without_implied(distinct, lambda one, other: implied(one, [other]))


def simplified(restriction: Restriction) -> Restriction:
    return without_implied(restriction, lambda one, other: implies(other, one))


def without_implied(items: Sequence[Any], needless: Callable[[Any, Any], bool]) -> tuple[Any, ...]:
    """The items without those that another makes needless; of two that do it to each other, the first stays."""
    kept = list(items)
    for item in reversed(items):
        others = [other for other in kept if other is not item]
        if any(needless(item, other) for other in others):
            kept = others
    return tuple(kept)


def implied(restriction: Restriction, alternatives: Iterable[Restriction]) -> bool:
    """Whether whatever meets the restriction meets one of the alternatives, always the same one."""
    return any(all(any(implies(mine, its) for mine in restriction) for its in other) for other in alternatives)


def covered(restriction: Restriction, alternatives: Sequence[Restriction]) -> bool:
    """Whether whatever meets the restriction meets one of the alternatives, perhaps another one for another value."""
    combinations = 1
    for condition in restriction:
        combinations *= max(1, len(condition.values)) if is_choice(operator_of(condition.operator)) else 1
    return covered_by_value(restriction, alternatives, split=combinations <= MOST_COMBINATIONS)


def covered_by_value(restriction: Restriction, alternatives: Sequence[Restriction], split: bool) -> bool:
    if implied(restriction, alternatives):
        return True
    for index, condition in enumerate(restriction if split and alternatives else ()):
        if len(condition.values) > 1 and is_choice(operator_of(condition.operator)):
            singles = (condition._replace(values=(value,)) for value in condition.values)
            return all(
                covered_by_value((*restriction[:index], single, *restriction[index + 1 :]), alternatives, split)
                for single in singles
            )
    return False


def beyond(
    restrictions: Sequence[Restriction], others: Sequence[Restriction]
) -> list[tuple[Restriction, tuple[Restriction, ...]]]:
    """What the alternatives allow beyond the others: each with the others it still has to be told from.

    Where one of the others has the same conditions with some of the values, the values that are left say it all.
    """
    found = []
    for restriction in restrictions:
        if not covered(restriction, others):
            left, rest = restriction, list(others)
            for other in others:
                smaller = less(left, other)
                if smaller is not None:
                    left = smaller
                    rest.remove(other)
            found.append((left, tuple(rest)))
    return found


def less(restriction: Restriction, other: Restriction) -> Restriction | None:
    """The restriction without the values that the other has; None where they differ in more, or not in whole values."""
    for mine in restriction:
        operator = operator_of(mine.operator)
        its = next((its for its in other if (its.operator, its.key) == (mine.operator, mine.key)), None)
        if its is None or operator.if_exists or not is_choice(operator):
            continue
        if implied(without(restriction, mine), [without(other, its)]):
            left = tuple(value for value in mine.values if not implies(mine._replace(values=(value,)), its))
            if left and left != mine.values:
                return tuple(mine._replace(values=left) if each == mine else each for each in restriction)
    return None


def without(restriction: Restriction, condition: Condition) -> Restriction:
    return tuple(each for each in restriction if each != condition)


def is_choice(operator: Operator) -> bool:
    """Whether several values of the operator are the same as several alternatives of one value each."""
    return not operator.negated and operator.qualifier != "ForAllValues"


@lru_cache(maxsize=4096)
def implies(one: Condition, other: Condition) -> bool:
    """Whether every request that meets the one condition meets the other."""
    if one.key != other.key:
        return False
    if one.operator == other.operator and one.values == other.values:
        return True
    ours, theirs = operator_of(one.operator), operator_of(other.operator)
    if (ours.qualifier, ours.negated) != (theirs.qualifier, theirs.negated):
        return False
    if holds_absent(ours) and not holds_absent(theirs):
        return False
    if ours.negated:
        return all(any(reaches(theirs, value, ours, its) for its in one.values) for value in other.values)
    return all(any(reaches(ours, value, theirs, its) for its in other.values) for value in one.values)


def holds_absent(operator: Operator) -> bool:
    """Whether the condition holds for a request without the key."""
    match operator.qualifier:
        case "ForAllValues":
            return True
        case "ForAnyValue":
            return operator.if_exists
        case _:
            return operator.negated or operator.if_exists


def reaches(narrow: Operator, value: str, wide: Operator, its: str) -> bool:
    """Whether what one operator matches with its value, the other matches with its own; negation apart."""
    match narrow.positive, wide.positive:
        case "StringEquals", "StringLike":
            return holds(condition_pattern(its, "text"), condition_pattern(value, "literal"))
        case "StringLike", "StringLike":
            return holds(condition_pattern(its, "text"), condition_pattern(value, "text"))
        case "ArnLike", "ArnLike":
            return holds(condition_pattern(its, "arn"), condition_pattern(value, "arn"))
        case (("StringEquals" | "StringEqualsIgnoreCase"), "StringEqualsIgnoreCase"):
            return value.lower() == its.lower()
        case "IpAddress", "IpAddress":
            return value == its or contains(its, value)
        case (a, b) if a.startswith(("Numeric", "Date")):
            return in_order(a, value, b, its)
        case a, b:
            return a == b and value == its


def contains(outer: str, inner: str) -> bool:
    """Whether one range of IP addresses lies in another."""
    wide, narrow = network(outer), network(inner)
    if wide is None or narrow is None or wide.version != narrow.version:
        return False
    return narrow.mask & wide.mask == wide.mask and narrow.base & wide.mask == wide.base


def in_order(narrow: str, value: str, wide: str, its: str) -> bool:
    """The same for numbers and dates: less than 5 implies less than 7, and at most 5."""
    if value == its and narrow == wide:
        return True
    read: Callable[[str], Any] = number if narrow.startswith("Numeric") else instant
    ours, theirs = read(value), read(its)
    if ours is None or theirs is None:
        return False
    if narrow == wide or narrow + "Equals" == wide:
        if "LessThan" in narrow:
            return bool(ours <= theirs)
        if "GreaterThan" in narrow:
            return bool(ours >= theirs)
        return bool(ours == theirs)
    return False
