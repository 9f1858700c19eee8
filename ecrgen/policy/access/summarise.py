"""Some cells of a whole by name: as few patterns as possible, with what is to be left out of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from ecrgen.policy.access.cells import Cell
from ecrgen.policy.access.difference import Names
from ecrgen.policy.patterns import Pattern

__all__ = ["Whole"]

# This many exceptions are named even where fewer names would be left.
FEW = 3


class Whole:
    """The cells of all actions, resources or principals; `written` has the text of each pattern."""

    def __init__(self, cells: Sequence[Cell], written: dict[Pattern, str]) -> None:
        self.cells = cells
        self.written = written
        self.inside: dict[Pattern, list[Cell]] = defaultdict(list)
        for cell in cells:
            for pattern in cell.outer:
                self.inside[pattern].append(cell)

    def bits(self) -> set[int]:
        return {cell.rules for cell in self.cells}

    def names(self, chosen: Collection[int], among: Callable[[int], bool]) -> tuple[Names, ...]:
        """The cells that the chosen rules speak about. What lies in them and is not even among is an exception."""
        # whatever lies in a cell comes after it
        picked = sorted((cell for cell in self.cells if cell.rules in chosen), key=lambda cell: len(cell.outer))
        left_out = {bits for bits in self.bits() if not among(bits)}
        gaps: dict[Pattern, list[Cell]] = {}
        found: set[Names] = set()
        for cell in picked:
            if all(any(holds_cell(gap, cell) for gap in gaps[head]) for head in cell.outer & gaps.keys()):
                found.update(self.named(cell, left_out))
                if not cell.crossed:
                    gaps[cell.pattern] = [gap for gap in self.inside[cell.pattern] if gap.rules in left_out]
        return tuple(sorted(found, key=lambda name: (name.rest, name.pattern, name.excepted)))

    def named(self, cell: Cell, left_out: Collection[int]) -> Iterator[Names]:
        """The name of a cell with its exceptions; where they are too many, what it names of today and "any other"."""
        inside = [other for other in self.inside[cell.pattern] if other is not cell and holds_cell(cell, other)]
        gaps = [other for other in inside if other.rules in left_out]
        listed = [other.pattern for other in inside if other.rules not in left_out and is_text(other)]
        rest = len(gaps) > max(FEW, len(listed)) and all(map(is_text, gaps))
        if rest:
            yield from (Names(self.written[pattern]) for pattern in listed)
        yield Names(self.name((cell.pattern, *cell.crossed)), self.outermost(gaps, cell), rest)

    def outermost(self, gaps: Sequence[Cell], head: Cell) -> tuple[str, ...]:
        """The names of exceptions to a head, without those that lie in another of them."""
        wide = [gap for gap in gaps if not is_text(gap)]
        names: set[str] = set()
        for gap in gaps:
            if not any(len(other.outer) < len(gap.outer) and holds_cell(other, gap) for other in wide):
                names.add(self.name(pattern for pattern in (gap.pattern, *gap.crossed) if pattern not in head.outer))
        return tuple(sorted(names))

    def name(self, patterns: Iterable[Pattern]) -> str:
        return " matching ".join(self.written[pattern] for pattern in patterns)


def holds_cell(outer: Cell, inner: Cell) -> bool:
    return outer.pattern in inner.outer and inner.outer.issuperset(outer.crossed)


def is_text(cell: Cell) -> bool:
    """True where the cell is one text, not a pattern."""
    return not cell.crossed and cell.pattern.is_text
