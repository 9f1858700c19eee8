"""Access gained and lost in operations where they are whole, `push on team/web`, and in API actions where not.

An operation is gained on a resource where all of its actions, and those of the operations that it needs, are allowed
there afterwards, and one of its own was not before; it is lost where it was so, and is not any more. An operation of
which something is denied, if only under conditions, is never called whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ecrgen.catalog.model import Operation, Target
from ecrgen.policy import reference
from ecrgen.policy.access import Difference, Direction, Names, diff
from ecrgen.policy.access.difference import sentence
from ecrgen.policy.access.named import Several, holds
from ecrgen.policy.access.wording import Wording
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.implication import Restriction
from ecrgen.proof.operations import needed
from ecrgen.proof.short_names import short_names

__all__ = ["Told", "told"]

Operations = Mapping[str, Operation]
ANYTHING = Names("*")


@dataclass(frozen=True, slots=True)
class Told:
    """Access gained or lost: the operations that are whole by it, and the actions `beside` those of the operations.

    `differences` are all of it in API actions; the first has the resources and conditions that are told, and what the
    others speak about lies within these. `resourceless` are operations that are asked of no resource.
    """

    differences: tuple[Difference, ...]
    operations: tuple[str, ...] = ()
    beside: tuple[Names, ...] = ()
    resourceless: bool = False

    @property
    def direction(self) -> Direction:
        return self.differences[0].direction

    def words(self, wording: Wording, home: Target) -> str:
        """One sentence without its subject. Repositories of the home's account and regions have their names alone."""
        first = self.differences[0]
        nowhere = self.resourceless and [str(each) for each in first.resources] == ["*"]
        resources = () if nowhere else tuple(short_names(first.resources, home))
        actions = (*map(Names, self.operations), *self.beside)
        return sentence(replace(first, actions=actions, resources=resources, arn_prefix=""), wording)


def told(operations: Operations, old: Sequence[PolicyDocument], new: Sequence[PolicyDocument]) -> tuple[Told, ...]:
    """What is gained and lost by whoever had the old documents and gets the new ones. Raises EcrgenError as `diff`."""
    differences = diff(old, new)
    found = [Told((each,), beside=each.actions) for each in differences if not speaks_of_operations(each)]
    sides: tuple[tuple[Direction, Sequence[PolicyDocument]], ...] = (("gained", new), ("lost", old))
    for direction, documents in sides:
        rows = [Row(each) for each in differences if each.direction == direction and speaks_of_operations(each)]
        if rows:
            found += Telling(operations, rows, documents).lines()
    return tuple(found)


def speaks_of_operations(difference: Difference) -> bool:
    return difference.effect == "Allow" and not difference.uncompared


class Row:
    """A difference, with its resources to look among."""

    def __init__(self, difference: Difference) -> None:
        self.difference = difference
        self.places = Several(difference.resources)

    def speaks_of(self, action: str) -> bool:
        return any(holds(each, action) for each in self.difference.actions)

    def gives(self, action: str, resource: Names) -> bool:
        """True where the row is about an action on all of a resource; False may be ignorance."""
        return self.speaks_of(action) and resource in self.places

    def meets(self, action: str, resource: Names) -> bool:
        """True where the row may be about an action on some of a resource; never False where it is."""
        return self.speaks_of(action) and self.places.meets(resource)


class Place(NamedTuple):
    """A resource, the conditions under which something is allowed there, and those under which it was so already."""

    resource: Names
    conditions: Restriction
    otherwise: tuple[Restriction, ...]


class Telling:
    """The rows of one direction, in operations. `documents` are those of the side that allows what the rows tell."""

    def __init__(self, operations: Operations, rows: Sequence[Row], documents: Sequence[PolicyDocument]) -> None:
        self.operations = operations
        self.rows = rows
        self.documents = documents
        self.whole_side: tuple[Row, ...] | None = None

    def lines(self) -> Iterator[Told]:
        """What is told of the places, those together that differ in their resources only."""
        places: defaultdict[Place, dict[Names, None]] = defaultdict(dict)
        for row in (row.difference for row in self.rows):
            for resource in row.resources:
                places[Place(resource, row.conditions, row.otherwise)].update(dict.fromkeys(row.actions))
        alike: defaultdict[tuple[tuple[str, ...], tuple[Names, ...], Place], list[Names]] = defaultdict(list)
        for place, actions in places.items():
            for names, some in self.parts(place, tuple(actions)):
                alike[names, some, place._replace(resource=ANYTHING)].append(place.resource)
        lines = [self.line(names, some, place, resources) for (names, some, place), resources in alike.items()]
        wide = [line for line in lines if not any(is_part(line, outer) for outer in lines)]
        inner = {line: outer for outer in wide for line in lines if is_part(line, outer)}
        for line in wide:
            parts = (each for other in lines if inner.get(other) is line for each in other.differences)
            yield replace(line, differences=(*line.differences, *parts))

    def line(
        self, names: tuple[str, ...], actions: tuple[Names, ...], place: Place, resources: Sequence[Names]
    ) -> Told:
        own = {action.lower() for name in names for action in self.operations[name].actions}
        difference = replace(
            self.rows[0].difference,
            actions=actions,
            resources=tuple(resources),
            conditions=place.conditions,
            otherwise=place.otherwise,
        )
        beside = tuple(each for each in actions if str(each).lower() not in own)
        resourceless = not beside and all(self.operations[name].on == "registry" for name in names)
        return Told((difference,), names, beside, resourceless)

    def parts(self, place: Place, actions: tuple[Names, ...]) -> Iterator[tuple[tuple[str, ...], tuple[Names, ...]]]:
        """The actions of a place in parts: those of operations of the registry, and the others, with the operations."""
        names = self.whole(place, actions)
        registry = tuple(name for name in names if self.operations[name].on == "registry")
        own = {action.lower() for name in registry for action in self.operations[name].actions}
        of_registry = tuple(each for each in actions if str(each).lower() in own)
        rest = tuple(each for each in actions if str(each).lower() not in own)
        if registry:
            yield registry, of_registry
        if rest:
            yield tuple(name for name in names if name not in registry), rest

    def whole(self, place: Place, actions: tuple[Names, ...]) -> list[str]:
        """The operations that the actions make whole, but for those whose actions another one has as well."""
        plain = {str(each).lower() for each in actions}
        found: dict[str, frozenset[str]] = {}
        for name, operation in self.operations.items():
            own = frozenset(action.lower() for action in operation.actions)
            if own & plain and self.is_whole(operation, place, actions) and own not in found.values():
                found[name] = own
        return [name for name, own in found.items() if not any(own < other for other in found.values())]

    def is_whole(self, operation: Operation, place: Place, actions: tuple[Names, ...]) -> bool:
        """True where all that an operation needs is allowed in a place, and was no more so than the actions were."""
        if operation.on == "registry" and place.resource != ANYTHING:
            return False
        for action, resource in self.asked(operation, place.resource):
            if not self.comes_along(place, action, resource):
                if place.otherwise and any(row.meets(action, resource) for row in self.rows):
                    return False
                if not self.allows(action, resource, place.conditions):
                    return False
            if self.denies(action, resource):
                return False
        return True

    def comes_along(self, place: Place, action: str, resource: Names) -> bool:
        """True where an action on a resource is told of under the very conditions of the place."""
        return any(
            (row.difference.conditions, row.difference.otherwise) == (place.conditions, place.otherwise)
            and row.gives(action, resource)
            for row in self.rows
        )

    def asked(self, operation: Operation, resource: Names) -> Iterator[tuple[str, Names]]:
        for each in needed(self.operations, operation.name):
            for action in each.actions:
                known = reference.action(action)
                on_none = each.on == "registry" or (known is not None and not known.resource_types)
                yield action, ANYTHING if on_none else resource

    @property
    def side(self) -> tuple[Row, ...]:
        """All that the documents allow and deny."""
        if self.whole_side is None:
            self.whole_side = tuple(map(Row, diff(None, self.documents)))
        return self.whole_side

    def allows(self, action: str, resource: Names, conditions: Restriction) -> bool:
        return any(
            speaks_of_operations(row.difference)
            and set(row.difference.conditions) <= set(conditions)
            and row.gives(action, resource)
            for row in self.side
        )

    def denies(self, action: str, resource: Names) -> bool:
        """False where no statement denies some of it."""
        if all(statement.effect == "Allow" for document in self.documents for statement in document.statements):
            return False
        return any(row.difference.effect == "Deny" and row.meets(action, resource) for row in self.side)


def is_part(line: Told, outer: Told) -> bool:
    """True where another line tells the same operations of all the resources of a line, and of more."""
    one, other = line.differences[0], outer.differences[0]
    mine, its = Several(one.resources), Several(other.resources)
    return (
        bool(line.operations)
        and not line.beside
        and set(line.operations) <= set(outer.operations)
        and (one.conditions, one.otherwise) == (other.conditions, other.otherwise)
        and mine.within(its)
        and not its.within(mine)
    )
