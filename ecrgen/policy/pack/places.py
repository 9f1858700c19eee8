"""Pieces in the fewest parts that hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from itertools import count
from typing import Any

from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.pack.pieces import Piece

__all__ = ["fewest"]

# A value and its characters.
Value = tuple[str, int]


class Parts:
    """Parts that are being filled: in each, the values of the pieces that have any there, by a piece's index."""

    def __init__(self, pieces: Sequence[Piece], number: int, room: int) -> None:
        self.pieces = pieces
        self.room = [room] * number
        self.values: list[dict[int, list[str]]] = [{} for _ in range(number)]

    def put(self, index: int, values: Sequence[Value], part: int) -> bool:
        """Put values of a piece into a part, all of them or none."""
        filled = self.values[part]
        there = len(filled.get(index, ()))
        comma = 1 if filled and not there else 0
        needed = comma + sum(self.pieces[index].needs(cost, there + more) for more, (_, cost) in enumerate(values))
        if needed > self.room[part]:
            return False
        self.room[part] -= needed
        filled.setdefault(index, []).extend(value for value, _ in values)
        return True

    def put_whole(self, index: int) -> bool:
        """Put all values of a piece into the first part with room for them."""
        piece = self.pieces[index]
        values = [*zip(piece.values, piece.costs, strict=True)]
        return any(self.put(index, values, part) for part in range(len(self.room)))

    def spread(self, index: int, order: Callable[[Value], Any], preference: Callable[[str], Iterable[int]]) -> bool:
        """Put the values of a piece, in an order, each into the first part of its preference that has room."""
        piece = self.pieces[index]
        values = sorted(zip(piece.values, piece.costs, strict=True), key=order)
        return all(any(self.put(index, [value], part) for part in preference(value[0])) for value in values)

    def in_order(self, value: str) -> Iterable[int]:
        return range(len(self.room))

    def by_hash(self, value: str) -> Iterable[int]:
        return sorted(range(len(self.room)), key=lambda part: digest(f"{part} {value}"))

    def documents(self) -> tuple[PolicyDocument, ...]:
        return tuple(
            PolicyDocument(tuple(self.pieces[index].statement(values) for index, values in sorted(part.items())))
            for part in self.values
            if part
        )


def fewest(pieces: Sequence[Piece], room: int) -> tuple[PolicyDocument, ...]:
    """The pieces as documents, as few as found; `room` is what the statements of one may take, and each fits there."""
    least = max(1, -(-sum(piece.size for piece in pieces) // room))
    return next(
        parts.documents()
        for number in count(least)
        for fill in (stable, dense)
        if fill(parts := Parts(pieces, number, room))
    )


def stable(parts: Parts) -> bool:
    """Fill in the smaller pieces first, whole where they can be, and spread the largest by hash."""
    order = sorted(range(len(parts.pieces)), key=lambda index: parts.pieces[index].size)
    return all(
        parts.put_whole(index) or parts.spread(index, hashed, parts.by_hash if index == order[-1] else parts.in_order)
        for index in order
    )


def dense(parts: Parts) -> bool:
    """Fill in the largest pieces first, the longest values of each first, from the first part on."""
    order = sorted(range(len(parts.pieces)), key=lambda index: -parts.pieces[index].size)
    return all(parts.spread(index, longest, parts.in_order) for index in order)


def hashed(value: Value) -> bytes:
    return digest(value[0])


def longest(value: Value) -> int:
    return -value[1]


def digest(text: str) -> bytes:
    """An order that has nothing to do with the texts and is always the same."""
    return blake2b(text.encode(), digest_size=8).digest()
