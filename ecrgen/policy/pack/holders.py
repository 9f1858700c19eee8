"""Which of many elements may contain a value of another, found without asking each one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ecrgen.policy.access.work import Work
from ecrgen.policy.patterns import EVERYTHING, Pattern
from ecrgen.policy.permission import Element

__all__ = ["Holders"]


class Holders:
    """An index of elements, each known by its place.

    A pattern contains only what begins and ends as it does, so one with wildcards is filed under both ends, and found
    by those of a value: `team-1/*` and `*/team-1` are looked for by `team-1/a`, `team-2/*` is not.
    """

    def __init__(self, elements: Iterable[Element], work: Work) -> None:
        self.work = work
        self.filed: dict[tuple[str, str], set[int]] = defaultdict(set)
        for place, element in enumerate(elements):
            for pattern in patterns_of(element):
                self.filed[pattern.prefix, pattern.suffix].add(place)
        self.lengths = {(len(prefix), len(suffix)) for prefix, suffix in self.filed}
        self.known: dict[Element, set[int]] = {}

    def of(self, element: Element) -> set[int]:
        """The places of all elements that contain a value of this one, and maybe of some that do not."""
        found = self.known.get(element)
        if found is None:
            found = self.known[element] = set()
            for pattern in patterns_of(element):
                prefix, suffix = pattern.prefix, pattern.suffix
                self.work.take(len(self.lengths) // 16)
                for start, end in self.lengths:
                    if start <= len(prefix) and end <= len(suffix):
                        found.update(self.filed.get((prefix[:start], suffix[len(suffix) - end :]), ()))
        return found


def patterns_of(element: Element) -> tuple[Pattern, ...]:
    return (EVERYTHING,) if element.negated else element.patterns
