"""What everybody has between the changes of a plan, judged: more than either side gives, or less than both give?

`ecrgen.provision.order` compares changes two by two, which is quick and asks for more than is needed. Here a whole
state is asked about: some changes done, the others not. Where the patterns of all documents are cut into cells, and the
conditions of a cell taken as unknown facts, what somebody has is a truth table. An example: role/ci has the policies
`a` and `b`, and each of them is updated:

    a: Allow x, Deny y   →  Allow y               b: Allow y, Deny x   →  Allow x
    neither done: nothing (the Denies)            both done: x and y
    a done: y by a, x by nobody (Deny of b): new gives y, so that is not too much

Two things lean to the careful side: a cell that no text is in may be judged, and so may conditions that no request
meets together. So "not too much" is certain. Whatever else somebody has is there, too: an Allow of everything under a
condition that nobody knows, from which every Deny here may take.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, product
from typing import NamedTuple

from ecrgen.account.state import Grantee, IamState
from ecrgen.policy.aws_policies import aws_policy
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.patterns import EVERYTHING, Pattern
from ecrgen.policy.permission import Element, Permission
from ecrgen.provision.changes import (
    Attach,
    Create,
    Detach,
    IamChange,
    SetDefault,
    Update,
    arn_of,
    before_after,
    readable,
)
from ecrgen.provision.gives import permissions, unknown

__all__ = ["Judge", "TooManyError", "Verdict"]

MOST_CELLS = 2_000
MOST_CONDITIONS = 8
MOST_PEOPLE = 12


class TooManyError(Exception):
    """There is more to judge than is worth the time."""


class Verdict(NamedTuple):
    """Whether anybody has too much in a state, and how many lack something for the moment."""

    leaks: bool
    gaps: int


class Held(NamedTuple):
    """A policy that somebody has before or after the plan: the numbers of the changes that attach and detach it."""

    arn: str
    attached: bool = True
    attach: int | None = None
    detach: int | None = None

    def there(self, done: Collection[int]) -> bool:
        if self.attached:
            return self.detach is None or self.detach not in done
        return self.attach is not None and self.attach in done


class Judge:
    """Asks about the states of a plan's changes. A state is the numbers of the changes that are done."""

    def __init__(self, changes: Sequence[IamChange], actual: IamState, about: Collection[int]) -> None:
        """`about` are the changes whose grantees are asked about. Raises TooManyError."""
        self.changes = changes
        self.updates = {
            arn_of(change): number for number, change in enumerate(changes) if isinstance(change, Update | SetDefault)
        }
        self.documents = dict(documents_of(changes, actual))
        asked = dict(self.asked(about, actual))
        # the changes that reach those who are asked about
        self.related = frozenset(number for held in asked.values() for each in held for number in self.of(each))
        self.people = list(together(asked))
        self.numbers: dict[Permission, int] = {unknown("whatever else somebody has"): 0}
        arns = {each.arn for held in self.people for each in held}
        self.rules = {(arn, new): self.rules_of(arn, new) for arn in sorted(arns) for new in (False, True)}
        self.atoms = atoms(list(self.numbers))
        self.denies = sum(1 << number for rule, number in self.numbers.items() if rule.effect == "Deny")
        self.conditions = [frozenset(rule.conditions) for rule in self.numbers]
        self.compared = cache(self.compare)

    def asked(self, about: Collection[int], actual: IamState) -> Iterator[tuple[Grantee, tuple[Held, ...]]]:
        """Those whom some of the changes reach, with their policies whose documents are known.

        With a user or a group, all others that a change reaches and that may be together with it.
        """
        moves: dict[Grantee, dict[str, Held]] = {}
        for number, change in enumerate(self.changes):
            if isinstance(change, Attach | Detach):
                arn, grantee = change.attachment.policy, change.attachment.grantee
                numbers = (number, None) if isinstance(change, Attach) else (None, number)
                there = arn in actual.entities[grantee].attached
                moves.setdefault(grantee, {})[arn] = Held(arn, there, *numbers)
        for grantee, entity in actual.entities.items():
            if grantee in moves or entity.attached & self.updates.keys():
                for arn in entity.attached:
                    if (arn, False) in self.documents or aws_policy(arn) is not None:
                        moves.setdefault(grantee, {}).setdefault(arn, Held(arn))
        reached = {
            grantee for grantee, held in moves.items() if any(self.of(each) & set(about) for each in held.values())
        }
        others = any(grantee.kind != "role" for grantee in reached)
        for grantee, held in moves.items():
            if grantee in reached or (others and grantee.kind != "role"):
                yield grantee, tuple(held[arn] for arn in sorted(held))

    def of(self, held: Held) -> set[int]:
        """The changes that happen to a policy of somebody."""
        return {number for number in (held.attach, held.detach, self.updates.get(held.arn)) if number is not None}

    def rules_of(self, arn: str, new: bool) -> int:
        """The rules of a policy's document, as bits, before or after its update."""
        found = permissions(self.documents.get((arn, new)), arn)
        return sum(1 << self.numbers.setdefault(each, len(self.numbers)) for each in dict.fromkeys(found))

    def verdict(self, done: Collection[int]) -> Verdict:
        """The verdict on a state."""
        gaps = 0
        everything = range(len(self.changes))
        for who in self.people:
            now, before, after = (self.given(who, state) for state in (done, (), everything))
            if now in (before, after):
                continue
            for atom in self.atoms:
                found = self.compared(now & atom | 1, before & atom | 1, after & atom | 1)
                if found.leaks:
                    return found
                gaps += found.gaps
        return Verdict(False, gaps)

    def given(self, who: tuple[Held, ...], done: Collection[int]) -> int:
        bits = 0
        for each in who:
            if each.there(done):
                bits |= self.rules[each.arn, self.updates.get(each.arn, -1) in done]
        return bits

    def compare(self, now: int, before: int, after: int) -> Verdict:
        """The verdict on one cell, by the rules that speak about it: Allow and no Deny, whatever the conditions."""
        if now in (before, after):
            return Verdict(False, 0)
        rules = [number for number in range(len(self.conditions)) if (now | before | after) >> number & 1]
        facts = sorted(frozenset().union(*(self.conditions[number] for number in rules)))
        if len(facts) > MOST_CONDITIONS:
            return Verdict(True, 1)
        leaks = gaps = False
        for truth in product((False, True), repeat=len(facts)):
            held = {fact for fact, is_true in zip(facts, truth, strict=True) if is_true}
            holding = sum(1 << number for number in rules if self.conditions[number] <= held)
            has, had, will = (self.allows(side & holding) for side in (now, before, after))
            leaks |= has and not had and not will
            gaps |= had and will and not has
        return Verdict(leaks, int(gaps))

    def allows(self, holding: int) -> bool:
        return not holding & self.denies and bool(holding)


def documents_of(
    changes: Sequence[IamChange], actual: IamState
) -> Iterator[tuple[tuple[str, bool], PolicyDocument | None]]:
    """The document of each policy before and after its update, by ARN; None for one that cannot be read."""
    for there in actual.policies.values():
        document = readable(there.default)
        yield from (((there.arn, new), document) for new in (False, True))
    for change in changes:
        old, new = before_after(change)
        match change:
            case Create(policy):
                yield from (((policy.arn, updated), policy.document) for updated in (False, True))
            case Update() | SetDefault():
                yield (arn_of(change), False), old
                yield (arn_of(change), True), new


def together(asked: Mapping[Grantee, tuple[Held, ...]]) -> Iterator[tuple[Held, ...]]:
    """What each may have: a role; a user or a group, alone and with groups that may be the user's.

    Three together are enough: one allows something, one denied it before, and one denies it afterwards. Raises
    TooManyError.
    """
    roles, users, groups = (
        sorted({held for grantee, held in asked.items() if grantee.kind == kind}, key=repr)
        for kind in ("role", "user", "group")
    )
    yield from roles
    if len(users) + len(groups) > MOST_PEOPLE:
        raise TooManyError
    for size in range(4):
        for some in combinations(groups, size):
            of_groups = tuple(held for each in some for held in each)
            if some:
                yield of_groups
            if size < 3:
                yield from (of_groups + user for user in users)


def atoms(rules: Sequence[Permission]) -> frozenset[int]:
    """The rules, as bits, that speak about one action on one resource, for each that there may be."""
    actions, resources = (
        {
            sum(1 << number for number, each in enumerate(elements) if speaks(each, there))
            for there in overlaps({EVERYTHING, *(pattern for each in elements for pattern in each.patterns)})
        }
        for elements in ([rule.actions for rule in rules], [rule.resources for rule in rules])
    )
    return frozenset(one & other for one in actions for other in resources)


def speaks(element: Element, there: Collection[Pattern]) -> bool:
    return any(pattern in there for pattern in element.patterns) != element.negated


def overlaps(patterns: Collection[Pattern]) -> set[frozenset[Pattern]]:
    """Every set of patterns that may be all those which match some text. Raises TooManyError."""
    outer = {pattern: frozenset(each for each in patterns if each.contains(pattern)) for pattern in patterns}
    found = {*outer.values()}
    waiting = list(found)
    while waiting:
        there = waiting.pop()
        for pattern in patterns:
            more = there | outer[pattern]
            if more not in found and all(pattern.meets(other) for other in there):
                if len(found) >= MOST_CELLS:
                    raise TooManyError
                found.add(more)
                waiting.append(more)
    return found
