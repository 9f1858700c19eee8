"""Alternative conditions compared: the fewest that say the same, and those of one access that another leaves over.

"Covered" is certain; the opposite may be ignorance, as in ecrgen.policy.implication.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ecrgen.policy.access.work import Work
from ecrgen.policy.document import Condition
from ecrgen.policy.global_keys import may_have_several
from ecrgen.policy.implication import Restriction, implied, implies
from ecrgen.policy.operators import operator_of

__all__ = ["Alternatives", "beyond", "covered", "least"]

# An OR of more combinations of values than this is not taken apart.
MOST_COMBINATIONS = 1024
# A condition's key and one of its values.
Handle = tuple[str, str]


class Alternatives:
    """Restrictions of which one is enough, in their order, found by the values of their conditions.

    A condition whose values are compared as they are (StringEquals) is implied only by one that has a value in common.
    So a restriction with such conditions stands under the values of one of them, the rarest; all others are always
    looked at. Two collections are equal where they say the same in the same order.
    """

    __slots__ = ("all", "by_value", "hash", "known", "loose", "work")

    def __init__(self, restrictions: Iterable[Restriction], work: Work | None = None) -> None:
        self.all = tuple(restrictions)
        self.known = frozenset(self.all)
        self.work = work or Work()
        self.work.take(len(self.all))
        self.hash = hash(self.all)
        self.loose: list[int] = []
        self.by_value: dict[Handle, list[int]] = defaultdict(list)
        counts = Counter(handle for each in self.all for condition in each for handle in handles(condition))
        for place, restriction in enumerate(self.all):
            choices = [found for condition in restriction if (found := handles(condition))]
            if choices:
                for handle in min(choices, key=lambda found: sum(counts[each] for each in found)):
                    self.by_value[handle].append(place)
            else:
                self.loose.append(place)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Alternatives) and self.hash == other.hash and self.all == other.all)

    def __hash__(self) -> int:
        return self.hash

    def near(self, restriction: Restriction) -> list[Restriction]:
        """Those that the restriction may imply, in their order; every one that it does is among them."""
        if not all(condition.values for condition in restriction):  # what no value meets implies whatever it likes
            places: Sequence[int] = range(len(self.all))
        elif not self.by_value:
            places = self.loose
        else:
            met = {(condition.key, value) for condition in restriction for value in condition.values}
            found = {place for handle in met for place in self.by_value.get(handle, ())}
            places = sorted(found.union(self.loose)) if found else self.loose
        self.work.take(1 + len(places))
        return [self.all[place] for place in places]


def handles(condition: Condition) -> tuple[Handle, ...]:
    """The values of a condition of which one that implies it has at least one; empty where it may have others."""
    operator = operator_of(condition.operator)
    if operator.comparison.text != "literal":
        return ()
    # one that is negated is implied by what excludes all of its values, any other by what has only some of them
    values = condition.values[:1] if operator.negated else condition.values
    return tuple((condition.key, value) for value in values)


def least(restrictions: Iterable[Restriction], work: Work | None = None) -> tuple[Restriction, ...]:
    """Alternatives without those that another one implies, each without the conditions that its others imply."""
    distinct = sorted({simplified(restriction) for restriction in restrictions})
    if len(distinct) < 2 or not distinct[0]:
        return tuple(distinct[:1])
    alternatives = Alternatives(distinct, work)
    dropped: set[Restriction] = set()
    for item in reversed(distinct):
        others = (other for other in alternatives.near(item) if other is not item and other not in dropped)
        if implied(item, others):
            dropped.add(item)
    return tuple(item for item in distinct if item not in dropped)


def simplified(restriction: Restriction) -> Restriction:
    if len(restriction) < 2:
        return restriction
    by_key: dict[str, list[Condition]] = defaultdict(list)
    for condition in restriction:
        by_key[condition.key].append(condition)
    kept = {
        condition
        for alike in by_key.values()
        for condition in without_implied(alike, lambda one, other: implies(other, one))
    }
    return tuple(condition for condition in restriction if condition in kept)


def without_implied(items: Sequence[Any], needless: Callable[[Any, Any], bool]) -> tuple[Any, ...]:
    """The items without those that another makes needless; of two that do it to each other, the first stays."""
    kept = list(items)
    for item in reversed(items):
        others = [other for other in kept if other is not item]
        if any(needless(item, other) for other in others):
            kept = others
    return tuple(kept)


def is_choice(condition: Condition) -> bool:
    """True where several values of a condition are the same as several alternatives of one value each.

    Without ForAnyValue that is so only of a key that has one value: `StringEquals` of a and b holds in an Allow where a
    request has both, and neither value alone does.
    """
    operator = operator_of(condition.operator)
    if operator.negated or operator.qualifier == "ForAllValues":
        return False
    return bool(operator.qualifier) or not may_have_several(condition.key)


def covered(restriction: Restriction, alternatives: Alternatives) -> bool:
    """True where whatever meets the restriction meets one of the alternatives, perhaps another for another value."""
    if restriction in alternatives.known:
        return True
    combinations = 1
    for condition in restriction:
        combinations *= max(1, len(condition.values)) if is_choice(condition) else 1
    return covered_by_value(restriction, alternatives, split=combinations <= MOST_COMBINATIONS)


def covered_by_value(restriction: Restriction, alternatives: Alternatives, split: bool) -> bool:
    if implied(restriction, alternatives.near(restriction)):
        return True
    for index, condition in enumerate(restriction if split and alternatives.all else ()):
        if len(condition.values) > 1 and is_choice(condition):
            singles = (condition._replace(values=(value,)) for value in condition.values)
            return all(
                covered_by_value((*restriction[:index], single, *restriction[index + 1 :]), alternatives, split)
                for single in singles
            )
    return False


def beyond(restrictions: Iterable[Restriction], others: Alternatives) -> Iterator[tuple[Restriction, Alternatives]]:
    """The alternatives that allow more than the others: each with the others that it still has to be told from.

    Where one of the others has the same conditions with some of the values, the values that are left say it all.
    """
    for restriction in restrictions:
        if not covered(restriction, others):
            left = restriction
            used: set[Restriction] = set()
            for other in others.near(restriction):
                smaller = less(left, other)
                if smaller is not None:
                    left = smaller
                    used.add(other)
            rest = others if not used else Alternatives([each for each in others.all if each not in used], others.work)
            yield left, rest


def less(restriction: Restriction, other: Restriction) -> Restriction | None:
    """The restriction without the values that the other has; None where they differ in more, or not in whole values."""
    for mine in restriction:
        operator = operator_of(mine.operator)
        its = next((its for its in other if (its.operator, its.key) == (mine.operator, mine.key)), None)
        if its is None or operator.if_exists or not is_choice(mine):
            continue
        if implied(without(restriction, mine), [without(other, its)]):
            left = tuple(value for value in mine.values if not implies(mine._replace(values=(value,)), its))
            if left and left != mine.values:
                return tuple(mine._replace(values=left) if each == mine else each for each in restriction)
    return None


def without(restriction: Restriction, condition: Condition) -> Restriction:
    return tuple(each for each in restriction if each != condition)
