"""Matchers: functions that match one value of a request with the values of a policy, as a condition operator does.

A value that is not of the operator's type, in the policy or in the request, matches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ecrgen.policy.patterns import PatternKind, Patterns
from ecrgen.policy.values import Unreadable, ValueType, address, network
from ecrgen.policy.variables import Keys, literal_text, parse, substitute

__all__ = ["Matcher", "MatcherOf", "ip_address", "patterns", "string_equals", "string_equals_ignore_case", "typed"]

# Says of one value of a request whether it matches any value of the policy; variables stand for the request's keys.
Matcher = Callable[[str, Keys], bool]
# The matcher for the values of a policy, whether they may hold variables, and whether an empty text is a value of one.
MatcherOf = Callable[[tuple[str, ...], bool, bool], Matcher]


def string_equals(values: tuple[str, ...], variables: bool, empty: bool) -> Matcher:
    """Exact and case-sensitive: `*` and `?` are plain characters."""
    return equals(values, variables, empty, str)


def string_equals_ignore_case(values: tuple[str, ...], variables: bool, empty: bool) -> Matcher:
    return equals(values, variables, empty, str.lower)


def equals(values: Iterable[str], variables: bool, empty: bool, fold: Callable[[str], str]) -> Matcher:
    constant = frozenset(fold(value) for value in values if not (variables and "${" in value))
    templates = tuple(parse(value) for value in values if variables and "${" in value)
    if not templates:
        return lambda actual, keys: fold(actual) in constant

    def matches(actual: str, keys: Keys) -> bool:
        folded = fold(actual)
        if folded in constant:
            return True
        substituted = (substitute(template, keys, empty) for template in templates)
        return any(pieces is not None and fold(literal_text(pieces)) == folded for pieces in substituted)

    return matches


def patterns(kind: PatternKind) -> MatcherOf:
    """Matchers with wildcards, as StringLike and ArnLike have them."""

    def matcher_of(values: tuple[str, ...], variables: bool, empty: bool) -> Matcher:
        return Patterns(values, kind, variables, empty).match

    return matcher_of


def typed(value_type: ValueType, compare: Callable[[Any, Any], bool]) -> MatcherOf:
    """Matchers that read both sides as one type and compare the request's value with each of the policy's."""
    read = value_type.read

    def matcher_of(values: tuple[str, ...], variables: bool, empty: bool) -> Matcher:
        expected = tuple(value for value in map(read, values) if not isinstance(value, Unreadable))

        def matches(actual: str, keys: Keys) -> bool:
            value = read(actual)
            return not isinstance(value, Unreadable) and any(compare(value, each) for each in expected)

        return matches

    return matcher_of


def ip_address(values: tuple[str, ...], variables: bool, empty: bool) -> Matcher:
    """The request has one address, the policy ranges."""
    networks = tuple(range_ for range_ in map(network, values) if not isinstance(range_, Unreadable))

    def matches(actual: str, keys: Keys) -> bool:
        host = address(actual)
        return not isinstance(host, Unreadable) and any(range_.holds(host) for range_ in networks)

    return matches
