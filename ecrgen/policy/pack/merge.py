"""Statements of identity policies merged to the fewest that decide the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal

from ecrgen.errors import EcrgenError
from ecrgen.policy.access.restrictions import Alternatives
from ecrgen.policy.access.work import ExhaustedError, Work
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.elements import ConditionBlock, Effect, Strings
from ecrgen.policy.implication import Restriction, implied
from ecrgen.policy.pack.holders import Holders
from ecrgen.policy.patterns import Pattern
from ecrgen.policy.permission import Element, Permission, action_pattern, resource_pattern
from ecrgen.policy.wildcards import is_wild

__all__ = ["Block", "Splittable", "blocks_of", "merged"]

Splittable = Literal["actions", "resources"]


@dataclass(frozen=True, slots=True)
class Block:
    """A statement with sorted, distinct values. `restriction` is its condition for comparing."""

    effect: Effect
    not_action: bool
    actions: tuple[str, ...]
    not_resource: bool
    resources: tuple[str, ...]
    restriction: Restriction
    condition: ConditionBlock | None
    sid: str | None

    def splittable(self, element: Splittable) -> tuple[str, ...]:
        """The values of an element that can go to several statements; those of NotAction and NotResource cannot."""
        if element == "actions":
            return () if self.not_action else self.actions
        return () if self.not_resource else self.resources

    def having(self, element: Splittable, values: tuple[str, ...]) -> Block:
        return replace(self, actions=values) if element == "actions" else replace(self, resources=values)

    def element(self, element: Splittable) -> Element:
        """The values of an element as patterns, to compare."""
        if element == "actions":
            return Element(patterns(self.actions, action_pattern), self.not_action)
        return Element(patterns(self.resources, resource_pattern), self.not_resource)

    def statement(self) -> Statement:
        """The block as a statement; one value is written as a string, several as a list."""
        actions, resources = written(self.actions), written(self.resources)
        return Statement(
            effect=self.effect,
            sid=self.sid,
            action=None if self.not_action else actions,
            not_action=actions if self.not_action else None,
            resource=None if self.not_resource else resources,
            not_resource=resources if self.not_resource else None,
            condition=self.condition,
        )


@lru_cache(maxsize=1024)
def patterns(values: tuple[str, ...], spelled: Callable[[str], Pattern]) -> tuple[Pattern, ...]:
    return tuple(map(spelled, values))


def written(values: tuple[str, ...]) -> Strings:
    return values[0] if len(values) == 1 else values


def blocks_of(policies: Iterable[PolicyDocument], work: Work) -> list[Block]:
    """The statements of identity policies.

    Raises EcrgenError where an old Version makes plain text of what looks like a variable.
    """
    for number, policy in enumerate(policies, 1):
        if not policy.has_variables and "${" in policy.to_json():
            raise EcrgenError(
                f'document {number}: holds "${{" as plain text; say Version 2012-10-17 to merge or split it'
            )
    return [block_of(statement, work) for policy in policies for statement in policy.statements]


def block_of(statement: Statement, work: Work) -> Block:
    return Block(
        statement.effect,
        statement.not_action is not None,
        without_held((*statement.actions, *statement.not_actions), action_pattern, work),
        statement.not_resource is not None,
        without_held(
            (*statement.resources, *statement.not_resources), resource_pattern, work, keep=may_be_none(statement)
        ),
        Permission.of(statement).conditions,
        statement.condition,
        statement.sid,
    )


def may_be_none(statement: Statement) -> bool:
    """True where a value with a variable says something that no wildcard does: without a value, all is different."""
    return statement.not_resource is not None


def without_held(
    values: Iterable[str], spelled: Callable[[str], Pattern], work: Work, keep: bool = False
) -> tuple[str, ...]:
    """Distinct values, sorted, without those that a wildcard names, as far as work goes; `keep` what has variables."""
    found = {spelled(value): value for value in sorted(set(values), reverse=True)}
    wide = [pattern for pattern, value in found.items() if is_wild(value)]
    with suppress(ExhaustedError):
        holders = Holders((Element((pattern,)) for pattern in wide), work)
        for pattern in (*found,) if wide else ():
            near = [wide[place] for place in holders.of(Element((pattern,)))]
            work.take(len(near))
            if not (keep and pattern.has_variable) and any(
                other.contains(pattern) for other in near if other != pattern and other in found
            ):
                del found[pattern]
    return tuple(sorted(found.values()))


def merged(blocks: Iterable[Block], work: Work) -> tuple[Block, ...]:
    """Blocks that give and deny the same, fewer of them, in an order that does not depend on that of the statements."""
    current: list[Block] = []
    following = sorted(blocks, key=repr)
    while following != current:
        current = following
        following = sorted(merge_actions(merge_resources(without_covered(current, work), work), work), key=repr)
    return numbered(following)


def merge_resources(blocks: Iterable[Block], work: Work) -> list[Block]:
    """One block for all that say the same actions of several resources."""
    alike: dict[object, list[Block]] = defaultdict(list)
    for block in blocks:
        key = (block.effect, block.not_action, lower(block.actions), block.restriction)
        alike[(*key, block.not_resource and block.resources)].append(block)
    return [merge(group, "resources", work) for group in alike.values()]


def merge_actions(blocks: Iterable[Block], work: Work) -> list[Block]:
    """One block for all that say several actions of the same resources."""
    alike: dict[object, list[Block]] = defaultdict(list)
    for block in blocks:
        key = (block.effect, block.not_resource, block.resources, block.restriction)
        alike[(*key, block.not_action and lower(block.actions))].append(block)
    return [merge(group, "actions", work) for group in alike.values()]


def lower(values: Iterable[str]) -> frozenset[str]:
    return frozenset(value.lower() for value in values)


def merge(group: Sequence[Block], element: Splittable, work: Work) -> Block:
    """Blocks that are alike but for one element; what they are called stays where all are called so."""
    first = min(group, key=repr)
    if len(group) == 1:
        return first
    sids = {block.sid for block in group}
    sid = sids.pop() if len(sids) == 1 else None
    if element == "resources":
        values = (value for block in group for value in block.resources)
        return replace(first, resources=without_held(values, resource_pattern, work), sid=sid)
    values = (value for block in group for value in block.actions)
    return replace(first, actions=without_held(values, action_pattern, work), sid=sid)


def without_covered(blocks: Sequence[Block], work: Work) -> list[Block]:
    """The blocks without the values that say nothing beyond another block, and without those that have none left.

    Where looking for them takes too long, what is not looked at stays.
    """
    kept: list[Block | None] = [*blocks]
    with suppress(ExhaustedError):
        holders = holders_of(blocks, work)
        for index, block in reversed([*enumerate(blocks)]):
            for holder in sorted(holders(block) - {index}):
                work.take()
                left, other = kept[index], kept[holder]
                if left and other:
                    kept[index] = beyond(left, other)
    return [block for block in kept if block]


def holders_of(blocks: Sequence[Block], work: Work) -> Callable[[Block], set[int]]:
    """For a block, the places of those that may contain a part of it: every one that does is among them."""
    places: dict[Restriction, set[int]] = defaultdict(set)
    for place, block in enumerate(blocks):
        places[block.restriction].add(place)
    alternatives = Alternatives(places, work)
    actions = Holders((block.element("actions") for block in blocks), work)
    resources = Holders((block.element("resources") for block in blocks), work)

    @cache
    def under(restriction: Restriction) -> set[int]:
        return {place for implied in alternatives.near(restriction) for place in places[implied]}

    def found(block: Block) -> set[int]:
        each = actions.of(block.element("actions")), resources.of(block.element("resources")), under(block.restriction)
        least, *others = sorted(each, key=len)
        return least.intersection(*others)

    return found


def beyond(block: Block, other: Block) -> Block | None:
    """The rest of a block that another does not contain: itself, itself without some values, or None."""
    if block.effect != other.effect or not implied(block.restriction, [other.restriction]):
        return block
    said, on = block.element("actions"), block.element("resources")
    actions, resources = said.beyond(other.element("actions")), on.beyond(other.element("resources"))
    if (actions and resources) or actions == said.patterns or resources == on.patterns:
        return block
    if actions:
        return block.having("actions", written_as(actions, block.actions, action_pattern))
    return block.having("resources", written_as(resources, block.resources, resource_pattern)) if resources else None


def written_as(
    patterns: Iterable[Pattern], values: tuple[str, ...], spelled: Callable[[str], Pattern]
) -> tuple[str, ...]:
    """Those of the values that are one of the patterns."""
    kept = set(patterns)
    return tuple(value for value in values if spelled(value) in kept)


def numbered(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """The blocks, no Sid twice."""
    used: set[str] = set()
    found = []
    for block in blocks:
        sid = block.sid
        number = 2
        while sid is not None and sid in used:
            sid = f"{block.sid}{number}"
            number += 1
        if sid is not None:
            used.add(sid)
        found.append(replace(block, sid=sid))
    return tuple(found)
