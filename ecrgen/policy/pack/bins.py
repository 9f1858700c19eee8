"""Bin packing: pieces in the fewest bins, each the statements of one document, that hold them.

With b bins, the smaller pieces go first-fit, whole where they can; the values of the largest piece are spread by
rendezvous hashing: each value ranks all bins by the hash of bin and value, and takes the first in its own ranking with
room. So a value that comes or goes moves few others. Where that does not fit, the largest first, first-fit decreasing,
may; else there is one more bin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from itertools import count
from typing import Any

from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.pack.split import Piece

__all__ = ["fewest"]

# A value and its characters.
Value = tuple[str, int]


class Bins:
    """Bins that are being filled: in each, the values of the pieces that have any there, by a piece's index."""

    def __init__(self, pieces: Sequence[Piece], number: int, room: int) -> None:
        self.pieces = pieces
        self.room = [room] * number
        self.values: list[dict[int, list[str]]] = [{} for _ in range(number)]

    def put(self, index: int, values: Sequence[Value], bin_: int) -> bool:
        """Put values of a piece into a bin, all of them or none."""
        filled = self.values[bin_]
        there = len(filled.get(index, ()))
        comma = 1 if filled and not there else 0
        needed = comma + sum(self.pieces[index].needs(cost, there + more) for more, (_, cost) in enumerate(values))
        if needed > self.room[bin_]:
            return False
        self.room[bin_] -= needed
        filled.setdefault(index, []).extend(value for value, _ in values)
        return True

    def put_whole(self, index: int) -> bool:
        """Put all values of a piece into the first bin with room for them."""
        piece = self.pieces[index]
        values = [*zip(piece.values, piece.costs, strict=True)]
        return any(self.put(index, values, bin_) for bin_ in range(len(self.room)))

    def spread(self, index: int, order: Callable[[Value], Any], preference: Callable[[str], Iterable[int]]) -> bool:
        """Put the values of a piece, in an order, each into the first bin of its preference that has room."""
        piece = self.pieces[index]
        values = sorted(zip(piece.values, piece.costs, strict=True), key=order)
        return all(any(self.put(index, [value], bin_) for bin_ in preference(value[0])) for value in values)

    def in_order(self, value: str) -> Iterable[int]:
        return range(len(self.room))

    def by_hash(self, value: str) -> Iterable[int]:
        return sorted(range(len(self.room)), key=lambda bin_: digest(f"{bin_} {value}"))

    def documents(self) -> tuple[PolicyDocument, ...]:
        return tuple(
            PolicyDocument(tuple(self.pieces[index].statement(values) for index, values in sorted(bin_.items())))
            for bin_ in self.values
            if bin_
        )


def fewest(pieces: Sequence[Piece], room: int) -> tuple[PolicyDocument, ...]:
    """The pieces as documents, as few as found; `room` is what the statements of one may take, and each fits there."""
    least = max(1, -(-sum(piece.size for piece in pieces) // room))
    return next(
        bins.documents()
        for number in count(least)
        for fill in (stable, dense)
        if fill(bins := Bins(pieces, number, room))
    )


def stable(bins: Bins) -> bool:
    """Fill in the smaller pieces first, whole where they can be, and spread the largest by hash."""
    order = sorted(range(len(bins.pieces)), key=lambda index: bins.pieces[index].size)
    return all(
        bins.put_whole(index) or bins.spread(index, hashed, bins.by_hash if index == order[-1] else bins.in_order)
        for index in order
    )


def dense(bins: Bins) -> bool:
    """Fill in the largest pieces first, the longest values of each first, from the first bin on."""
    order = sorted(range(len(bins.pieces)), key=lambda index: -bins.pieces[index].size)
    return all(bins.spread(index, longest, bins.in_order) for index in order)


def hashed(value: Value) -> bytes:
    return digest(value[0])


def longest(value: Value) -> int:
    return -value[1]


def digest(text: str) -> bytes:
    """An order that has nothing to do with the texts and is always the same."""
    return blake2b(text.encode(), digest_size=8).digest()
