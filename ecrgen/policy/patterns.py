"""Patterns: what an action, a Resource, a value of StringLike or ArnLike matches, and how two of them compare.

One type for every question. `arn:aws:ecr:*` as a Resource matches `arn:aws:ecr:us-east-1:123456789012:repository/a`,
contains `arn:aws:ecr:eu-*:1*:repository/b`, and meets `arn:*:*:*:*:repository/c`. Where its wildcards stand and what
they take is said in ecrgen.policy.wildcards, with the AWS pages; no pattern takes longer to match than its length times
the text's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, Self

from ecrgen.policy.automaton import contains, meets
from ecrgen.policy.variables import Keys, Variable, value_of
from ecrgen.policy.wildcards import (
    ONE,
    ONE_IN_SEGMENT,
    RUN,
    RUN_IN_SEGMENT,
    SPECIAL,
    VARIABLE,
    PatternKind,
    expression,
    refuse_surrogates,
    spell,
    variable_of,
)

__all__ = ["EVERYTHING", "Pattern", "PatternKind", "Patterns"]

NO_KEYS: Mapping[str, str] = {}


class Pattern(NamedTuple):
    """A text with wildcards and policy variables, spelled so that equal patterns match the same texts."""

    spelling: str

    @classmethod
    def of(cls, text: str, kind: PatternKind, variables: bool = True) -> Self:
        """The pattern that a policy's text is; `variables` says whether the document's Version has policy variables.

        Raises EcrgenError for half of a surrogate pair, which no policy document can hold.
        """
        return cls(spelled(text, kind, variables))

    def matches(self, text: str, keys: Keys = NO_KEYS, empty: bool = True) -> bool:
        """The pattern matches the text; a variable is its value, literally, and nothing matches without one.

        `empty` says whether an empty text is a value.
        """
        spelling = self.spelling
        if VARIABLE.search(spelling) is not None:
            filled = with_values(spelling, keys, empty)
            if filled is None:
                return False
            spelling = filled
        return bool(matcher(spelling)(text))

    def among(self, texts: Iterable[str]) -> list[str]:
        """The texts that the pattern matches, in their order, where it has no variables."""
        return list(filter(matcher(self.spelling), texts))

    def contains(self, other: Pattern) -> bool:
        """True where every text of the other pattern is one of this one's.

        Yes is certain. No is exact, too, but where patterns have variables, which may stand for any text, or so many
        `?` beside `*` that not all ways were followed.
        """
        outer, inner = self.spelling, other.spelling
        if outer in (inner, RUN):
            return True
        prefix = self.prefix
        if not inner.startswith(prefix) or len(prefix) == len(outer):
            return False
        if len(prefix) + 1 == len(outer) and outer[-1] == RUN:
            return True
        # where `*` takes everything, what it takes may be a wildcard or a variable just as well
        if not matcher(loosened(outer))(inner):
            return False
        return PARTICULAR.search(outer) is None or contains(outer, inner)

    def meets(self, other: Pattern) -> bool:
        """True where the two may have a text in common. False is certain; so is True where neither has a variable."""
        one, another = anything(self.spelling), anything(other.spelling)
        if other.is_text:
            return bool(matcher(one)(another))
        if self.is_text:
            return bool(matcher(another)(one))
        ours, its = ends(one), ends(another)
        if not (ours.start.startswith(its.start) or its.start.startswith(ours.start)):
            return False
        if not (ours.end.endswith(its.end) or its.end.endswith(ours.end)):
            return False
        # two runs that take everything take what stands between the ends of the other pattern
        return (ours.loose and its.loose) or meets(one, another)

    @property
    def is_text(self) -> bool:
        """True for one text: no wildcard, no variable."""
        return self.spelling.isascii() or SPECIAL.search(self.spelling) is None

    @property
    def has_variable(self) -> bool:
        """True where a policy variable is in it: which texts it matches, the request says."""
        return not self.is_text and VARIABLE.search(self.spelling) is not None

    @property
    def variables(self) -> Iterator[Variable]:
        """The policy variables in it."""
        return map(variable_of, VARIABLE.finditer(self.spelling))

    @property
    def prefix(self) -> str:
        """The text that everything it matches begins with."""
        if self.spelling.isascii():
            return self.spelling
        found = SPECIAL.search(self.spelling)
        return self.spelling[: found.start()] if found else self.spelling

    @property
    def suffix(self) -> str:
        """The text that everything it matches ends with."""
        return self.spelling if self.is_text else ends(self.spelling).end


EVERYTHING = Pattern(RUN)
# The wildcards that do not match all that a wildcard of another pattern may stand for.
PARTICULAR = re.compile(f"[{ONE}{ONE_IN_SEGMENT}{RUN_IN_SEGMENT}]")


class Ends(NamedTuple):
    """The texts that everything in a pattern with wildcards begins and ends with; `loose` where all of them are `*`."""

    start: str
    end: str
    loose: bool


@lru_cache(maxsize=8192)
def ends(spelling: str) -> Ends:
    start, *_, end = SPECIAL.split(spelling)
    return Ends(start, end, PARTICULAR.search(spelling) is None)


def anything(spelling: str) -> str:
    """The spelling with `*` for each variable, which may stand for anything."""
    return spelling if spelling.isascii() else VARIABLE.sub(RUN, spelling)


@lru_cache(maxsize=4096)
def loosened(spelling: str) -> str:
    """The spelling with `*` for every wildcard: what it does not contain, the pattern does not."""
    return re.sub(f"{RUN}+", RUN, PARTICULAR.sub(RUN, spelling))


@lru_cache(maxsize=8192)
def spelled(text: str, kind: PatternKind, variables: bool) -> str:
    return spell(text, kind, variables)


def with_values(spelling: str, keys: Keys, empty: bool) -> str | None:
    """The spelling with the values of its variables, or None where one has no value."""
    values = {found.group(): value_of(variable_of(found), keys, empty) for found in VARIABLE.finditer(spelling)}
    known = {text: refuse_surrogates(value) for text, value in values.items() if value is not None}
    if len(known) < len(values):
        return None
    return VARIABLE.sub(lambda found: known[found.group()], spelling)


@lru_cache(maxsize=4096)
def matcher(spelling: str) -> Callable[[str], object]:
    """The test of texts for a spelling without variables; no regular expression for a plain text or a single `*`."""
    found = SPECIAL.search(spelling)
    if found is None:
        return spelling.__eq__
    start, _, end = spelling.partition(RUN)
    if len(start) == found.start() and SPECIAL.search(end) is None:
        return between(start, end)
    return re.compile(expression(spelling), re.DOTALL).fullmatch


def between(start: str, end: str) -> Callable[[str], bool]:
    """Texts that begin and end so."""
    if not end:
        return lambda text: text.startswith(start)
    least = len(start) + len(end)
    return lambda text: text.startswith(start) and text.endswith(end) and len(text) >= least


class Patterns:
    """Several patterns as one question: does any of them match this text? What they need is made at the first one.

    `empty` says whether a variable whose value is an empty text has a value.
    """

    __slots__ = ("empty", "kind", "prefixes", "texts", "variable", "variables", "wild", "written")

    def __init__(self, written: Iterable[str], kind: PatternKind, variables: bool = True, empty: bool = True) -> None:
        self.empty = empty
        self.written: Iterable[str] | None = written
        self.kind: PatternKind = kind
        self.variables = variables
        self.texts: frozenset[str] = frozenset()
        self.prefixes: tuple[str, ...] = ()
        self.wild: tuple[Callable[[str], object], ...] = ()
        self.variable: tuple[Pattern, ...] = ()

    def match(self, text: str, keys: Keys = NO_KEYS) -> bool:
        if self.written is not None:
            self.compile(self.written)
        if text in self.texts or text.startswith(self.prefixes):
            return True
        if self.wild and any(matches(text) for matches in self.wild):
            return True
        return bool(self.variable) and any(pattern.matches(text, keys, self.empty) for pattern in self.variable)

    def compile(self, written: Iterable[str]) -> None:
        """Sort the patterns by what matching them takes: a look-up, a comparison, an expression, the request's keys."""
        texts: set[str] = set()
        prefixes: list[str] = []
        wild: list[Callable[[str], object]] = []
        variable: list[Pattern] = []
        for text in map(str.lower, written) if self.kind == "action" else written:
            if "*" not in text and "?" not in text and "$" not in text:
                texts.add(text)
                continue
            pattern = Pattern.of(text, self.kind, self.variables)
            spelling, prefix = pattern.spelling, pattern.prefix
            if len(prefix) == len(spelling):
                texts.add(spelling)
            elif len(prefix) + 1 == len(spelling) and spelling[-1] == RUN:
                prefixes.append(prefix)
            elif VARIABLE.search(spelling) is None:
                wild.append(matcher(spelling))
            else:
                variable.append(pattern)
        self.texts, self.prefixes = frozenset(texts), tuple(prefixes)
        self.wild, self.variable = tuple(wild), tuple(variable)
        # last: another thread may ask meanwhile
        self.written = None
