"""Conditions compared: what implies what, and what of an access the conditions of another leave over.

Nothing here looks at a request, so it can only be sure of what follows from the operators. "Implied" and "covered" are
certain; the opposite may be ignorance.
Operators: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Any

from ecrgen.policy.access.rules import Restriction, condition_pattern
from ecrgen.policy.document import Condition
from ecrgen.policy.operators import Comparison, Operator, Order, operator_of
from ecrgen.policy.values import Unreadable

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
    """True where whatever meets the restriction meets one of the alternatives, always the same one."""
    return any(all(any(implies(mine, its) for mine in restriction) for its in other) for other in alternatives)


def covered(restriction: Restriction, alternatives: Sequence[Restriction]) -> bool:
    """True where whatever meets the restriction meets one of the alternatives, perhaps another for another value."""
    combinations = 1
    for condition in restriction:
        combinations *= max(1, len(condition.values)) if operator_of(condition.operator).is_choice else 1
    return covered_by_value(restriction, alternatives, split=combinations <= MOST_COMBINATIONS)


def covered_by_value(restriction: Restriction, alternatives: Sequence[Restriction], split: bool) -> bool:
    if implied(restriction, alternatives):
        return True
    for index, condition in enumerate(restriction if split and alternatives else ()):
        if len(condition.values) > 1 and operator_of(condition.operator).is_choice:
            singles = (condition._replace(values=(value,)) for value in condition.values)
            return all(
                covered_by_value((*restriction[:index], single, *restriction[index + 1 :]), alternatives, split)
                for single in singles
            )
    return False


def beyond(
    restrictions: Sequence[Restriction], others: Sequence[Restriction]
) -> list[tuple[Restriction, tuple[Restriction, ...]]]:
    """The alternatives that allow more than the others: each with the others that it still has to be told from.

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
        if its is None or operator.if_exists or not operator.is_choice:
            continue
        if implied(without(restriction, mine), [without(other, its)]):
            left = tuple(value for value in mine.values if not implies(mine._replace(values=(value,)), its))
            if left and left != mine.values:
                return tuple(mine._replace(values=left) if each == mine else each for each in restriction)
    return None


def without(restriction: Restriction, condition: Condition) -> Restriction:
    return tuple(each for each in restriction if each != condition)


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
            return condition_pattern(its, "text").contains(condition_pattern(value, "literal"))
        case "pattern", "pattern":
            return condition_pattern(its, "text").contains(condition_pattern(value, "text"))
        case "ARN pattern", "ARN pattern":
            return condition_pattern(its, "arn").contains(condition_pattern(value, "arn"))
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
