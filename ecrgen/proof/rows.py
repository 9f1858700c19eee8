"""Differences as rows, in which is looked for who is allowed an action on what"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ecrgen.policy.access import Difference, Names
from ecrgen.policy.access.named import Several, Whom, holds

__all__ = ["Row", "Rows", "Where", "products"]


class Where(NamedTuple):
    """A resource, and who is allowed something there."""

    resource: Names
    whom: Names


class Row:
    """A difference, with its resources and principals to look among."""

    def __init__(self, difference: Difference) -> None:
        self.difference = difference
        self.places = Several(difference.resources)
        self.whom = Whom(difference.principals)

    def wheres(self) -> Iterator[Where]:
        return (Where(resource, whom) for whom in self.whom.all for resource in self.places.all)

    def gives(self, where: Where) -> bool:
        """True where the row is about all of a resource and of a principal; False may be ignorance."""
        return where.resource in self.places and where.whom in self.whom

    def meets(self, where: Where) -> bool:
        """True where the row may be about some of a resource, for a principal; never False where it is."""
        return self.places.meets(where.resource) and self.whom.meets(where.whom)


class Rows:
    """Rows by the actions that they speak of."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.all = tuple(rows)
        self.known: dict[str, tuple[Row, ...]] = {}

    def about(self, action: str) -> tuple[Row, ...]:
        if action not in self.known:
            self.known[action] = tuple(
                row for row in self.all if any(holds(each, action) for each in row.difference.actions)
            )
        return self.known[action]


def products(wheres: Iterable[Where]) -> Iterator[tuple[tuple[Names, ...], tuple[Names, ...]]]:
    """Resources with principals, each of these with each of those: in the order in which they come."""
    resources: defaultdict[Names, list[Names]] = defaultdict(list)
    for where in wheres:
        resources[where.whom].append(where.resource)
    alike: defaultdict[tuple[Names, ...], list[Names]] = defaultdict(list)
    for whom, some in resources.items():
        alike[tuple(some)].append(whom)
    yield from ((some, tuple(whom)) for some, whom in alike.items())
