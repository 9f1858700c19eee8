"""The order of changes: after any of them, killed or failed, nobody has access that neither side gives.

An account is changed call by call, and with policies that only allow, every state in between is a mixture of old and
new. Three things would make it more than that, and each is an edge here that is never dropped:

- a policy is updated while a grantee that is to lose it still has it (the detach comes first);
- a grantee gets a policy before its document is the new one (the update comes first);
- a Deny arrives after the Allow that it takes from, or goes before it. A document that nobody can read may allow
  anything, so every Deny stands before it.

Other edges, the soft ones, only avoid a gap: what somebody loses here and gains there is gained first, compared by what
is given and not by how it is written (a list of repositories and the prefix that covers it have something in common).
They give way where they would go round in a circle.

`sort` is Kahn's algorithm (A. B. Kahn, Topological sorting of large networks, 1962) with soft edges. It places what
waits for nothing, the lowest rank first, and takes it from what the others wait for. Where all that is left waits,
there is a circle, and the lowest rank in one that waits over soft edges alone loses these. An example: role/ci moves
from grant `old` to `new`, which give the same, while the Deny in `fence`, which it has too, becomes another:

- 0 updates fence, 1 attaches new, 2 detaches old;
- hard: 0 before 1, as the new Deny takes from what new allows; 2 before 0, as the old Deny takes from what old allows;
- soft: 1 before 2, so that ci is never without.

Each waits for another. 2 waits over a soft edge alone, and loses it: ci has neither for a moment, and never too much.

>>> sort([(1, "fence", ""), (2, "new", "role/ci"), (3, "old", "role/ci")], hard=[(0, 1), (2, 0)], soft=[(1, 2)])
[(2, frozenset()), (0, frozenset({2})), (1, frozenset({0}))]
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from ecrgen.account.state import Grantee
from ecrgen.provision.gives import Given, Pieces

__all__ = ["Edge", "Effect", "Rank", "gaps_avoided", "guarded_by_denies", "sort"]

Edge = tuple[int, int]  # the first comes before the second
Rank = tuple[int, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """What a change's policy gives before and after it, and the difference. `change` is the change's number."""

    change: int
    before: Given
    after: Given
    gains: Given
    loses: Given

    @classmethod
    def of(cls, change: int, before: Given, after: Given) -> Effect:
        return cls(change, before, after, after.beyond(before), before.beyond(after))


# Those of a change on one grantee.
Effects = Sequence[tuple[Grantee, Effect]]


def together(one: Grantee, other: Grantee) -> bool:
    """True where somebody may have the policies of both: of himself, of a user and its groups, of two groups."""
    if one == other:
        return True
    kinds = {one.kind, other.kind}
    return kinds in ({"group"}, {"user", "group"})


def gaps_avoided(effects: Effects) -> set[Edge]:
    """Soft edges: what is lost by one change is gained by another before."""
    return edges(
        [each for each in effects if each[1].gains.allows],
        [each for each in effects if each[1].loses.allows],
        lambda one, other: one.gains.allows.meets(other.loses.allows),
    )


def guarded_by_denies(effects: Effects) -> set[Edge]:
    """Hard edges: a Deny comes before the Allow that it takes from, stays until that is gone, and a new one is
    there before an old one goes that it overlaps."""
    denying = [each for each in effects if each[1].gains.denies]
    freeing = [each for each in effects if each[1].loses.denies]
    return (
        edges(
            denying,
            [each for each in effects if each[1].gains.allows],
            lambda one, other: touch(one.gains.denies, other.after.denies, other.gains.allows),
        )
        | edges(
            [each for each in effects if each[1].loses.allows],
            freeing,
            lambda one, other: touch(other.loses.denies, one.before.denies, one.loses.allows),
        )
        | edges(denying, freeing, lambda one, other: one.gains.denies.meets(other.loses.denies))
    )


def touch(denies: Pieces, brought: Pieces, allows: Pieces) -> bool:
    """True where Denies take from what is allowed, but for those that the policy which allows it brings itself."""
    return denies.beyond(brought).meets(allows)


def edges(firsts: Effects, seconds: Effects, needed: Callable[[Effect, Effect], bool]) -> set[Edge]:
    """The pairs of changes, on grantees whom somebody may be or be in, of which the first has to come before."""
    by_grantee: defaultdict[Grantee, list[Effect]] = defaultdict(list)
    for grantee, effect in seconds:
        by_grantee[grantee].append(effect)
    groups = [grantee for grantee in by_grantee if grantee.kind == "group"]
    known: dict[Edge, bool] = {}
    for grantee, one in firsts:
        near: Iterable[Grantee] = (grantee,)
        if grantee.kind == "user":
            near = (grantee, *groups)
        elif grantee.kind == "group":
            near = (other for other in by_grantee if together(grantee, other))
        for other in (effect for there in near for effect in by_grantee.get(there, ())):
            edge = (one.change, other.change)
            if one.change != other.change and edge not in known:
                known[edge] = needed(one, other)
    return {edge for edge, needed_ in known.items() if needed_}


def sort(ranks: Sequence[Rank], hard: Iterable[Edge], soft: Iterable[Edge]) -> list[tuple[int, frozenset[int]]]:
    """Kahn's algorithm: numbers 0…n in an order that keeps all hard edges, each with those it waits for.

    The lowest rank comes first. Soft edges are dropped where they close a circle. A number that is missing from the
    answer is in, or behind, a circle of hard edges.
    """
    bound: list[set[int]] = [set() for _ in ranks]
    for first, second in hard:
        bound[second].add(first)
    before = [set(numbers) for numbers in bound]
    for first, second in soft:
        before[second].add(first)
    followers: list[list[int]] = [[] for _ in ranks]
    for number, numbers in enumerate(before):
        for first in numbers:
            followers[first].append(number)
    waiting = [set(numbers) for numbers in before]
    ready = [(ranks[number], number) for number, numbers in enumerate(waiting) if not numbers]
    heapify(ready)
    placed: dict[int, frozenset[int]] = {}
    while len(placed) < len(ranks):
        if not ready:
            freed = next_freed(ranks, waiting, bound, placed)
            if freed is None:
                break
            before[freed] -= waiting[freed]
            waiting[freed].clear()
            ready.append((ranks[freed], freed))
        _, number = heappop(ready)
        placed[number] = frozenset(before[number])
        for follower in followers[number]:
            if number in waiting[follower]:
                waiting[follower].discard(number)
                if not waiting[follower]:
                    heappush(ready, (ranks[follower], follower))
    return list(placed.items())


def next_freed(
    ranks: Sequence[Rank], waiting: Sequence[set[int]], bound: Sequence[set[int]], placed: Collection[int]
) -> int | None:
    """The lowest number in a circle that only soft edges hold back, or None where every circle is of hard ones."""
    candidates = [
        n for n in range(len(ranks)) if n not in placed and not waiting[n] & bound[n] and circular(n, waiting)
    ]
    return min(candidates, key=lambda number: (ranks[number], number), default=None)


def circular(number: int, waiting: Sequence[set[int]]) -> bool:
    """True where a number waits, over others, for itself."""
    seen: set[int] = set()
    stack = list(waiting[number])
    while stack:
        other = stack.pop()
        if other == number:
            return True
        if other not in seen:
            seen.add(other)
            stack.extend(waiting[other])
    return False
