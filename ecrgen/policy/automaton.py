"""Patterns as automata: does one contain the other, do two meet?

A spelled pattern (ecrgen.policy.wildcards) is a nondeterministic automaton whose states are the places between its
tokens; a run stays where it is or goes on. A set of states is the bits of one number, so a step of all of them at once
is a shift and two masks (Baeza-Yates and Gonnet's bit-parallel simulation). `a*` has the states 0, 1 and 2; reading `a`
leads from {0} to {1, 2}, where state 2 is final, and every further character leaves {1, 2}.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from ecrgen.policy.wildcards import ONE, ONE_IN_SEGMENT, RUN, RUN_IN_SEGMENT, VARIABLE

__all__ = ["OTHER", "automaton", "contains", "meets"]

TOKEN = re.compile(f"{VARIABLE.pattern}|.", re.DOTALL)
# A character that no pattern names: what a wildcard matches at the least.
OTHER = ""
# More sets of states than this are not followed: `contains` is then not certain, and says no.
MOST_SETS = 16


class Automaton(NamedTuple):
    """The places of each token, as bits: bit n is state n, before token n. `characters` has variables, too."""

    characters: dict[str, int]
    ones: int
    ones_in_segment: int
    runs: int
    runs_in_segment: int
    final: int

    @property
    def singles(self) -> int:
        """The places of all that is exactly one character."""
        return (self.final - 1) & ~(self.runs | self.runs_in_segment)

    def closure(self, states: int) -> int:
        """The states with those behind the runs they stand at."""
        return flood(states, self.runs | self.runs_in_segment)

    def step(self, states: int, token: str) -> int:
        """The states after one character, one that no pattern names, or a variable."""
        singles, loops = self.characters.get(token, 0), self.runs
        if len(token) < 2:  # no variable
            singles |= self.ones
            if token != ":":
                singles |= self.ones_in_segment
                loops |= self.runs_in_segment
        return self.closure((states & singles) << 1 | states & loops)


def flood(states: int, passable: int) -> int:
    """The states and those that follow over passable places: the carry of an addition runs through them (Myers)."""
    return ((passable + (states & passable)) ^ passable) | states


@lru_cache(maxsize=2048)
def automaton(spelling: str) -> Automaton:
    characters: dict[str, int] = {}
    place = 1
    for token in tokens(spelling):
        characters[token] = characters.get(token, 0) | place
        place <<= 1
    return Automaton(
        characters,
        ones=characters.pop(ONE, 0),
        ones_in_segment=characters.pop(ONE_IN_SEGMENT, 0),
        runs=characters.pop(RUN, 0),
        runs_in_segment=characters.pop(RUN_IN_SEGMENT, 0),
        final=place,
    )


def tokens(spelling: str) -> list[str]:
    return [found.group() for found in TOKEN.finditer(spelling)]


@lru_cache(maxsize=8192)
def contains(outer: str, inner: str) -> bool:
    """True where every text of the inner pattern is one of the outer's.

    The outer automaton reads the inner pattern, and of what a wildcard stands for only the worst: a character that no
    pattern names and, where the outer tells colons apart, a colon. Sets of states that hold another are dropped, for
    they accept more (antichains: De Wulf, Doyen, Henzinger and Raskin). So the answer is exact for patterns without
    variables, but for a no where the sets become too many. A variable stands for any text, the same in both patterns:
    a yes is certain, a no may be ignorance. `a?*` contains `a*b`: behind `a` the inner run leaves the sets {1} (it is
    empty), {2, 3} (it is not); `b` leads both to {2, 3}, and 3 is final.
    """
    wide = automaton(outer)
    letters = (OTHER, ":") if wide.ones_in_segment or wide.runs_in_segment else (OTHER,)
    sets = [wide.closure(1)]
    for token in tokens(inner):
        if token == RUN:
            sets = repeated(wide, sets, letters)
        elif token == RUN_IN_SEGMENT:
            sets = repeated(wide, sets, (OTHER,))
        elif token == ONE:
            sets = least(wide.step(states, letter) for states in sets for letter in letters)
        else:
            letter = OTHER if token == ONE_IN_SEGMENT else token
            sets = least(wide.step(states, letter) for states in sets)
        if len(sets) > MOST_SETS or 0 in sets:
            return False
    return all(states & wide.final for states in sets)


def repeated(wide: Automaton, sets: list[int], letters: tuple[str, ...]) -> list[int]:
    """The sets after no, one or more of the letters."""
    found: list[int] = []
    todo = list(sets)
    while todo and len(found) <= MOST_SETS:
        states = todo.pop()
        if not any(other & states == other for other in found):
            found = [*(other for other in found if states & other != states), states]
            todo.extend(wide.step(states, letter) for letter in letters)
    return found


def least(sets: Iterable[int]) -> list[int]:
    """The sets that hold no other."""
    found: list[int] = []
    for states in sorted(set(sets), key=int.bit_count):
        if not any(other & states == other for other in found):
            found.append(states)
    return found


@lru_cache(maxsize=8192)
def meets(one: str, other: str) -> bool:
    """True where the two patterns may have a text in common: the product of their automata, row by row.

    The patterns have no variables. `a*` meets `*b`: the first reads
    `a` (the second is in {0, 1}), then any run (every state from 0 on, the final one among them).
    """
    wide = automaton(other)
    colons = wide.characters.get(":", 0)
    states = wide.closure(1)
    for token in tokens(one):
        if token == RUN:
            # whatever stands there is passable
            states = (wide.final << 1) - 1 & -(states & -states)
        elif token == RUN_IN_SEGMENT:
            states = flood(states, wide.final - 1 & ~colons)
        elif token in (ONE, ONE_IN_SEGMENT):
            singles = wide.singles if token == ONE else wide.singles & ~colons
            states = wide.closure((states & singles) << 1 | states & (wide.runs | wide.runs_in_segment))
        else:
            states = wide.step(states, token)
        if not states:
            return False
    return bool(states & wide.final)
