"""The difference of two sets of permissions: cell by cell, and the cells put together again into few sentences."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from ecrgen.policy.access.cells import cells_of
from ecrgen.policy.access.difference import Difference, Direction
from ecrgen.policy.access.restrictions import beyond, covered, least
from ecrgen.policy.access.spelling import Spelling
from ecrgen.policy.access.summarise import Whole
from ecrgen.policy.elements import Effect
from ecrgen.policy.implication import Restriction
from ecrgen.policy.patterns import Pattern
from ecrgen.policy.permission import Permission

__all__ = ["compare"]

SERVICE_ACTIONS = re.compile(r"(?P<service>[a-z0-9-]+):.+", re.DOTALL)


class Verdict(NamedTuple):
    """The access that some cell gains or loses."""

    direction: Direction
    effect: Effect
    conditions: Restriction
    otherwise: tuple[Restriction, ...]


# Where a verdict holds: for the bits of an action's cell, the pairs of bits of a principal's and a resource's.
Places = dict[int, set[tuple[int, int]]]


def compare(old: Sequence[Permission], new: Sequence[Permission], spelling: Spelling) -> Iterator[Difference]:
    """The differences of what two sets of permissions give and deny, in no order."""
    rules = list(dict.fromkeys((*old, *new)))
    before, after = set(old), set(new)
    if before == after:
        return
    principals = Whole(cells_of([rule.principals for rule in rules]), spelling.patterns)
    actions = Whole(cells_of([rule.actions for rule in rules], known_actions(rules, spelling)), spelling.patterns)
    resources = Whole(cells_of([rule.resources for rule in rules]), spelling.patterns)

    @cache
    def verdicts(bits: int) -> tuple[Verdict, ...]:
        speaking = [rule for place, rule in enumerate(rules) if bits >> place & 1]
        one, two = gives(rule for rule in speaking if rule in before), gives(rule for rule in speaking if rule in after)
        return (
            *(Verdict("gained", "Allow", *row) for row in beyond(two.allows, one.allows)),
            *(Verdict("lost", "Allow", *row) for row in beyond(one.allows, two.allows)),
            *(Verdict("gained", "Deny", *row) for row in beyond(one.denies, two.denies)),
            *(Verdict("lost", "Deny", *row) for row in beyond(two.denies, one.denies)),
        )

    rows: dict[Verdict, Places] = defaultdict(lambda: defaultdict(set))
    for who in principals.bits():
        for what in actions.bits():
            for where in resources.bits():
                for verdict in verdicts(who & what & where):
                    rows[verdict][what].add((who, where))
    for verdict, places in rows.items():
        for product in products(places):
            yield difference(verdict, places, (principals, actions, resources), product, spelling)


class Given(NamedTuple):
    """The alternatives under which some cell is allowed, and denied."""

    allows: tuple[Restriction, ...]
    denies: tuple[Restriction, ...]


def gives(permissions: Iterable[Permission]) -> Given:
    """The access that permissions about the same cell give together; an Allow that a Deny contains gives nothing."""
    by_effect: dict[Effect, list[Restriction]] = {"Allow": [], "Deny": []}
    for permission in permissions:
        by_effect[permission.effect].append(permission.conditions)
    denies = least(by_effect["Deny"])
    return Given(tuple(each for each in least(by_effect["Allow"]) if not covered(each, denies)), denies)


def known_actions(permissions: Sequence[Permission], spelling: Spelling) -> list[Pattern]:
    """The actions of the reference to tell apart: of services where a wildcard is not all that is said.

    `*` and other patterns of many services are not expanded.
    """
    services: dict[str, set[Pattern]] = defaultdict(set)
    for pattern in {pattern for each in permissions for pattern in each.actions.patterns}:
        found = SERVICE_ACTIONS.fullmatch(pattern.spelling)
        if found:
            services[found["service"]].add(pattern)
    known: dict[Pattern, str] = {}
    for said in services.values():
        wild = [pattern for pattern in said if not pattern.is_text]
        if wild and len(said) > 1:
            from ecrgen.policy.reference import expand  # reads data of several megabytes

            known |= {
                Pattern.of(name, "action"): name for pattern in wild for name in expand(spelling.patterns[pattern])
            }
    spelling.patterns |= known
    return sorted(known)


class Product(NamedTuple):
    """Bits of principals, actions and resources, each of which goes with each."""

    whos: frozenset[int]
    whats: frozenset[int]
    wheres: frozenset[int]


def products(places: Places) -> Iterator[Product]:
    """Places as few products."""
    by_pairs: dict[frozenset[tuple[int, int]], set[int]] = defaultdict(set)
    for what, pairs in places.items():
        by_pairs[frozenset(pairs)].add(what)
    for common, whats in by_pairs.items():
        by_where: dict[int, set[int]] = defaultdict(set)
        for who, where in common:
            by_where[where].add(who)
        by_whos: dict[frozenset[int], set[int]] = defaultdict(set)
        for where, whos in by_where.items():
            by_whos[frozenset(whos)].add(where)
        for group, wheres in by_whos.items():
            yield Product(group, frozenset(whats), frozenset(wheres))


def difference(
    verdict: Verdict, places: Places, wholes: tuple[Whole, Whole, Whole], product: Product, spelling: Spelling
) -> Difference:
    """One product by name; what has the same verdict in another product is no exception to its patterns."""
    principals, actions, resources = wholes
    whos, whats, wheres = product

    def agrees(whos: Iterable[int], whats: Iterable[int], wheres: Iterable[int]) -> bool:
        pairs = {(who, where) for who in whos for where in wheres}
        return all(pairs <= places.get(what, set()) for what in whats)

    # no exceptions to everyone: an account that is named allows less to its people than everyone does
    who_names = principals.names(whos, lambda who: True)
    return Difference(
        verdict.direction,
        verdict.effect,
        actions.names(whats, lambda what: agrees(whos, (what,), wheres)),
        resources.names(wheres, lambda where: agrees(whos, whats, (where,))),
        () if [name.pattern for name in who_names] == [""] else who_names,
        spelling.shown(verdict.conditions),
        tuple(spelling.shown(each) for each in verdict.otherwise),
        spelling.arn_prefix,
    )
