"""The difference of two sets of permissions: cell by cell, and the cells put together again into few sentences.

Only cells about which a permission speaks that one side alone has are visited. Where they are too many, the statements
that make them so many are set aside: each that one side alone has is a difference by itself, "not compared". That is
safe: a decision that such a statement makes differ is told by it, and any other by what the rest is found to differ in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from ecrgen.policy.access.cells import Cell, cells_of
from ecrgen.policy.access.difference import Difference, Direction, Names
from ecrgen.policy.access.implicit import known_actions, members_of_accounts
from ecrgen.policy.access.possible import asked_of, partition_of_all
from ecrgen.policy.access.products import Places, Product, products
from ecrgen.policy.access.restrictions import Alternatives, beyond, covered, least
from ecrgen.policy.access.set_aside import Placed, excludes_by_pattern, uncompared
from ecrgen.policy.access.spelling import Spelling
from ecrgen.policy.access.summarise import Whole, ones
from ecrgen.policy.access.work import ExhaustedError, Work
from ecrgen.policy.elements import Effect
from ecrgen.policy.implication import Restriction
from ecrgen.policy.patterns import EVERYTHING, Pattern
from ecrgen.policy.permission import Permission

__all__ = ["compare"]


class Verdict(NamedTuple):
    """The access that some cell gains or loses."""

    direction: Direction
    effect: Effect
    conditions: Restriction
    otherwise: Alternatives


def compare(old: Placed, new: Placed, spelling: Spelling) -> list[Difference]:
    """The differences of what two sets of permissions give and deny, in no order."""
    if old.keys() == new.keys():
        return []
    rules = list(dict.fromkeys((*old, *new)))
    for aside in (frozenset[Permission](), frozenset(filter(excludes_by_pattern, rules)), frozenset(rules)):
        left = [rule for rule in rules if rule not in aside]
        with_places = [*uncompared(old, new, aside, spelling)]
        try:
            return [*Comparison(left, old, new, spelling, Work()).differences(), *with_places] if left else with_places
        except ExhaustedError:
            continue
    raise AssertionError("nothing is left to compare")


class Comparison:
    """Two sides as rules: `rules` are those of either, the bits `before` and `after` say which are on which side."""

    def __init__(self, rules: list[Permission], old: Placed, new: Placed, spelling: Spelling, work: Work) -> None:
        self.rules = rules
        self.spelling = spelling
        self.work = work
        self.before = sum(1 << place for place, rule in enumerate(rules) if rule in old)
        self.after = sum(1 << place for place, rule in enumerate(rules) if rule in new)
        partition = partition_of_all(spelling.patterns.values())
        members = members_of_accounts(rules)
        written, count = spelling.patterns, len(rules)
        self.principals = Whole(
            cells_of([rule.principals for rule in rules], work, within=members), count, written, work
        )
        resources = [rule.resources for rule in rules]
        told_apart = any(pattern != EVERYTHING for element in resources for pattern in element.patterns)

        def asked(cell: Cell) -> Pattern | None:
            return asked_of(cell.pattern, partition) if told_apart else None

        actions = cells_of([rule.actions for rule in rules], work, known_actions(rules, spelling))
        self.actions = Whole(actions, count, written, work, asked)
        self.resources = Whole(cells_of(resources, work), count, written, work)
        self.verdicts = cache(self.verdicts_of)
        self.can_be = cache(self.resources.can_be)

    def differences(self) -> Iterator[Difference]:
        for verdict, places in self.rows().items():
            for product in products(places):
                yield from self.told(verdict, places, product)

    def rows(self) -> dict[Verdict, Places]:
        """The places of each verdict: for each class of actions and principals, the classes of resources as bits."""
        rows: dict[Verdict, Places] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
        changed = self.before ^ self.after
        for who, who_rules in enumerate(self.principals.classes):
            moved = who_rules & changed
            whats = range(len(self.actions.classes)) if moved & self.actions.everywhere else self.actions.about(moved)
            for what in sorted(whats):
                rules = who_rules & self.actions.classes[what]
                for found, wheres in self.groups(rules, rules & changed):
                    for verdict in self.verdicts(found):
                        rows[verdict][what][who] |= wheres
        return rows

    def groups(self, rules: int, moved: int) -> Iterator[tuple[int, int]]:
        """Some of these rules that speak about a resource together, and the classes of resources for which it is so.

        Only where one that moved is among them. Classes about which no rule speaks but those that speak about all are
        one group.
        """
        resources = self.resources
        about_all = rules & resources.everywhere
        self.work.take()
        for where in resources.about(rules if moved & about_all else moved):
            self.work.take()
            yield rules & resources.classes[where], 1 << where
        if moved & about_all:
            rest = resources.all
            for where in resources.about(rules):
                rest &= ~(1 << where)
            if rest:
                yield about_all, rest

    def verdicts_of(self, rules: int) -> tuple[Verdict, ...]:
        one, two = self.gives(rules & self.before), self.gives(rules & self.after)
        return (
            *(Verdict("gained", "Allow", *row) for row in beyond(two.allows.all, one.allows)),
            *(Verdict("lost", "Allow", *row) for row in beyond(one.allows.all, two.allows)),
            *(Verdict("gained", "Deny", *row) for row in beyond(one.denies.all, two.denies)),
            *(Verdict("lost", "Deny", *row) for row in beyond(two.denies.all, one.denies)),
        )

    def gives(self, rules: int) -> Given:
        """The access that rules about the same cell give together; an Allow that a Deny contains gives nothing."""
        by_effect: dict[Effect, list[Restriction]] = {"Allow": [], "Deny": []}
        for place in ones(rules):
            self.work.take()
            by_effect[self.rules[place].effect].append(self.rules[place].conditions)
        denies = Alternatives(least(by_effect["Deny"], self.work), self.work)
        allows = [each for each in least(by_effect["Allow"], self.work) if not covered(each, denies)]
        return Given(Alternatives(allows, self.work), denies)

    def told(self, verdict: Verdict, places: Places, product: Product) -> Iterator[Difference]:
        """One product by name: apart for actions that are asked of other resources of it.

        What has the same verdict in another product is no exception to its patterns, nor is what is never asked for.
        """
        whos, whats, wheres = product
        agreeing = self.resources.all
        for what in whats:
            for who in whos:
                agreeing &= places[what].get(who, 0)
        by_asked: dict[tuple[int, int], list[int]] = defaultdict(list)
        for what in whats:
            asked = self.actions.kinds[what]
            if asked is None:
                by_asked[wheres, ~agreeing & self.resources.all].append(what)
            else:
                self.work.take(len(self.resources.classes) if len(by_asked) else 0)
                there = self.asked_among(asked, wheres)
                if there:
                    by_asked[there, self.asked_among(asked, ~agreeing & self.resources.all)].append(what)
        for (there, gaps), group in by_asked.items():
            named = self.named(places, Product(whos, tuple(group), there), gaps)
            if named:
                yield self.difference(verdict, *named)

    def asked_among(self, asked: Pattern, classes: int) -> int:
        """Those of some classes of resources of which something may be asked for."""
        return sum(1 << where for where in ones(classes) if self.can_be(where, asked))

    def named(
        self, places: Places, product: Product, gaps: int
    ) -> tuple[tuple[Names, ...], tuple[Names, ...], tuple[Names, ...]] | None:
        """The names of a product; None where one of them names nothing."""
        whos, whats, wheres = product

        @cache
        def agrees(what: int) -> bool:
            self.work.take(len(whos))
            return what in whats or (
                what in places and all(places[what].get(who, 0) & wheres == wheres for who in whos)
            )

        actions = self.actions.names(sum(1 << what for what in whats), agrees)
        resources = self.resources.names(wheres, lambda where: not gaps >> where & 1)
        # no exceptions to everyone: an account that is named allows less to its people than everyone does
        principals = self.principals.names(sum(1 << who for who in whos), lambda who: True)
        return (actions, resources, principals) if actions and resources and principals else None

    def difference(
        self,
        verdict: Verdict,
        actions: tuple[Names, ...],
        resources: tuple[Names, ...],
        principals: tuple[Names, ...],
    ) -> Difference:
        return Difference(
            verdict.direction,
            verdict.effect,
            actions,
            resources,
            () if [name.pattern for name in principals] == [""] else principals,
            self.spelling.shown(verdict.conditions),
            self.spelling.shown_all(verdict.otherwise),
            self.spelling.arn_prefix,
        )


class Given(NamedTuple):
    """The alternatives under which some cell is allowed, and denied."""

    allows: Alternatives
    denies: Alternatives
