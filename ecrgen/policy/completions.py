"""Completions of a request's context: of a key that nobody gave, a value of every kind that conditions tell apart.

Conditions tell few values apart. Of `aws:SourceIp`, a policy that names 203.0.113.0/24 distinguishes addresses inside
from those outside, and from none at all: three values stand for all. Numbers, dates and addresses are cut at the values
that policies name. Texts are sorted by all patterns at once: the subset construction (Rabin and Scott) follows the sets
of states to which texts lead the patterns' automata, and keeps one text for each combination of patterns that match.
`a*` and `*b` tell four kinds of text apart: `a`, `b`, `ab`, and `z` for all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any, NamedTuple

from ecrgen.policy.automaton import OTHER, automaton
from ecrgen.policy.operators import Comparison
from ecrgen.policy.values import ADDRESS, BOOLEAN, DATE, NUMBER, Instant, Network, Unreadable, ValueType, w3c
from ecrgen.policy.wildcards import SPECIAL

__all__ = ["Completion", "Completions", "Distinction", "completions"]

# A value of the context; None for a key that is absent.
Completion = str | tuple[str, ...] | None

# More sets of states than this are not followed, nor are more values of a key tried.
MOST_SETS = 1000
MOST_VALUES = 300
# For a character that no pattern names: the first of these that none does.
UNNAMED = "zqxjkvwy0123456789~"


class Distinction(NamedTuple):
    """What a condition tells apart: the values of its operator, spelled as patterns where it compares texts."""

    comparison: Comparison
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Completions:
    """The values to try; `complete` says that any other value decides as one of them does."""

    values: tuple[Completion, ...]
    complete: bool


def completions(
    distinctions: Sequence[Distinction], also: Iterable[str] = (), *, many: bool, absent: bool, empty: bool
) -> Completions:
    """Values of a key that show all that conditions tell apart, and those of `also`.

    The key may have `many` values, may be `absent`, and its value may be an `empty` text.
    """
    found = dict.fromkeys(also)
    texts = [(one, value) for one in distinctions if one.comparison.text is not None for value in one.values]
    for one in distinctions:
        if one.comparison.text is None and not one.comparison.asks_presence:
            found.update(dict.fromkeys(cut(one.comparison.type, one.values)))
    complete = True
    if texts or not found:
        ignoring = frozenset(value for one, value in texts if one.comparison.text == "ignoring case")
        witnesses, complete = sorted_texts(tuple(dict.fromkeys(value for _, value in texts)), ignoring)
        found.update(dict.fromkeys(witnesses))
    if empty:
        found[""] = None
    elif len(found) > 1:
        found.pop("", None)
    values: list[Completion] = [None] if absent else []
    if not many:
        values += found
    else:
        sets = (chosen for size in range(len(found) + 1) for chosen in combinations(found, size))
        values += (chosen for chosen, _ in zip(sets, range(MOST_VALUES), strict=False))
        complete = complete and 2 ** len(found) <= MOST_VALUES
    return Completions(tuple(values[:MOST_VALUES]), complete and len(values) <= MOST_VALUES)


def cut(value_type: ValueType, texts: Sequence[str]) -> Iterator[str]:
    """Values of a type: each that is named, and one in every gap between them."""
    values = [value for value in map(value_type.read, texts) if not isinstance(value, Unreadable)]
    if value_type is BOOLEAN:
        yield from ("true", "false")
    elif value_type is NUMBER:
        yield from (format(each, "f") for each in between(values, halfway, 1) or (0,))
    elif value_type is DATE:
        yield from dates(values)
    elif value_type is ADDRESS:
        yield from addresses(values)
    else:
        yield from (*texts, "AAAA")


def between(values: Iterable[Any], middle: Callable[[Any, Any], Any], beyond: Any) -> list[Any]:
    """The values in order, with one between every two neighbours and one at either end."""
    ordered = sorted(set(values))
    if not ordered:
        return []
    middles = [middle(*pair) for pair in pairwise(ordered)]
    return [ordered[0] - beyond, *ordered, *middles, ordered[-1] + beyond]


def dates(values: Iterable[Instant]) -> Iterator[str]:
    from decimal import Decimal  # for start-up: few questions are about dates

    for moment in between([each.seconds + each.fraction for each in values], halfway, 1) or [Decimal(1_800_000_000)]:
        whole = moment == int(moment)
        yield (w3c(Instant(int(moment), Decimal(0))) if whole else None) or format(moment, "f")


def halfway(low: Any, high: Any) -> Any:
    return (low + high) / 2


def addresses(ranges: Sequence[Network]) -> Iterator[str]:
    """Both ends of every range, and what lies just beyond; one address of each version at the least."""
    from ipaddress import IPv4Address, IPv6Address  # for start-up: few questions are about addresses

    for version, kind, bits in ((4, IPv4Address, 32), (6, IPv6Address, 128)):
        starts = {0}
        for each in ranges:
            if each.version == version:
                starts |= {each.base, each.base + (~each.mask & (1 << bits) - 1) + 1}
        yield from (str(kind(start)) for start in sorted(starts) if start < 1 << bits)


@lru_cache(maxsize=512)
def sorted_texts(patterns: tuple[str, ...], ignoring_case: frozenset[str]) -> tuple[tuple[str, ...], bool]:
    """A text for every combination of patterns that match; whether all combinations were found.

    Patterns without wildcards are texts themselves, so only the others' automata are followed.
    """
    literal = [pattern for pattern in patterns if SPECIAL.search(pattern) is None]
    machines = [automaton(pattern) for pattern in patterns if SPECIAL.search(pattern) is not None]
    named = {character for pattern in patterns for character in pattern if SPECIAL.search(character) is None}
    unnamed = next((character for character in UNNAMED if character not in named), None)
    letters = [OTHER, ":", *sorted({letter for machine in machines for letter in machine.characters} - {":"})]
    start = tuple(machine.closure(1) for machine in machines)
    known = {start: ""}
    todo = [start]
    taken = {*literal, *(case for each in literal for case in (each.lower(), each.upper()))}
    while todo and len(known) <= MOST_SETS:
        states = todo.pop(0)
        for letter in letters:
            reached = tuple(machine.step(state, letter) for machine, state in zip(machines, states, strict=True))
            text = known[states] + (unnamed or "" if letter == OTHER else letter)
            if reached not in known:
                known[reached] = text
                todo.append(reached)
            elif (not known[reached] or known[reached] in taken) and text not in taken:
                known[reached] = text
    witnesses: dict[tuple[bool, ...], str] = {}
    for states, text in known.items():
        vector = tuple(bool(state & machine.final) for machine, state in zip(machines, states, strict=True))
        # an empty text stands for others only where no other does: many keys cannot have one
        if vector not in witnesses or ((not witnesses[vector] or witnesses[vector] in taken) and text not in taken):
            witnesses[vector] = text
    cased = [case for each in literal if each in ignoring_case for case in (each.lower(), each.upper(), each.title())]
    complete = not todo and unnamed is not None and not (cased and machines)
    return (*literal, *cased, *witnesses.values()), complete
