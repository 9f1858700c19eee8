"""A site's `pattern:` of a parameter, matched in linear time: Thompson's construction and simulation of an automaton.

`re` backtracks: `([a-z]+-?)+` on 28 letters takes it a minute. Here a pattern becomes states, at most one for each
character of it and each repetition, and each character of a text moves all states that are reached at once. For `a+b`:

    0 --a--> 1,  1 --> 0,  1 --b--> 2 (the end);   on "aab": {0} → {1, 0} → {1, 0} → {2}

https://swtch.com/~rsc/regexp/regexp1.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

__all__ = ["MAX_LENGTH", "Automaton", "automaton"]

MAX_LENGTH = 2048  # of a text, as of an ARN in IAM
MAX_STATES = 1000

# re's own reading of a pattern, which it has no public name for
parser: Any = re._parser  # type: ignore[attr-defined]
compiler: Any = re._compiler  # type: ignore[attr-defined]
ONE_CHARACTER = ("LITERAL", "NOT_LITERAL", "ANY", "IN", "RANGE")
BEGIN, END = ("AT_BEGINNING", "AT_BEGINNING_STRING"), ("AT_END", "AT_END_STRING")
Test = Callable[[str], Any]


class Automaton:
    """States with the moves from each: by one character, or by none, anywhere or only at the begin or end of a text."""

    def __init__(self, pattern: str) -> None:
        """Raises re.error for what is no pattern or cannot be matched in linear time."""
        self.moves: list[list[tuple[Test, int]]] = []
        self.jumps: list[list[tuple[str, int]]] = []
        self.tests: dict[str, Test] = {}  # of items, which a repetition has many times
        if len(pattern) > MAX_LENGTH:
            raise re.error(f"has more than {MAX_LENGTH} characters")
        tree = parser.parse(pattern)
        self.flags, self.groups = tree.state.flags, tree.state
        self.start = self.state()
        self.end = self.sequence(tree, self.start)

    def state(self) -> int:
        if len(self.moves) >= MAX_STATES:
            raise re.error(f"needs more than {MAX_STATES} states; repeat less")
        self.moves.append([])
        self.jumps.append([])
        return len(self.moves) - 1

    def sequence(self, items: Iterable[Any], begin: int) -> int:
        for item in items:
            begin = self.item(item, begin)
        return begin

    def item(self, item: Any, begin: int) -> int:
        """The state that is reached from `begin` by what one item of a pattern matches."""
        name, value = str(item[0]), item[1]
        end = self.state()
        if name in ONE_CHARACTER:
            key = repr(item)
            if key not in self.tests:
                self.tests[key] = compiler.compile(parser.SubPattern(self.groups, [item]), self.flags).fullmatch
            self.moves[begin].append((self.tests[key], end))
        elif name == "AT" and str(value) in (*BEGIN, *END):
            self.jumps[begin].append(("begin" if str(value) in BEGIN else "end", end))
        elif name == "BRANCH":
            for branch in value[1]:
                self.jumps[self.sequence(branch, begin)].append(("", end))
        elif name == "SUBPATTERN" and not value[1] and not value[2]:
            self.jumps[self.sequence(value[3], begin)].append(("", end))
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, items = value
            self.repeat(least, most, items, begin, end)
        else:
            raise re.error(f"{name.lower()} cannot be matched in linear time; leave it out")
        return end

    def repeat(self, least: int, most: int, items: Any, begin: int, end: int) -> None:
        if not len(items):  # as in (?:){1000000000}, which no state would end
            least = most = 0
        for _ in range(least):
            begin = self.sequence(items, begin)
        if most is parser.MAXREPEAT:
            around = self.state()
            self.jumps[begin].append(("", around))
            self.jumps[self.sequence(items, around)].append(("", around))
            begin = around
        else:
            for _ in range(most - least):
                self.jumps[begin].append(("", end))
                begin = self.sequence(items, begin)
        self.jumps[begin].append(("", end))

    def reached(self, states: Iterable[int], first: bool, last: bool) -> set[int]:
        """The states, and those that are reached without a character."""
        found, waiting = set(states), list(states)
        while waiting:
            for where, target in self.jumps[waiting.pop()]:
                if target not in found and (not where or (first if where == "begin" else last)):
                    found.add(target)
                    waiting.append(target)
        return found

    def fullmatch(self, text: str) -> bool:
        """True where the pattern matches all of a text, which is at most MAX_LENGTH characters long."""
        if len(text) > MAX_LENGTH:
            return False
        states = self.reached({self.start}, True, not text)
        for index, character in enumerate(text):
            following = {target for state in states for test, target in self.moves[state] if test(character)}
            states = self.reached(following, False, index == len(text) - 1)
        return self.end in states


@lru_cache(maxsize=256)
def automaton(pattern: str) -> Automaton:
    """The automaton of a pattern. Raises re.error."""
    try:
        return Automaton(pattern)
    except (RecursionError, OverflowError):
        raise re.error("nested too deeply, or repeated too often") from None
