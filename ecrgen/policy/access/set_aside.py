"""Statements that are set aside because comparing them would take too long"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecrgen.policy.access.difference import Difference, Names
from ecrgen.policy.access.spelling import Spelling
from ecrgen.policy.patterns import Pattern
from ecrgen.policy.permission import Permission

__all__ = ["Placed", "excludes_by_pattern", "uncompared"]

# Permissions, each with the place where its statement stands.
Placed = Mapping[Permission, str]


def excludes_by_pattern(rule: Permission) -> bool:
    """True for NotAction and NotResource with wildcards, whose cells double with each pattern that they cross."""
    return any(
        element.negated and any(not pattern.is_text for pattern in element.patterns)
        for element in (rule.actions, rule.resources)
    )


def uncompared(old: Placed, new: Placed, aside: frozenset[Permission], spelling: Spelling) -> Iterator[Difference]:
    """A difference for each permission set aside that one side alone has, as its statement has it."""
    for side, here, other in (("old", old, new), ("new", new, old)):
        for rule, place in here.items():
            if rule in aside and rule not in other:
                gained = (side == "new") == (rule.effect == "Allow")
                yield Difference(
                    "gained" if gained else "lost",
                    rule.effect,
                    written(rule.actions.patterns, rule.actions.negated, spelling),
                    written(rule.resources.patterns, rule.resources.negated, spelling),
                    tuple(Names(text) for text in map(spelling.patterns.__getitem__, rule.principals.patterns) if text),
                    spelling.shown(rule.conditions),
                    arn_prefix=spelling.arn_prefix,
                    uncompared=f"{place} of the {side} policy",
                )


def written(patterns: tuple[Pattern, ...], negated: bool, spelling: Spelling) -> tuple[Names, ...]:
    texts = tuple(spelling.patterns[pattern] for pattern in patterns)
    return (Names("*", texts),) if negated else tuple(map(Names, texts))
