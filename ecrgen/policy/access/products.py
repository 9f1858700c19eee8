"""Places put together: which principals, actions and resources go each with each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Places", "Product", "products"]

# For a class of actions, for a class of principals, the classes of resources as bits.
Places = dict[int, dict[int, int]]


class Product(NamedTuple):
    """Classes of principals and actions, and classes of resources as bits, each of which goes with each."""

    whos: tuple[int, ...]
    whats: tuple[int, ...]
    wheres: int


def products(places: Places) -> Iterator[Product]:
    """Places as few products."""
    alike: dict[tuple[tuple[int, int], ...], list[int]] = defaultdict(list)
    for what, by_who in places.items():
        alike[tuple(by_who.items())].append(what)
    for common, whats in alike.items():
        # resources that go with the same principals, cut finer by each of these
        blocks: dict[tuple[int, ...], int] = {}
        for who, wheres in common:
            cut: dict[tuple[int, ...], int] = {}
            for whos, block in blocks.items():
                if block & wheres:
                    cut[(*whos, who)] = block & wheres
                if block & ~wheres:
                    cut[whos] = block & ~wheres
                wheres &= ~block
            if wheres:
                cut[(who,)] = wheres
            blocks = cut
        for whos, block in blocks.items():
            yield Product(whos, tuple(whats), block)
