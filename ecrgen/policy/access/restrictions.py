"""Alternative conditions compared: the fewest that say the same, and those of one access that another leaves over.

"Covered" is certain; the opposite may be ignorance, as in ecrgen.policy.implication.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ecrgen.policy.document import Condition
from ecrgen.policy.implication import Restriction, implied, implies
from ecrgen.policy.operators import operator_of

__all__ = ["beyond", "covered", "least"]

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
