"""Policy variables: well-formed, and only where IAM replaces them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, analyzer_rule, shown
from ecrgen.policy.check.model import PolicyView, StatementView

MISSING_BRACE_IN_VARIABLE = analyzer_rule(
    "MISSING_BRACE_IN_VARIABLE", "ERROR", "A variable that is not closed", "Close the variable with }."
)
MISSING_QUOTE_IN_VARIABLE = analyzer_rule(
    "MISSING_QUOTE_IN_VARIABLE",
    "ERROR",
    "A variable's default value without its quotes",
    "Write the default in single quotes: ${aws:PrincipalTag/team, 'none'}.",
)
UNSUPPORTED_SPACE_IN_VARIABLE = analyzer_rule(
    "UNSUPPORTED_SPACE_IN_VARIABLE", "ERROR", "A space in a variable's name", "Remove the space."
)
EMPTY_VARIABLE = analyzer_rule("EMPTY_VARIABLE", "ERROR", "A variable without a name", "Name the variable.")
VARIABLE_UNSUPPORTED_IN_ELEMENT = analyzer_rule(
    "VARIABLE_UNSUPPORTED_IN_ELEMENT",
    "ERROR",
    "A variable where IAM does not replace it",
    "Use variables in conditions and in the last part of a resource's ARN only.",
)
VARIABLE_UNSUPPORTED_IN_VERSION = analyzer_rule(
    "VARIABLE_UNSUPPORTED_IN_VERSION",
    "ERROR",
    "A variable in a policy whose Version takes it literally",
    'Write "Version": "2012-10-17".',
)
INVALID_VARIABLE_FOR_OPERATOR = analyzer_rule(
    "INVALID_VARIABLE_FOR_OPERATOR",
    "ERROR",
    "A variable under an operator that compares neither strings nor ARNs",
    "Write the value itself.",
)


def findings(policy: PolicyView) -> Iterator[Finding]:
    for statement in policy.statements:
        for path, text, rule in uses(statement):
            if rule is not None:
                yield rule.at(path, f"{shown(text)} is not replaced here")
                continue
            problems = variable_problems(text)
            for problem, message in problems:
                yield problem.at(path, message)
            if not problems and not policy.has_variables:
                yield VARIABLE_UNSUPPORTED_IN_VERSION.at(path, f"{shown(text)} is taken literally")


def uses(statement: StatementView) -> Iterator[tuple[str, str, Rule | None]]:
    """Each text of a statement that holds a variable, with the rule against variables in that element."""
    for texts in (statement.action, statement.not_action):
        for index, text in enumerate(texts.values if texts else ()):
            if texts and "${" in text:
                yield texts.at(index), text, VARIABLE_UNSUPPORTED_IN_ELEMENT
    for principal in statement.principals + statement.not_principals:
        if "${" in principal.value:
            yield principal.path, principal.value, VARIABLE_UNSUPPORTED_IN_ELEMENT
    for texts in (statement.resource, statement.not_resource):
        for index, text in enumerate(texts.values if texts else ()):
            if texts and "${" in text:
                early = text.startswith("arn:") and text.partition("${")[0].count(":") < 5
                yield texts.at(index), text, VARIABLE_UNSUPPORTED_IN_ELEMENT if early else None
    for condition in statement.conditions:
        for index, text in condition.strings():
            if "${" in text:
                rule = None if condition.operator.type.takes_variables else INVALID_VARIABLE_FOR_OPERATOR
                yield condition.at(index), text, rule


@lru_cache(maxsize=4096)
def variable_problems(text: str) -> tuple[tuple[Rule, str], ...]:
    """The faults of the variables of a text, as rules and messages."""
    problems: list[tuple[Rule, str]] = []
    for rest in text.split("${")[1:]:
        inside, brace, _ = rest.partition("}")
        if not brace:
            problems.append((MISSING_BRACE_IN_VARIABLE, f"{shown('${' + rest)} is not closed"))
            continue
        problem = name_problem(inside)
        if problem is not None:
            problems.append((problem, f"{shown('${' + inside + '}')}"))
    return tuple(problems)


def name_problem(inside: str) -> Rule | None:
    name, comma, default = inside.partition(",")
    if not name.strip():
        return EMPTY_VARIABLE
    if name.strip() != name or " " in name:
        return UNSUPPORTED_SPACE_IN_VARIABLE
    default = default.strip()
    if comma and not (len(default) >= 2 and default.startswith("'") and default.endswith("'")):
        return MISSING_QUOTE_IN_VARIABLE
    return None


FAMILY = Family(
    "variables",
    rules=(
        MISSING_BRACE_IN_VARIABLE,
        MISSING_QUOTE_IN_VARIABLE,
        UNSUPPORTED_SPACE_IN_VARIABLE,
        EMPTY_VARIABLE,
        VARIABLE_UNSUPPORTED_IN_ELEMENT,
        VARIABLE_UNSUPPORTED_IN_VERSION,
        INVALID_VARIABLE_FOR_OPERATOR,
    ),
    findings=findings,
)
