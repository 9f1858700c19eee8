"""A whole (all actions, all resources, all principals) in the cells that a set of rules tells apart.

A cell stands for the texts that a pattern names, apart from what narrower cells say about them. What a rule gives, it
gives to every pattern that lies within one of its own; so rules that agree on every cell agree on every text:
whatever holds for a text is the sum of what holds for the patterns that name it. NotAction and NotResource look at the
patterns that do not name a text, so cells are also cut where one of theirs crosses another pattern. Other wildcards
that cross are cut in pairs, only so that less has to be said of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from ecrgen.errors import EcrgenError
from ecrgen.policy.patterns import EVERYTHING, Pattern
from ecrgen.policy.permission import Element

__all__ = ["Cell", "cells_of"]

# Every set of patterns that cross a pattern is a cell: 2 to the power of this.
MOST_CROSSINGS = 8
# Pairs of wildcards are only looked for among so many.
MOST_WILDCARDS = 50


@dataclass(frozen=True, slots=True)
class Cell:
    """`rules` are those that speak about it, as bits; `outer` every pattern that it lies within, its own among them.

    `crossed` are other patterns that it lies within, which neither hold its own pattern nor lie in it.
    """

    pattern: Pattern
    crossed: tuple[Pattern, ...]
    outer: frozenset[Pattern]
    rules: int


def cells_of(elements: Sequence[Element], also: Iterable[Pattern] = ()) -> list[Cell]:
    """The cells; the bit of a rule is the place of its element. `also` are texts to tell apart besides.

    Raises EcrgenError where too many patterns of NotAction or NotResource cross each other.
    """
    bits = Bits(elements)
    patterns = dict.fromkeys(pattern for element in elements for pattern in element.patterns)
    if bits.negated:
        patterns[EVERYTHING] = None
    lattice = Lattice(patterns)
    excluding = sorted({pattern for names, _ in bits.negated for pattern in names})
    found: dict[tuple[Pattern | None, frozenset[Pattern]], Cell] = {}
    for pattern in sorted({*patterns, *also}):
        crossing = [other for other in excluding if lattice.cross(pattern, other)]
        if len(crossing) > MOST_CROSSINGS:
            raise EcrgenError(
                f"cannot be compared: {len(crossing)} patterns of NotAction or NotResource cross each other or another"
                f" pattern (at most {MOST_CROSSINGS} can)"
            )
        for crossed in (*lattice.crossings(crossing), *((other,) for other in lattice.wildcards_across(pattern))):
            outer = lattice.outer(pattern).union(*(lattice.outer(other) for other in crossed))
            key = (None if crossed else pattern, outer)
            found.setdefault(key, Cell(pattern, crossed, outer | {pattern}, bits.of(outer)))
    return [*found.values()]


class Bits:
    """The rules that speak about a text, from the patterns that match it."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self.naming: dict[Pattern, int] = defaultdict(int)
        self.negated: list[tuple[frozenset[Pattern], int]] = []
        for place, element in enumerate(elements):
            if element.negated:
                self.negated.append((frozenset(element.patterns), 1 << place))
            else:
                for pattern in element.patterns:
                    self.naming[pattern] |= 1 << place

    def of(self, patterns: frozenset[Pattern]) -> int:
        bits = 0
        for pattern in patterns:
            bits |= self.naming.get(pattern, 0)
        for excluded, bit in self.negated:
            if not excluded & patterns:
                bits |= bit
        return bits


class Lattice:
    """The containment of patterns in each other."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self.wild: list[Pattern] = []
        self.by_prefix: dict[str, list[Pattern]] = defaultdict(list)
        for pattern in patterns:
            self.by_prefix[pattern.prefix].append(pattern)
            if not pattern.is_text:
                self.wild.append(pattern)
        self.known: dict[Pattern, frozenset[Pattern]] = {}

    def outer(self, pattern: Pattern) -> frozenset[Pattern]:
        """The patterns that hold this one, itself among them if it is one of them."""
        if pattern not in self.known:
            prefix = pattern.prefix
            candidates = (outer for end in range(len(prefix) + 1) for outer in self.by_prefix.get(prefix[:end], ()))
            self.known[pattern] = frozenset(outer for outer in candidates if outer.contains(pattern))
        return self.known[pattern]

    def cross(self, one: Pattern, other: Pattern) -> bool:
        """True where two patterns may have texts in common, and neither contains the other."""
        if (one.is_text and other.is_text) or not one.meets(other):
            return False
        return other not in self.outer(one) and one not in self.outer(other)

    def wildcards_across(self, pattern: Pattern) -> list[Pattern]:
        """The wildcards that cross a wildcard, where all are few."""
        if pattern not in self.wild or len(self.wild) > MOST_WILDCARDS:
            return []
        return [other for other in sorted(self.wild) if self.cross(pattern, other)]

    def crossings(self, patterns: Sequence[Pattern]) -> Iterator[tuple[Pattern, ...]]:
        """Every set of patterns that may all have a text in common, none of them in another; the empty set first."""
        for size in range(len(patterns) + 1):
            for subset in combinations(patterns, size):
                if all(self.cross(one, other) for one, other in combinations(subset, 2)):
                    yield subset
