"""Blocks that may be split, with the characters that each of their values takes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

from ecrgen.policy.document import Statement
from ecrgen.policy.pack.merge import Block, Splittable

__all__ = ["Piece", "pieces_of"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A block and the element it may be split by; without one it has a single value, of no size.

    `costs` are the characters of each value, `base` those of the statement with an empty list of them.
    """

    block: Block
    element: Splittable | None
    values: tuple[str, ...]
    costs: tuple[int, ...]
    base: int

    def needs(self, cost: int, count: int) -> int:
        """Characters that one more value takes in a statement that has so many of them. One alone is not a list."""
        if count == 0:
            return self.base + cost - (len("[]") if self.element else 0)
        return cost + len(",") + (len("[]") if count == 1 else 0)

    @property
    def size(self) -> int:
        """Characters of the whole statement."""
        return sum(self.needs(cost, count) for count, cost in enumerate(self.costs))

    @property
    def least(self) -> int:
        """Characters of the statement with one value, the longest."""
        return self.needs(max(self.costs), 0)

    @property
    def name(self) -> str:
        return self.block.sid or f"{self.block.effect} {', '.join(self.block.actions[:1])}, …"

    def statement(self, values: Iterable[str]) -> Statement:
        """The block with some of its values."""
        return (self.block.having(self.element, tuple(sorted(values))) if self.element else self.block).statement()


def piece_of(block: Block, element: Splittable | None) -> Piece:
    if element is None:
        return Piece(block, None, ("",), (0,), written_size(block.statement().to_dict()))
    values = block.splittable(element)
    costs = tuple(map(written_size, values))
    one = written_size(block.having(element, values[:1]).statement().to_dict())
    return Piece(block, element, values, costs, one - costs[0] + len("[]"))


def pieces_of(block: Block, room: int) -> tuple[Piece, ...]:
    """The block to be split by the longer of its lists; cut by the other one first, where that makes fewer parts."""
    elements: tuple[Splittable, Splittable] = ("actions", "resources")
    other, element = sorted(elements, key=lambda name: sum(map(len, block.splittable(name))))
    if not block.splittable(element):
        return (piece_of(block, None),)
    whole = piece_of(block, element)
    if whole.size <= room:
        return (whole,)
    values = block.splittable(other)
    best: tuple[Piece, ...] = (whole,)
    least = parts_filled((whole,), room)
    for number in range(2, len(values) + 1):
        ends = [len(values) * cut // number for cut in range(number + 1)]
        cuts = (replace(block.having(other, values[start:end]), sid=None) for start, end in pairwise(ends))
        bases = ((cut, whole.base + size_of(cut, other) - size_of(block, other)) for cut in cuts)
        pieces = tuple(replace(whole, block=cut, base=base) for cut, base in bases)
        filled = parts_filled(pieces, room)
        if filled >= least < inf:
            # from here on, more cuts only repeat more
            break
        best, least = pieces, filled
    return best


def size_of(block: Block, element: Splittable) -> int:
    values = block.splittable(element)
    return written_size(values[0] if len(values) == 1 else values)


def parts_filled(pieces: tuple[Piece, ...], room: int) -> float:
    """About how many parts the pieces of one block fill; infinite where one does not fit at all."""
    total, longest = sum(pieces[0].costs), max(pieces[0].costs)
    return sum(total / (room - piece.base) if piece.base + longest < room else inf for piece in pieces)


def written_size(value: object) -> int:
    """Characters of a JSON value without white space."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
