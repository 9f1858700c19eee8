"""Access gained and lost in operations where they are whole, `push on team/web`, and in API actions where not.

An operation is gained on a resource where all of its actions, and those of the operations that it needs, are allowed
there afterwards, and one of its own was not before; it is lost where it was so, and is not any more. An operation of
which something is denied, if only under conditions, is never called whole.

In the policies of resources it is so for each principal that they name, and counts by what is asked of repositories:
login is asked of none, so no such policy allows it, and whoever is let in has it by an identity policy of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from ecrgen.catalog.model import Operation, Target
from ecrgen.policy import reference
from ecrgen.policy.access import Difference, Direction, Names, diff
from ecrgen.policy.access.difference import sentence
from ecrgen.policy.access.named import HOLDER, Several, Whom
from ecrgen.policy.access.wording import Wording
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.implication import Restriction
from ecrgen.proof.operations import needed
from ecrgen.proof.rows import Row, Rows, Where, products
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

    def words(self, wording: Wording, home: Target | None = None) -> str:
        """One sentence without its subject. Repositories of the home's account and regions have their names alone."""
        first = self.differences[0]
        nowhere = self.resourceless and [str(each) for each in first.resources] == ["*"]
        said = replace(first, actions=(*map(Names, self.operations), *self.beside))
        if nowhere:
            said = replace(said, resources=())
        elif home is not None:
            said = replace(said, resources=tuple(short_names(first.resources, home)), arn_prefix="")
        return sentence(said, wording)


def told(
    operations: Operations,
    old: Sequence[PolicyDocument],
    new: Sequence[PolicyDocument],
    *,
    of_resources: bool = False,
) -> tuple[Told, ...]:
    """What is gained and lost by whoever had the old documents and gets the new ones. Raises EcrgenError as `diff`.

    `of_resources`: the documents are of resources, for one whom they name, also where they do not say so themselves.
    """
    differences = diff(old, new)
    of_resources = of_resources or any(each.principals for each in differences)
    found = [Told((each,), beside=each.actions) for each in differences if not speaks_of_operations(each)]
    sides: tuple[tuple[Direction, Sequence[PolicyDocument]], ...] = (("gained", new), ("lost", old))
    for direction, documents in sides:
        rows = [Row(each) for each in differences if each.direction == direction and speaks_of_operations(each)]
        if rows:
            found += Telling(operations, rows, documents, of_resources).lines()
    return tuple(found)


def speaks_of_operations(difference: Difference) -> bool:
    return difference.effect == "Allow" and not difference.uncompared


class Place(NamedTuple):
    """Where something is allowed, the conditions of that, and those under which it was so already."""

    where: Where
    conditions: Restriction
    otherwise: tuple[Restriction, ...]


ANYWHERE = Where(ANYTHING, HOLDER)


class Telling:
    """The rows of one direction, in operations. `documents` are those of the side that allows what the rows tell."""

    def __init__(
        self, operations: Operations, rows: Iterable[Row], documents: Sequence[PolicyDocument], of_resources: bool
    ) -> None:
        self.operations = operations
        self.rows = Rows(rows)
        self.documents = documents
        self.of_resources = of_resources

    def lines(self) -> Iterator[Told]:
        """What is told of the places, those together that differ in their resources and principals only."""
        places: defaultdict[Place, dict[Names, None]] = defaultdict(dict)
        for row in self.rows.all:
            for where in row.wheres():
                place = Place(where, row.difference.conditions, row.difference.otherwise)
                places[place].update(dict.fromkeys(row.difference.actions))
        alike: defaultdict[tuple[tuple[str, ...], tuple[Names, ...], Place], list[Where]] = defaultdict(list)
        for place, actions in places.items():
            for names, some in self.parts(place, tuple(actions)):
                alike[names, some, place._replace(where=ANYWHERE)].append(place.where)
        lines = [
            self.line(names, some, place, *product)
            for (names, some, place), wheres in alike.items()
            for product in products(wheres)
        ]
        wide = [line for line in lines if not any(is_part(line, outer) for outer in lines)]
        inner = {line: outer for outer in wide for line in lines if is_part(line, outer)}
        for line in wide:
            parts = (each for other in lines if inner.get(other) is line for each in other.differences)
            yield replace(line, differences=(*line.differences, *parts))

    def line(
        self,
        names: tuple[str, ...],
        actions: tuple[Names, ...],
        place: Place,
        resources: tuple[Names, ...],
        principals: tuple[Names, ...],
    ) -> Told:
        own = {action.lower() for name in names for action in self.operations[name].actions}
        difference = replace(
            self.rows.all[0].difference,
            actions=actions,
            resources=resources,
            principals=() if principals == (HOLDER,) else principals,
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
            if own & plain and self.is_whole(operation, place) and own not in found.values():
                found[name] = own
        return [name for name, own in found.items() if not any(own < other for other in found.values())]

    def is_whole(self, operation: Operation, place: Place) -> bool:
        """True where all that an operation needs is allowed in a place, and was no more so than the actions were."""
        if operation.on == "registry" and (self.of_resources or place.where.resource != ANYTHING):
            return False
        for action, where in self.asked(operation, place.where):
            if not self.comes_along(place, action, where):
                if place.otherwise and any(row.meets(where) for row in self.rows.about(action)):
                    return False
                if not self.allows(action, where, place.conditions):
                    return False
            if self.denies(action, where):
                return False
        return True

    def comes_along(self, place: Place, action: str, where: Where) -> bool:
        """True where an action is told of there under the very conditions of the place."""
        return any(
            (row.difference.conditions, row.difference.otherwise) == (place.conditions, place.otherwise)
            and row.gives(where)
            for row in self.rows.about(action)
        )

    def asked(self, operation: Operation, where: Where) -> Iterator[tuple[str, Where]]:
        """The actions of an operation and of those that it needs, and where: those on no resource, not of resources."""
        for each in needed(self.operations, operation.name):
            for action in each.actions:
                known = reference.action(action)
                if each.on == "repository" and (known is None or known.resource_types):
                    yield action, where
                elif not self.of_resources:
                    yield action, where._replace(resource=ANYTHING)

    @cached_property
    def side(self) -> Rows:
        """All that the documents allow and deny."""
        return Rows(map(Row, diff(None, self.documents)))

    def allows(self, action: str, where: Where, conditions: Restriction) -> bool:
        return any(
            speaks_of_operations(row.difference)
            and set(row.difference.conditions) <= set(conditions)
            and row.gives(where)
            for row in self.side.about(action)
        )

    def denies(self, action: str, where: Where) -> bool:
        """False where no statement denies some of it."""
        if all(statement.effect == "Allow" for document in self.documents for statement in document.statements):
            return False
        return any(row.difference.effect == "Deny" and row.meets(where) for row in self.side.about(action))


def is_part(line: Told, outer: Told) -> bool:
    """True where another line tells the same operations of all the resources and principals of a line, and of more."""
    one, other = line.differences[0], outer.differences[0]
    return (
        bool(line.operations)
        and not line.beside
        and set(line.operations) <= set(outer.operations)
        and (one.conditions, one.otherwise) == (other.conditions, other.otherwise)
        and is_within(one, other)
        and not is_within(other, one)
    )


def is_within(one: Difference, other: Difference) -> bool:
    """True where a difference is about resources and principals that another one is about."""
    return Several(one.resources).within(Several(other.resources)) and Whom(one.principals).within(
        Whom(other.principals)
    )
