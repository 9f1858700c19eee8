"""The containment of patterns in each other, and where they cross."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ecrgen.policy.access.work import Work
from ecrgen.policy.patterns import Pattern

__all__ = ["Lattice"]

# Pairs of wildcards are only looked for among so many: they save words, and the comparison is right without them.
MOST_WILDCARDS = 50


class Lattice:
    """Patterns by the texts that they begin and end with: only those whose ends fit are compared."""

    def __init__(self, patterns: Iterable[Pattern], work: Work) -> None:
        self.work = work
        self.by_ends: dict[str, dict[str, list[Pattern]]] = defaultdict(lambda: defaultdict(list))
        wild: list[Pattern] = []
        for pattern in patterns:
            self.by_ends[pattern.prefix][pattern.suffix].append(pattern)
            if not pattern.is_text:
                wild.append(pattern)
        self.wild = sorted(wild)
        self.known: dict[Pattern, frozenset[Pattern]] = {}

    def outer(self, pattern: Pattern) -> frozenset[Pattern]:
        """The patterns that hold this one, itself among them if it is one of them."""
        found = self.known.get(pattern)
        if found is None:
            prefix, suffix = pattern.prefix, pattern.suffix
            alike = (self.by_ends[prefix[:end]] for end in range(len(prefix) + 1) if prefix[:end] in self.by_ends)
            fitting = [each for ends in alike for each in ending(ends, suffix)]
            self.work.take(1 + sum(self.steps(pattern, each) for each in fitting))
            found = self.known[pattern] = frozenset(each for each in fitting if each.contains(pattern))
        return found

    def steps(self, one: Pattern, other: Pattern) -> int:
        """What comparing two patterns takes: long ones take the product of their lengths."""
        return 1 + len(one.spelling) * len(other.spelling) // 65536

    def cross(self, one: Pattern, other: Pattern) -> bool:
        """True where two patterns may have texts in common, and neither contains the other."""
        if not may_cross(one, other):
            return False
        self.work.take(self.steps(one, other))
        return one.meets(other) and other not in self.outer(one) and one not in self.outer(other)

    def crossing(self, pattern: Pattern, among: Sequence[Pattern]) -> list[Pattern]:
        """Those of sorted patterns that cross this one."""
        self.work.take(len(among) // 16)
        return [
            other for other in among if may_cross(pattern, other) and fit(pattern, other) and self.cross(pattern, other)
        ]

    def wildcards_across(self, pattern: Pattern) -> list[Pattern]:
        """The wildcards that cross a wildcard, where all are few."""
        return [] if len(self.wild) > MOST_WILDCARDS else self.crossing(pattern, self.wild)

    def crossings(self, patterns: Sequence[Pattern]) -> Iterator[tuple[Pattern, ...]]:
        """Every set of patterns of which any two cross; the empty set first, then the smaller ones."""
        across = [sum(1 << place for place, other in enumerate(patterns) if self.cross(one, other)) for one in patterns]
        # a set with the bits of the places after its own that cross all in it
        level: list[tuple[tuple[Pattern, ...], int]] = [((), (1 << len(patterns)) - 1)]
        while level:
            following = []
            for chosen, after in level:
                self.work.take(8 + after.bit_count())
                yield chosen
                following += [
                    ((*chosen, patterns[place]), after & across[place] & -(2 << place)) for place in bits(after)
                ]
            level = following


def bits(mask: int) -> Iterator[int]:
    """The places of the bits that are set, the lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def ending(ends: dict[str, list[Pattern]], suffix: str) -> Iterator[Pattern]:
    """The patterns, by the text that they end with, whose ending a suffix has."""
    if len(ends) > len(suffix):
        for start in range(len(suffix) + 1):
            yield from ends.get(suffix[start:], ())
    else:
        for end, patterns in ends.items():
            if suffix.endswith(end):
                yield from patterns


def may_cross(one: Pattern, other: Pattern) -> bool:
    """False for a text and a pattern without variables: a text that such a pattern matches lies in it."""
    return not (one.is_text and not other.has_variable) and not (other.is_text and not one.has_variable)


def fit(one: Pattern, other: Pattern) -> bool:
    """False where what the two begin or end with excludes the other."""
    starts = one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)
    return starts and (one.suffix.endswith(other.suffix) or other.suffix.endswith(one.suffix))
