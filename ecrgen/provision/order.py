"""The order of changes: after any of them, killed or failed, nobody has access that neither side gives.

An account is changed call by call, and with policies that only allow, every state in between is a mixture of old and
new. Three things would make it more than that, and each is an edge here that is never dropped:

- a policy is updated while a grantee that is to lose it still has it (the detach comes first);
- a grantee gets a policy before its document is the new one (the update comes first);
- a Deny arrives after the Allow that it takes from, or goes before it. A document that nobody can read may allow
  anything, so every Deny stands before it.

Other edges, the soft ones, only avoid a gap: what a grantee loses here and gains there, is gained first. They give way
where they would go round in a circle.

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
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from typing import Literal

from ecrgen.account.state import Grantee
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.patterns import Pattern, PatternKind

__all__ = [
    "ANYTHING",
    "Atoms",
    "Edge",
    "Effect",
    "Rank",
    "atoms",
    "gaps_avoided",
    "gives_more",
    "guarded_by_denies",
    "sort",
]

Atoms = frozenset[Statement]
Edge = tuple[int, int]  # the first comes before the second
Rank = tuple[int, str, str]

# A document that cannot be read, or one of AWS's own that ecrgen has no data of, may allow anything.
ANYTHING: Atoms = frozenset(
    PolicyDocument.from_dict(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    ).statements
)


def atoms(document: PolicyDocument | None) -> Atoms:
    """A document as statements of one action and one resource, without Sids: what can be compared as a set.

    NotAction and NotResource stay whole. Equal access may be written in different atoms, never the reverse.
    """
    out: set[Statement] = set()
    for statement in document.normalised().statements if document else ():
        bare = replace(statement, sid=None)
        for single in [replace(bare, action=action) for action in statement.actions] or [bare]:
            out.update([replace(single, resource=resource) for resource in statement.resources] or [single])
    return frozenset(out)


def gives_more(before: PolicyDocument | None, after: PolicyDocument) -> bool:
    """True where the new document may allow what the old did not, and where the old one cannot be read (None)."""
    if before is None:
        return True
    old, new = atoms(before), atoms(after)
    return bool(of("Allow", new - old) or of("Deny", old - new))


def of(effect: Literal["Allow", "Deny"], statements: Atoms) -> Atoms:
    return frozenset(statement for statement in statements if statement.effect == effect)


@dataclass(frozen=True, slots=True)
class Effect:
    """The atoms of a change's policy that one grantee has before and after it; `change` is the change's number."""

    change: int
    grantee: Grantee
    before: Atoms
    after: Atoms


def gaps_avoided(effects: Sequence[Effect]) -> Iterator[Edge]:
    """Soft edges: a grantee gains an atom by one change before another takes the same away."""
    gains: defaultdict[tuple[Grantee, Statement], list[int]] = defaultdict(list)
    for effect in effects:
        for atom in effect.after - effect.before:
            gains[effect.grantee, atom].append(effect.change)
    for effect in effects:
        for atom in effect.before - effect.after:
            for gain in gains.get((effect.grantee, atom), ()):
                if gain != effect.change:
                    yield gain, effect.change


def guarded_by_denies(effects: Sequence[Effect]) -> Iterator[Edge]:
    """Hard edges: a Deny comes before the Allow it takes from, stays until that is gone, and a new one is there before
    an old one goes that it overlaps."""
    circles: defaultdict[str, list[Effect]] = defaultdict(list)
    for effect in effects:
        # a user has what its groups have, so users and groups are taken together
        circles[effect.grantee.name if effect.grantee.kind == "role" else "/"].append(effect)
    for circle in circles.values():
        for one in circle:
            new_denies, old_denies = of("Deny", one.after - one.before), of("Deny", one.before - one.after)
            if not new_denies and not old_denies:
                continue
            for other in circle:
                if one.change == other.change:
                    continue
                if touch(new_denies - other.after, of("Allow", other.after - other.before)):
                    yield one.change, other.change
                if touch(old_denies - other.before, of("Allow", other.before - other.after)):
                    yield other.change, one.change
                if touch(new_denies, of("Deny", other.before - other.after)):
                    yield one.change, other.change


def touch(some: Atoms, others: Atoms) -> bool:
    """True where a request may match an atom of both; never False where one can."""
    return any(
        meet(one.action, other.action, "action") and meet(one.resource, other.resource, "resource")
        for one in some
        for other in others
    )


def meet(one: object, other: object, kind: PatternKind) -> bool:
    """True where two patterns may match the same text."""
    if not isinstance(one, str) or not isinstance(other, str):
        return True  # NotAction, NotResource
    return Pattern.of(one, kind).meets(Pattern.of(other, kind))


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
