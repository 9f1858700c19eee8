"""Some parts of a whole by name: as few patterns as possible, with what is to be left out of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from ecrgen.policy.access.difference import Names
from ecrgen.policy.access.parts import Part
from ecrgen.policy.patterns import Pattern

__all__ = ["Whole"]

# This many exceptions are named even where fewer names would be left.
FEW = 3


class Whole:
    """The parts of all actions, resources or principals; `written` has the text of each pattern."""

    def __init__(self, parts: Sequence[Part], written: dict[Pattern, str]) -> None:
        self.parts = parts
        self.written = written
        self.inside: dict[Pattern, list[Part]] = defaultdict(list)
        for part in parts:
            for pattern in part.outer:
                self.inside[pattern].append(part)

    def bits(self) -> set[int]:
        return {part.rules for part in self.parts}

    def names(self, chosen: Collection[int], among: Callable[[int], bool]) -> tuple[Names, ...]:
        """The parts that the chosen rules speak about. What lies in them and is not even among is an exception."""
        # whatever lies in a part comes after it
        picked = sorted((part for part in self.parts if part.rules in chosen), key=lambda part: len(part.outer))
        left_out = {bits for bits in self.bits() if not among(bits)}
        gaps: dict[Pattern, list[Part]] = {}
        found: set[Names] = set()
        for part in picked:
            if all(any(holds_part(gap, part) for gap in gaps[head]) for head in part.outer & gaps.keys()):
                found.update(self.named(part, left_out))
                if not part.crossed:
                    gaps[part.pattern] = [gap for gap in self.inside[part.pattern] if gap.rules in left_out]
        return tuple(sorted(found, key=lambda name: (name.rest, name.pattern, name.excepted)))

    def named(self, part: Part, left_out: Collection[int]) -> Iterator[Names]:
        """The name of a part with its exceptions; where they are too many, what it names of today and "any other"."""
        inside = [other for other in self.inside[part.pattern] if other is not part and holds_part(part, other)]
        gaps = [other for other in inside if other.rules in left_out]
        listed = [other.pattern for other in inside if other.rules not in left_out and is_text(other)]
        rest = len(gaps) > max(FEW, len(listed)) and all(map(is_text, gaps))
        if rest:
            yield from (Names(self.written[pattern]) for pattern in listed)
        yield Names(self.name((part.pattern, *part.crossed)), self.outermost(gaps, part), rest)

    def outermost(self, gaps: Sequence[Part], head: Part) -> tuple[str, ...]:
        """The names of exceptions to a head, without those that lie in another of them."""
        wide = [gap for gap in gaps if not is_text(gap)]
        names: set[str] = set()
        for gap in gaps:
            if not any(len(other.outer) < len(gap.outer) and holds_part(other, gap) for other in wide):
                names.add(self.name(pattern for pattern in (gap.pattern, *gap.crossed) if pattern not in head.outer))
        return tuple(sorted(names))

    def name(self, patterns: Iterable[Pattern]) -> str:
        return " matching ".join(self.written[pattern] for pattern in patterns)


def holds_part(outer: Part, inner: Part) -> bool:
    return outer.pattern in inner.outer and inner.outer.issuperset(outer.crossed)


def is_text(part: Part) -> bool:
    """Whether the part is one text, not a pattern."""
    return not part.crossed and part.pattern.is_text
