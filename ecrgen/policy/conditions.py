"""The condition operators: a condition of a policy, compiled once and asked of many requests.

Operators: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
Many values: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html

What AWS's pages leave open is read so:
- A value that is not of the operator's type (in the policy or in the request) matches nothing; so its negation holds.
- An operator without ForAllValues or ForAnyValue, on a multivalued key, matches when any of the values does.
- Variables stand in string and ARN operators only; the page on variables rules out Bool, that on operators does not.
- BinaryEquals compares the bytes of two base64 texts. `Bool` and `Null` take true and false in any case.
- ForAllValues and ForAnyValue add nothing to Null, which looks at no value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import eq, ge, gt, le, lt
from typing import Any, NamedTuple

from ecrgen.errors import PolicyError
from ecrgen.policy.document import Condition
from ecrgen.policy.elements import CONDITION_OPERATORS
from ecrgen.policy.values import address, boolean, instant, network, number, octets
from ecrgen.policy.variables import Keys, Patterns, literal_text, parse, plain, substitute
from ecrgen.policy.wildcards import Pieces, arn_regex, text_regex

__all__ = ["Operator", "Test", "compile_condition", "is_null", "operator_of"]

# Whether a condition holds for the context keys of a request.
Test = Callable[[Keys], bool]
# Whether one value of the request matches any value of the policy.
Matcher = Callable[[str, Keys], bool]
# A matcher for the values of a policy, which may hold variables.
MatcherOf = Callable[[tuple[str, ...], bool], Matcher]


class Operator(NamedTuple):
    """An operator taken apart: `ForAllValues:StringNotLikeIfExists` is ForAllValues, StringLike, negated, if_exists."""

    qualifier: str
    positive: str
    negated: bool
    if_exists: bool


def operator_of(name: str) -> Operator:
    """Raises PolicyError where IAM has no such operator."""
    if name not in CONDITION_OPERATORS:
        raise PolicyError(f"no such condition operator: {name}")
    qualifier, _, base = name.rpartition(":")
    if_exists = base.endswith("IfExists")
    base = base.removesuffix("IfExists")
    positive = base.replace("Not", "", 1)
    return Operator(qualifier, positive, positive != base, if_exists)


def compile_condition(condition: Condition, *, variables: bool) -> Test:
    """The test of one condition; `variables` says whether the document's Version has policy variables.

    Raises PolicyError where IAM has no such operator.
    """
    operator = operator_of(condition.operator)
    key = condition.key.lower()
    if operator.positive == "Null":
        return null_test(key, condition.values)
    matches = MATCHERS[operator.positive](condition.values, variables)
    negated = operator.negated
    match operator.qualifier:
        case "ForAllValues":
            absent, empty, quantifier = True, True, all
        case "ForAnyValue":
            absent, empty, quantifier = operator.if_exists, False, any
        case _:
            return single_test(key, matches, negated, absent=negated or operator.if_exists)

    def holds(keys: Keys) -> bool:
        value = keys.get(key)
        if value is None:
            return absent
        if is_null(value):
            return empty
        values = (value,) if isinstance(value, str) else value
        return quantifier(matches(each, keys) != negated for each in values)

    return holds


def single_test(key: str, matches: Matcher, negated: bool, *, absent: bool) -> Test:
    """The test of an operator without a qualifier; negated, it holds when no value of the request matches."""

    def holds(keys: Keys) -> bool:
        value = keys.get(key)
        if value is None:
            return absent
        if isinstance(value, str):
            return matches(value, keys) != negated
        return any(matches(each, keys) for each in value) != negated

    return holds


def null_test(key: str, values: tuple[str, ...]) -> Test:
    """`Null`: "true" holds where the key is absent or empty, "false" where it has a value."""
    wanted = frozenset(map(boolean, values))
    return lambda keys: is_null(keys.get(key)) in wanted


def is_null(value: str | tuple[str, ...] | None) -> bool:
    """Whether a key has no value: it is absent, or resolves to a null data set such as an empty string."""
    return value is None or value in ("", (), ("",))


def string_equals(values: tuple[str, ...], variables: bool) -> Matcher:
    """Exact and case-sensitive: `*` and `?` are plain characters."""
    return equals(values, variables, str)


def string_equals_ignore_case(values: tuple[str, ...], variables: bool) -> Matcher:
    return equals(values, variables, str.lower)


def equals(values: Iterable[str], variables: bool, fold: Callable[[str], str]) -> Matcher:
    constant = frozenset(fold(value) for value in values if not (variables and "${" in value))
    templates = tuple(parse(value) for value in values if variables and "${" in value)
    if not templates:
        return lambda actual, keys: fold(actual) in constant

    def matches(actual: str, keys: Keys) -> bool:
        folded = fold(actual)
        if folded in constant:
            return True
        substituted = (substitute(template, keys) for template in templates)
        return any(pieces is not None and fold(literal_text(pieces)) == folded for pieces in substituted)

    return matches


def patterns(regex: Callable[[Pieces], str]) -> MatcherOf:
    """Matchers with wildcards, as StringLike and ArnLike have them."""

    def matcher_of(values: tuple[str, ...], variables: bool) -> Matcher:
        return Patterns(map(parse if variables else plain, values), regex).match

    return matcher_of


def typed(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> MatcherOf:
    """Matchers that read both sides as one type and compare the request's value with each of the policy's."""

    def matcher_of(values: tuple[str, ...], variables: bool) -> Matcher:
        expected = tuple(value for value in map(read, values) if value is not None)

        def matches(actual: str, keys: Keys) -> bool:
            value = read(actual)
            return value is not None and any(compare(value, each) for each in expected)

        return matches

    return matcher_of


def ip_address(values: tuple[str, ...], variables: bool) -> Matcher:
    networks = tuple(range_ for range_ in map(network, values) if range_ is not None)

    def matches(actual: str, keys: Keys) -> bool:
        host = address(actual)
        return host is not None and any(range_.holds(host) for range_ in networks)

    return matches


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": eq,
    "LessThan": lt,
    "LessThanEquals": le,
    "GreaterThan": gt,
    "GreaterThanEquals": ge,
}
MATCHERS: dict[str, MatcherOf] = {
    "StringEquals": string_equals,
    "StringEqualsIgnoreCase": string_equals_ignore_case,
    "StringLike": patterns(text_regex),
    "ArnEquals": patterns(arn_regex),
    "ArnLike": patterns(arn_regex),
    "Bool": typed(boolean, eq),
    "BinaryEquals": typed(octets, eq),
    "IpAddress": ip_address,
    **{f"Numeric{name}": typed(number, compare) for name, compare in COMPARISONS.items()},
    **{f"Date{name}": typed(instant, compare) for name, compare in COMPARISONS.items()},
}
