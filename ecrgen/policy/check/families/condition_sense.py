"""Conditions that do not say what they seem to: always or never met, too wide, or better said with Null.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import eq, le, lt

from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, analyzer_rule, shown
from ecrgen.policy.check.model import ConditionView, PolicyView
from ecrgen.policy.global_keys import ALWAYS_PRESENT_KEYS, SENSITIVE_KEYS
from ecrgen.policy.values import NUMBER, STRING

NULL_WITH_QUALIFIER = analyzer_rule(
    "NULL_WITH_QUALIFIER",
    "SUGGESTION",
    "Null with ForAllValues or ForAnyValue, which is always true or always false",
    "Write Null without the qualifier.",
)
EQUIVALENT_TO_NULL_FALSE = analyzer_rule(
    "EQUIVALENT_TO_NULL_FALSE",
    "SUGGESTION",
    "A condition that any value meets, so it only asks whether the key is there",
    'Say it with "Null": {key: "false"}.',
)
EQUIVALENT_TO_NULL_TRUE = analyzer_rule(
    "EQUIVALENT_TO_NULL_TRUE",
    "SUGGESTION",
    "A condition that no value meets, so it only asks whether the key is absent",
    'Say it with "Null": {key: "true"}.',
)
REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION = analyzer_rule(
    "REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION",
    "SUGGESTION",
    "A condition that every request meets",
    "Remove the key, or name the values.",
)
REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION = analyzer_rule(
    "REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION",
    "SUGGESTION",
    "A condition that no request meets",
    "Remove the statement, or name the values.",
)
REDUNDANT_CONDITION_VALUE_NUM = analyzer_rule(
    "REDUNDANT_CONDITION_VALUE_NUM",
    "SUGGESTION",
    "Several limits of which one decides",
    "Keep the limit that the message names.",
)
WILDCARD_USAGE_TOO_PERMISSIVE = analyzer_rule(
    "WILDCARD_USAGE_TOO_PERMISSIVE",
    "ERROR",
    "A wildcard in a key that names an account, an organisation, a VPC or a user id",
    "Name the values in full.",
)
VARIABLE_USAGE_TOO_PERMISSIVE = analyzer_rule(
    "VARIABLE_USAGE_TOO_PERMISSIVE",
    "ERROR",
    "A variable, which may hold a wildcard, in a key that names an account, an organisation, a VPC or a user id",
    "Name the values in full.",
)

VARIABLE = re.compile(r"\$\{([^},]{0,512})[^}]{0,512}\}")
# Variables whose value AWS sets and which hold no wildcard.
FIXED_VARIABLES = SENSITIVE_KEYS | {"*", "?", "$"}


def findings(policy: PolicyView) -> Iterator[Finding]:
    for statement in policy.statements:
        for condition in statement.conditions:
            comparison = condition.operator.comparison
            if comparison.asks_presence and condition.operator.qualifier:
                yield NULL_WITH_QUALIFIER.at(condition.path, f"{condition.operator.name} does not look at the request")
            elif comparison.text in ("pattern", "ARN pattern"):
                yield from wildcard_findings(condition)
            elif comparison.type is NUMBER and len(condition.values) > 1:
                yield from numeric_findings(condition)
            if comparison.type is STRING and (condition.lower in SENSITIVE_KEYS or is_userid(condition)):
                yield from variable_findings(condition)


def is_userid(condition: ConditionView) -> bool:
    return condition.lower == "aws:userid"


def wildcard_findings(condition: ConditionView) -> Iterator[Finding]:
    wide = False
    for index, value in condition.strings():
        plain = VARIABLE.sub("", value)
        if condition.lower in SENSITIVE_KEYS and ("*" in plain or "?" in plain):
            wide = True
            yield WILDCARD_USAGE_TOO_PERMISSIVE.at(condition.at(index), f"{shown(value)} names more than one")
        elif is_userid(condition) and any_user(plain, "*?"):
            wide = True
            yield WILDCARD_USAGE_TOO_PERMISSIVE.at(condition.at(index), f"{shown(value)} names more than one id")
    if not wide and "*" in condition.values:
        rule, message = any_value(condition)
        yield rule.at(condition.path, message)


def any_user(value: str, wild: str) -> bool:
    """True if a wildcard stands in the id before the colon, other than for the whole of it."""
    before, colon, _ = value.partition(":")
    if colon and before in wild:
        return False
    return any(character in before for character in wild)


def any_value(condition: ConditionView) -> tuple[Rule, str]:
    """The rule and message for a condition with the value `*`: always met, never met, or met if the key is there."""
    operator = condition.operator
    negated = operator.negated
    if negated and operator.qualifier == "ForAnyValue":
        return REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION, "no value differs from *"
    if negated:
        if condition.lower in ALWAYS_PRESENT_KEYS:
            return (
                REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION,
                "no value differs from *, and every request has one",
            )
        return EQUIVALENT_TO_NULL_TRUE, "no value differs from *, so the key has to be absent"
    if operator.if_exists or operator.qualifier == "ForAllValues":
        return REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION, "met by every value, and where there is none"
    if condition.lower in ALWAYS_PRESENT_KEYS:
        return REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION, "met by every value, and every request has one"
    return EQUIVALENT_TO_NULL_FALSE, "met by every value, so the key has to be there"


def numeric_findings(condition: ConditionView) -> Iterator[Finding]:
    """Of several upper limits the greatest decides, of several lower limits the least: one of them has to be met."""
    order = condition.operator.comparison.order
    if order is None or order is eq or condition.operator.qualifier:
        return
    which = "greatest" if order in (lt, le) else "least"
    yield REDUNDANT_CONDITION_VALUE_NUM.at(condition.path, f"only the {which} of the values decides")


def variable_findings(condition: ConditionView) -> Iterator[Finding]:
    for index, value in condition.strings():
        names = [match[1].strip().lower() for match in VARIABLE.finditer(value)]
        loose = [name for name in names if name and name not in FIXED_VARIABLES]
        if not loose or (is_userid(condition) and not any_user(VARIABLE.sub("$", value), "$")):
            continue
        message = f"{shown(value)} is as wide as what the variable holds"
        yield VARIABLE_USAGE_TOO_PERMISSIVE.at(condition.at(index), message)


FAMILY = Family(
    "condition_sense",
    rules=(
        NULL_WITH_QUALIFIER,
        EQUIVALENT_TO_NULL_FALSE,
        EQUIVALENT_TO_NULL_TRUE,
        REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION,
        REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION,
        REDUNDANT_CONDITION_VALUE_NUM,
        WILDCARD_USAGE_TOO_PERMISSIVE,
        VARIABLE_USAGE_TOO_PERMISSIVE,
    ),
    findings=findings,
)
