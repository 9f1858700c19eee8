"""A way through changes that go round in a circle, each of which another one needs first.

Edges between two changes hold whatever else is done, so they can forbid every order though one is safe: what a Deny
that goes would free may be denied by a third change that is done by then. Each circle (a strongly connected component
of the hard edges) becomes a chain, found by Dijkstra's algorithm: the states are what is done of the circle, those in
which the judge finds that somebody has too much are left out, and the way with the fewest gaps is the shortest. All
else that reaches the same people is done before the chain or after it, so that nothing else changes between its states.

For example, role/ci has `a` (Allow x, Deny y) and `b` (Allow y, Deny x), and each is to allow what it denied, and to
deny nothing. Two by two, the Deny of `b` has to stay until `a` no longer allows x, and that of `a` until `b` no longer
allows y. But `a` allows nothing new that the Deny of `b` keeps away once it is updated: either may go first.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush

from ecrgen.account.state import IamState
from ecrgen.provision.changes import IamChange
from ecrgen.provision.judge import Judge, TooManyError
from ecrgen.provision.order import Edge

__all__ = ["opened"]

# Of n changes there are 2 to the power of n states; so many of them are looked at.
MOST_STATES = 2_000


def opened(
    changes: Sequence[IamChange],
    fixed: Collection[Edge],
    hard: Collection[Edge],
    soft: Collection[Edge],
    actual: IamState,
) -> set[Edge]:
    """The edges with each circle of them made a chain; a circle for which no safe one was found stays.

    `fixed` are those of the hard ones that no order may break.
    """
    edges = {*hard, *soft}
    while circle := a_circle(edges):
        before = reaching(circle, edges) - circle
        try:
            judge = Judge(changes, actual, circle)
        except TooManyError:
            break
        chain = chain_of(circle, before, [edge for edge in fixed if circle.issuperset(edge)], judge)
        if not chain:
            break
        edges = {edge for edge in edges if not circle.issuperset(edge)} | set(itertools.pairwise(chain))
        edges |= {(first, chain[0]) for first in judge.related & before}
        edges |= {(chain[-1], later) for later in judge.related - before - circle}
    return edges


def chain_of(circle: frozenset[int], before: frozenset[int], fixed: Iterable[Edge], judge: Judge) -> tuple[int, ...]:
    """Dijkstra's algorithm: the changes of a circle in a safe order with the fewest gaps; nothing where there is none.

    `before` are done by then; all but them and the circle are not.
    """
    needs: defaultdict[int, set[int]] = defaultdict(set)
    for first, second in fixed:
        needs[second].add(first)
    waiting: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    settled: set[frozenset[int]] = set()
    while waiting and len(settled) < MOST_STATES:
        gaps, chain = heappop(waiting)
        done = frozenset(chain)
        if done == circle:
            return chain
        if done in settled:
            continue
        settled.add(done)
        for number in sorted(circle - done):
            if needs[number] <= done and done | {number} not in settled:
                verdict = judge.verdict(done | {number} | before)
                if not verdict.leaks:
                    heappush(waiting, (gaps + verdict.gaps, (*chain, number)))
    return ()


def a_circle(edges: Collection[Edge]) -> frozenset[int]:
    """A strongly connected component of more than one number: all that one of a circle reaches and is reached by."""
    graph: defaultdict[int, set[int]] = defaultdict(set)
    for first, second in edges:
        graph[second].add(first)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        one = {error.args[1][0]}
        return reaching(one, edges) & reaching(one, [(second, first) for first, second in edges])
    return frozenset()


def reaching(numbers: Iterable[int], edges: Iterable[Edge]) -> frozenset[int]:
    """The numbers, and all that come, over edges, before one of them."""
    before: defaultdict[int, list[int]] = defaultdict(list)
    for first, second in edges:
        before[second].append(first)
    found = set(numbers)
    waiting = list(found)
    while waiting:
        for number in before[waiting.pop()]:
            if number not in found:
                found.add(number)
                waiting.append(number)
    return frozenset(found)
