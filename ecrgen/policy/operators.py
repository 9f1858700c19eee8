"""The condition operators, one row each. What is parsed, checked, evaluated, compared and told of them is read here.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

A row is all that an operator needs. With its negation, `ForAllValues:`, `ForAnyValue:` and `IfExists`, the one row
NumericLessThan makes six names, and StringLike with StringNotLike makes twelve.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt
from typing import Any, Literal, NamedTuple

from ecrgen.errors import PolicyError
from ecrgen.policy.matchers import (
    MatcherOf,
    ip_address,
    patterns,
    string_equals,
    string_equals_ignore_case,
    typed,
)
from ecrgen.policy.values import ADDRESS, ARN, BINARY, BOOLEAN, DATE, NUMBER, STRING, Network, ValueType

__all__ = [
    "ARN_EQUALS",
    "ARN_LIKE",
    "COMPARISONS",
    "CONDITION_OPERATORS",
    "STRING_EQUALS",
    "STRING_LIKE",
    "Comparison",
    "Operator",
    "Order",
    "TextMatch",
    "base_operators",
    "operator_of",
    "spellings",
]

# How a text is matched: as it is, in any case, or as a pattern whose wildcards cross the colons of an ARN or do not.
TextMatch = Literal["literal", "ignoring case", "pattern", "ARN pattern"]
# `eq`, `lt`, `le`, `gt` or `ge`: how the request's value stands to the policy's, in a type that has an order.
Order = Callable[[Any, Any], bool]
Qualifier = Literal["", "ForAllValues", "ForAnyValue"]
QUALIFIERS: tuple[Qualifier, ...] = ("", "ForAllValues", "ForAnyValue")


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """A row: an operator by its positive name, known by identity.

    `negation` is the name under which it holds where this one does not. `text` and `order` say how it compares with
    others of its kind; `within` says of two values, as `type` reads them, that whatever matches the first matches the
    second. `asks_presence` is for Null, which looks at no value, so it has no IfExists.
    """

    name: str
    negation: str | None
    type: ValueType
    matcher: MatcherOf
    text: TextMatch | None = None
    order: Order | None = None
    within: Callable[[Any, Any], bool] = eq
    asks_presence: bool = False


class Operator(NamedTuple):
    """An operator taken apart: `ForAllValues:StringNotLikeIfExists` is StringLike, negated, ForAllValues, if_exists."""

    comparison: Comparison
    negated: bool
    qualifier: Qualifier
    if_exists: bool

    @property
    def base(self) -> str:
        """The name without qualifier and IfExists."""
        return (self.comparison.negation if self.negated else None) or self.comparison.name

    @property
    def name(self) -> str:
        """The name as a policy has it."""
        qualifier = f"{self.qualifier}:" if self.qualifier else ""
        return f"{qualifier}{self.base}{'IfExists' if self.if_exists else ''}"

    @property
    def type(self) -> ValueType:
        return self.comparison.type

    @property
    def asks_value(self) -> bool:
        """A request without the key is not provided for: neither by IfExists nor by Null."""
        return not self.if_exists and not self.comparison.asks_presence

    @property
    def holds_absent(self) -> bool:
        """The condition holds for a request without the key. (For Null, the values decide.)"""
        if self.qualifier == "ForAnyValue":
            return self.if_exists
        return self.qualifier == "ForAllValues" or self.negated or self.if_exists

    @property
    def needs_key(self) -> bool:
        """A request without the key never meets the condition."""
        return self.asks_value and not self.holds_absent


def ordered(value_type: ValueType, family: str) -> tuple[Comparison, ...]:
    """The five comparisons of a type that has an order; the first has a negation."""
    names = {"LessThan": lt, "LessThanEquals": le, "GreaterThan": gt, "GreaterThanEquals": ge}
    return (
        Comparison(f"{family}Equals", f"{family}NotEquals", value_type, typed(value_type, eq), order=eq),
        *(
            Comparison(f"{family}{name}", None, value_type, typed(value_type, order), order=order)
            for name, order in names.items()
        ),
    )


def lies_within(narrow: Network, wide: Network) -> bool:
    return wide.contains(narrow)


STRING_EQUALS = Comparison("StringEquals", "StringNotEquals", STRING, string_equals, "literal")
STRING_LIKE = Comparison("StringLike", "StringNotLike", STRING, patterns("text"), "pattern")
ARN_LIKE = Comparison("ArnLike", "ArnNotLike", ARN, patterns("arn"), "ARN pattern")
# AWS's page: ArnEquals and ArnLike behave identically.
ARN_EQUALS = Comparison("ArnEquals", "ArnNotEquals", ARN, patterns("arn"), "ARN pattern")
COMPARISONS = (
    STRING_EQUALS,
    Comparison(
        "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", STRING, string_equals_ignore_case, "ignoring case"
    ),
    STRING_LIKE,
    ARN_EQUALS,
    ARN_LIKE,
    *ordered(NUMBER, "Numeric"),
    *ordered(DATE, "Date"),
    Comparison("Bool", None, BOOLEAN, typed(BOOLEAN, eq)),
    Comparison("BinaryEquals", None, BINARY, typed(BINARY, eq)),
    Comparison("IpAddress", "NotIpAddress", ADDRESS, ip_address, within=lies_within),
    Comparison("Null", None, BOOLEAN, typed(BOOLEAN, eq), asks_presence=True),
)


def spellings(comparison: Comparison) -> Iterator[tuple[str, Operator]]:
    """Every name under which a policy can use a row, each with what it means."""
    for negated in (False, True) if comparison.negation else (False,):
        for qualifier in QUALIFIERS:
            for if_exists in (False,) if comparison.asks_presence else (False, True):
                operator = Operator(comparison, negated, qualifier, if_exists)
                yield operator.name, operator


# Every name of an operator. This is the one registry: what is not in it does not exist.
CONDITION_OPERATORS: dict[str, Operator] = {
    name: operator for comparison in COMPARISONS for name, operator in spellings(comparison)
}


def operator_of(name: str) -> Operator:
    """The operator of that name. Raises PolicyError where IAM has none."""
    operator = CONDITION_OPERATORS.get(name)
    if operator is None:
        raise PolicyError(f"no such condition operator: {name}")
    return operator


def base_operators() -> list[str]:
    """The names without qualifier and IfExists, sorted."""
    return sorted({operator.base for operator in CONDITION_OPERATORS.values()})
