"""Some cells of a whole by name: as few patterns as possible, with what is to be left out of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from ecrgen.policy.access.cells import Cell
from ecrgen.policy.access.difference import Names
from ecrgen.policy.access.possible import is_empty, may_hold
from ecrgen.policy.access.work import Work
from ecrgen.policy.patterns import Pattern

__all__ = ["Whole", "ones"]

# This many exceptions are named even where fewer names would be left.
FEW = 3


def ones(bits: int) -> Iterator[int]:
    """The places of the bits that are set."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


class Whole:
    """The cells of all actions, resources or principals, and the classes of those about which the same rules speak.

    A class is known by its number; `classes` has the rules of each and `kinds` what else tells them apart, `of_rule`
    the classes of each rule, and `everywhere` are the rules that speak about all. `written` has each pattern's text.
    """

    def __init__(
        self,
        cells: Sequence[Cell],
        rules: int,
        written: dict[Pattern, str],
        work: Work,
        kind: Callable[[Cell], Pattern | None] = lambda cell: None,
    ) -> None:
        self.written = written
        self.work = work
        self.inside: dict[Pattern, list[tuple[Cell, int]]] = defaultdict(list)
        self.cells: list[list[Cell]] = []
        numbers: dict[tuple[int, Pattern | None], int] = {}
        for cell in cells:
            number = numbers.setdefault((cell.rules, kind(cell)), len(numbers))
            if number == len(self.cells):
                self.cells.append([])
            self.cells[number].append(cell)
            for pattern in cell.outer:
                self.inside[pattern].append((cell, number))
        self.classes = [bits for bits, _ in numbers]
        self.kinds = [kind for _, kind in numbers]
        self.of_rule: list[list[int]] = [[] for _ in range(rules)]
        self.everywhere = (1 << rules) - 1
        for number, bits in enumerate(self.classes):
            self.everywhere &= bits
            for place in ones(bits):
                work.take()
                self.of_rule[place].append(number)

    @property
    def all(self) -> int:
        """Every class, as bits."""
        return (1 << len(self.classes)) - 1

    def about(self, rules: int) -> set[int]:
        """The classes about which one of these rules speaks, those that speak about all of them left aside."""
        return {number for place in ones(rules & ~self.everywhere) for number in self.of_rule[place]}

    def names(self, chosen: int, agrees: Callable[[int], bool]) -> tuple[Names, ...]:
        """The cells of the chosen classes. What lies in them and is of a class that does not agree is an exception.

        Nothing where no text is left.
        """
        picked = [cell for number in ones(chosen) for cell in self.cells[number]]
        gaps: dict[Pattern, list[Cell]] = {}
        found: set[Names] = set()
        for cell in sorted(picked, key=lambda cell: len(cell.outer)):  # whatever lies in a cell comes after it
            heads = cell.outer & gaps.keys()
            self.work.take(1 + sum(len(gaps[head]) for head in heads))
            if all(any(holds_cell(gap, cell) for gap in gaps[head]) for head in heads):
                inside = self.within(cell)
                self.work.take(50 * bool(cell.crossed))
                if cell.crossed and is_empty((cell.pattern, *cell.crossed), [names_of(other) for other, _ in inside]):
                    continue
                left_out = [other for other, number in inside if not agrees(number)]
                agreeing = [other for other, number in inside if agrees(number)]
                found.update(self.named(cell, agreeing, left_out))
                if not cell.crossed:
                    gaps[cell.pattern] = left_out
        return tuple(sorted(found, key=lambda name: (name.rest, name.pattern, name.excepted)))

    def within(self, cell: Cell) -> list[tuple[Cell, int]]:
        """The cells that lie in a cell, each with the number of its class."""
        there = self.inside[cell.pattern]
        self.work.take(len(there))
        return [each for each in there if each[0] is not cell and holds_cell(cell, each[0])]

    def can_be(self, number: int, asked: Pattern | None) -> bool:
        """True where a text of the class may be one of what is asked for; None is anything."""
        if asked is None:
            return True
        return any(
            may_hold(names_of(cell), asked, [names_of(other) for other, _ in self.within(cell)])
            for cell in self.cells[number]
        )

    def named(self, cell: Cell, agreeing: Sequence[Cell], gaps: Sequence[Cell]) -> Iterator[Names]:
        """The name of a cell with its exceptions; where they are too many, what it names of today and "any other"."""
        listed = [other.pattern for other in agreeing if is_text(other)]
        rest = len(gaps) > max(FEW, len(listed)) and all(map(is_text, gaps))
        if rest:
            yield from (Names(self.written[pattern]) for pattern in listed)
        yield Names(self.name((cell.pattern, *cell.crossed)), self.outermost(gaps, cell), rest)

    def outermost(self, gaps: Sequence[Cell], head: Cell) -> tuple[str, ...]:
        """The names of exceptions to a head, without those that lie in another of them."""
        wide = [gap for gap in gaps if not is_text(gap)]
        self.work.take(len(gaps) * len(wide))
        names: set[str] = set()
        for gap in gaps:
            if not any(len(other.outer) < len(gap.outer) and holds_cell(other, gap) for other in wide):
                names.add(self.name(pattern for pattern in (gap.pattern, *gap.crossed) if pattern not in head.outer))
        return tuple(sorted(names))

    def name(self, patterns: Iterable[Pattern]) -> str:
        return " matching ".join(self.written[pattern] for pattern in patterns)


def names_of(cell: Cell) -> tuple[Pattern, ...]:
    """The patterns that all match what is in a cell."""
    return cell.pattern, *cell.crossed


def holds_cell(outer: Cell, inner: Cell) -> bool:
    return outer.pattern in inner.outer and inner.outer.issuperset(outer.crossed)


def is_text(cell: Cell) -> bool:
    """True where the cell is one text, not a pattern."""
    return not cell.crossed and cell.pattern.is_text
