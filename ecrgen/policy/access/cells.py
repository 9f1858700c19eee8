"""A whole (all actions, all resources, all principals) in the cells that a set of rules tells apart.

A cell stands for the texts that a pattern names, apart from what narrower cells say about them. What a rule gives, it
gives to every pattern that lies within one of its own; so rules that agree on every cell agree on every text:
whatever holds for a text is the sum of what holds for the patterns that name it. NotAction and NotResource look at the
patterns that do not name a text, so cells are also cut where one of theirs crosses another pattern. Other wildcards
that cross are cut in pairs, only so that less has to be said of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ecrgen.policy.access.lattice import Lattice
from ecrgen.policy.access.work import Work
from ecrgen.policy.patterns import EVERYTHING, Pattern
from ecrgen.policy.permission import Element

__all__ = ["Cell", "cells_of"]


@dataclass(frozen=True, slots=True)
class Cell:
    """`rules` are those that speak about it, as bits; `outer` every pattern that it lies within, its own among them.

    `crossed` are other patterns that it lies within, which neither hold its own pattern nor lie in it.
    """

    pattern: Pattern
    crossed: tuple[Pattern, ...]
    outer: frozenset[Pattern]
    rules: int


def cells_of(
    elements: Sequence[Element],
    work: Work,
    also: Iterable[Pattern] = (),
    within: Mapping[Pattern, tuple[Pattern, int]] | None = None,
) -> list[Cell]:
    """The cells; the bit of a rule is the place of its element. `also` are texts to tell apart besides.

    `within` has, for a pattern, another one that holds it in the rules of these bits only: of what a Deny says about an
    account, its members are part. Raises ExhaustedError where patterns of NotAction or NotResource cross too often.
    """
    bits = Bits(elements)
    patterns = dict.fromkeys(pattern for element in elements for pattern in element.patterns)
    if bits.negating:
        patterns[EVERYTHING] = None
    lattice = Lattice(patterns, work)
    excluding = sorted(bits.excluding)
    found: dict[tuple[Pattern | None, frozenset[Pattern]], Cell] = {}
    for pattern in sorted({*patterns, *also}):
        work.take()
        own = lattice.outer(pattern)
        wider, of_rules = (within or {}).get(pattern, (EVERYTHING, 0))
        more = bits.of({wider}) & of_rules
        crossing = lattice.crossing(pattern, excluding)
        for crossed in (*lattice.crossings(crossing), *((other,) for other in lattice.wildcards_across(pattern))):
            outer = own.union(*(lattice.outer(other) for other in crossed)) if crossed else own
            key = (None if crossed else pattern, outer)
            if key not in found:
                found[key] = Cell(pattern, crossed, outer | {pattern}, bits.of(outer) | more)
    return [*found.values()]


class Bits:
    """The rules that speak about a text, from the patterns that match it."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self.naming: dict[Pattern, int] = defaultdict(int)
        self.excluding: dict[Pattern, int] = defaultdict(int)
        self.negating = 0
        for place, element in enumerate(elements):
            by_pattern = self.excluding if element.negated else self.naming
            for pattern in element.patterns:
                by_pattern[pattern] |= 1 << place
            self.negating |= element.negated << place

    def of(self, patterns: Collection[Pattern]) -> int:
        named = excluded = 0
        for pattern in patterns:
            named |= self.naming.get(pattern, 0)
            excluded |= self.excluding.get(pattern, 0)
        return named | self.negating & ~excluded
