"""Condition elements that are empty, name a key twice, or mix JSON types.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrgen.messages import json_type
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, analyzer_rule, shown
from ecrgen.policy.check.model import ConditionView, PolicyView, StatementView
from ecrgen.policy.operators import Operator
from ecrgen.policy.paths import Steps, step

INVALID_CONDITION_DATA_TYPE = analyzer_rule(
    "INVALID_CONDITION_DATA_TYPE",
    "ERROR",
    "Condition values of several JSON types in one list",
    "Write all values of the list as strings.",
)
DUPLICATE_KEYS_WITH_DIFFERENT_CASE = analyzer_rule(
    "DUPLICATE_KEYS_WITH_DIFFERENT_CASE",
    "ERROR",
    "A condition key twice under one operator, in another case",
    "Condition keys have no case: write the key once, with all its values.",
)
EMPTY_OBJECT_CONDITION = analyzer_rule(
    "EMPTY_OBJECT_CONDITION", "SUGGESTION", "A Condition, or an operator in it, without keys", "Remove it."
)
EMPTY_ARRAY_CONDITION = analyzer_rule(
    "EMPTY_ARRAY_CONDITION", "SUGGESTION", "A condition key without values", "Give the key values, or remove it."
)
EMPTY_ARRAY_CONDITION_FORALLVALUES = analyzer_rule(
    "EMPTY_ARRAY_CONDITION_FORALLVALUES",
    "SUGGESTION",
    "A ForAllValues condition without values, true only where the key is absent",
    'Say it with "Null": {key: "true"}.',
)
EMPTY_ARRAY_CONDITION_FORANYVALUE = analyzer_rule(
    "EMPTY_ARRAY_CONDITION_FORANYVALUE",
    "SUGGESTION",
    "A ForAnyValue condition without values, which is never true",
    "Give the key values, or remove the statement.",
)
EMPTY_ARRAY_CONDITION_IFEXISTS = analyzer_rule(
    "EMPTY_ARRAY_CONDITION_IFEXISTS",
    "SUGGESTION",
    "An IfExists condition without values, true only where the key is absent",
    'Say it with "Null": {key: "true"}.',
)


def findings(policy: PolicyView) -> Iterator[Finding]:
    malformed = policy.malformed()
    for statement in policy.statements:
        if statement.parts.condition is not None:
            yield from empty_findings(statement, malformed)
        yield from key_findings(statement.conditions, malformed, statement.parts.steps)


def empty_findings(statement: StatementView, malformed: frozenset[Steps]) -> Iterator[Finding]:
    block, steps = statement.parts.condition or (), (*statement.parts.steps, "Condition")
    path = f"{statement.path}.Condition"
    if not block and steps not in malformed:
        yield EMPTY_OBJECT_CONDITION.at(path, "an empty Condition")
    for operator, keys in block:
        if not keys and (*steps, operator) not in malformed:
            yield EMPTY_OBJECT_CONDITION.at(f"{path}.{step(operator)}", f"{operator} without a condition key")


def key_findings(conditions: tuple[ConditionView, ...], malformed: frozenset[Steps], steps: Steps) -> Iterator[Finding]:
    seen: dict[tuple[str, str], str] = {}
    for condition in conditions:
        same = seen.setdefault((condition.operator.name, condition.lower), condition.key)
        if same != condition.key:
            yield DUPLICATE_KEYS_WITH_DIFFERENT_CASE.at(condition.path, f"the same key as {shown(same)}")
        if not condition.values:
            if (*steps, "Condition", condition.operator.name, condition.key) not in malformed:
                rule = empty_rule(condition.operator)
                yield rule.at(condition.path, f"{condition.operator.name} without a value")
        elif len(condition.values) > 1 and len({json_type(value) for value in condition.values}) > 1:
            yield INVALID_CONDITION_DATA_TYPE.at(condition.path, "values of several JSON types")


def empty_rule(operator: Operator) -> Rule:
    if operator.qualifier == "ForAllValues":
        return EMPTY_ARRAY_CONDITION_FORALLVALUES
    if operator.qualifier == "ForAnyValue":
        return EMPTY_ARRAY_CONDITION_FORANYVALUE
    return EMPTY_ARRAY_CONDITION_IFEXISTS if operator.if_exists else EMPTY_ARRAY_CONDITION


FAMILY = Family(
    "condition_shape",
    rules=(
        INVALID_CONDITION_DATA_TYPE,
        DUPLICATE_KEYS_WITH_DIFFERENT_CASE,
        EMPTY_OBJECT_CONDITION,
        EMPTY_ARRAY_CONDITION,
        EMPTY_ARRAY_CONDITION_FORALLVALUES,
        EMPTY_ARRAY_CONDITION_FORANYVALUE,
        EMPTY_ARRAY_CONDITION_IFEXISTS,
    ),
    findings=findings,
)
