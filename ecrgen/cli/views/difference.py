"""The differences that `diff` finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ecrgen.cli.views.formats import Item, Marked
from ecrgen.policy.access import Difference
from ecrgen.policy.access.wording import POLICY
from ecrgen.policy.document import Condition
from ecrgen.proof.whole import Told

__all__ = ["condition_values", "difference_values", "text", "values"]


def text(found: tuple[Told, ...]) -> Iterator[Item]:
    for each in in_order(found):
        yield Marked(each.words(POLICY), each.words(POLICY), "green" if each.direction == "gained" else "red")


def values(found: tuple[Told, ...]) -> list[dict[str, Any]]:
    """Each in words, with its operations and all of its API actions; what is part of another follows it."""
    return [
        difference_values(difference)
        | ({"words": each.words(POLICY)} if number == 0 else {})
        | ({"operations": list(each.operations)} if number == 0 and each.operations else {})
        for each in in_order(found)
        for number, difference in enumerate(each.differences)
    ]


def in_order(found: Iterable[Told]) -> list[Told]:
    """What is gained and then what is lost, what is allowed and then what is denied."""
    return sorted(found, key=lambda each: (each.direction, each.differences[0].effect, each.words(POLICY)))


def difference_values(each: Difference) -> dict[str, Any]:
    """A difference in API actions, with the conditions of it, and those under which the other side has it, too."""
    return {
        "direction": each.direction,
        "effect": each.effect,
        "actions": [str(names) for names in each.actions],
        "resources": [str(names) for names in each.resources],
        **({"principals": [str(names) for names in each.principals]} if each.principals else {}),
        **({"conditions": condition_values(each.conditions)} if each.conditions else {}),
        **({"otherwise": [condition_values(some) for some in each.otherwise]} if each.otherwise else {}),
        "words": each.words,
        **({"uncompared": each.uncompared} if each.uncompared else {}),
    }


def condition_values(conditions: Iterable[Condition]) -> list[dict[str, Any]]:
    return [{"operator": each.operator, "key": each.key, "values": list(each.values)} for each in conditions]
