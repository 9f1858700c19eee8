"""Room for what comes: how many policies a grantee, and an account, may have beside those that are there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ecrgen.account.state import Grantee, IamState
from ecrgen.provision.changes import Attach, Create, Delete, Detach, IamChange
from ecrgen.provision.order import Edge

__all__ = ["Room", "edges_of_room", "rooms"]


@dataclass
class Room:
    """The changes (their numbers) that take a place in one quota, and those that free one; `free` is what is left."""

    free: int
    coming: list[int] = field(default_factory=list)
    going: list[int] = field(default_factory=list)


def rooms(changes: Sequence[IamChange], actual: IamState) -> list[Room]:
    """The rooms in which a change takes a place: each grantee's, and the account's."""
    coming: defaultdict[Grantee | None, list[int]] = defaultdict(list)
    going: defaultdict[Grantee | None, list[int]] = defaultdict(list)
    for number, change in enumerate(changes):
        match change:
            case Create():
                coming[None].append(number)
            case Delete():
                going[None].append(number)
            case Attach(attachment):
                coming[attachment.grantee].append(number)
            case Detach(attachment):
                going[attachment.grantee].append(number)
    return [Room(free_at(grantee, actual), numbers, going[grantee]) for grantee, numbers in coming.items()]


def free_at(grantee: Grantee | None, actual: IamState) -> int:
    """The places that are left at a grantee, or in the account (None)."""
    if grantee is None:
        return actual.quotas.policies - len(actual.taken)
    return actual.quotas.attached(grantee.kind) - len(actual.entities[grantee].attached)


def edges_of_room(changes: Sequence[IamChange], actual: IamState) -> Iterator[Edge]:
    """Edges of quotas: where one leaves no room for all that comes, what goes makes room first, one for one."""
    for room in rooms(changes, actual):
        over = max(-room.free, 0)  # so many have to go before the first may come
        for place, number in enumerate(room.coming[max(room.free, 0) :], over):
            yield from ((gone, number) for gone in [*room.going[:over], *room.going[place : place + 1]])
