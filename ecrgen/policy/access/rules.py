"""Statements as rules to compare: patterns spelled so that they can be, conditions with one way to say each thing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ecrgen.policy import names
from ecrgen.policy.document import Condition, PolicyDocument, Statement
from ecrgen.policy.elements import Effect
from ecrgen.policy.operators import ARN_EQUALS, ARN_LIKE, STRING_EQUALS, STRING_LIKE, operator_of
from ecrgen.policy.patterns import EVERYTHING, Kind, Pattern
from ecrgen.policy.values import BOOLEAN

__all__ = [
    "IDENTITY",
    "Element",
    "Restriction",
    "Rule",
    "Spelling",
    "action_pattern",
    "condition_pattern",
    "read_condition",
    "read_rule",
    "read_rules",
    "resource_pattern",
]

# Conditions that hold together, sorted; none at all is the empty tuple.
Restriction = tuple[Condition, ...]

# Who an identity policy speaks about: whoever it is attached to.
IDENTITY = Pattern("")
ACCOUNT = re.compile(names.ACCOUNT)
VARIABLE_VERSION = "2012-10-17"


class Element(NamedTuple):
    """Action or NotAction, Resource or NotResource: patterns."""

    patterns: tuple[Pattern, ...]
    negated: bool = False


class Rule(NamedTuple):
    """A statement without its Sid and its shape."""

    effect: Effect
    principals: Element
    actions: Element
    resources: Element
    restriction: Restriction


@dataclass(slots=True)
class Spelling:
    """The spelling in which patterns and condition keys are shown: as written, the first in order where it differs."""

    patterns: dict[Pattern, str] = field(default_factory=lambda: {IDENTITY: "", EVERYTHING: "*"})
    keys: dict[str, str] = field(default_factory=dict)

    def note(self, pattern: Pattern, written: str) -> Pattern:
        self.patterns[pattern] = min(written, self.patterns.get(pattern, written))
        return pattern

    @property
    def arn_prefix(self) -> str:
        """The beginning of every ECR repository's ARN, where they are all in one region of one account."""
        arns = (text.split(":", 5) for text in self.patterns.values() if text.startswith("arn:"))
        heads = {":".join(arn[:5]) + ":" for arn in arns if len(arn) < 6 or arn[2] == "ecr" or set("*?") & set(arn[2])}
        head = heads.pop() if len(heads) == 1 else ""
        return "" if "*" in head or "?" in head else head

    def shown(self, restriction: Restriction) -> Restriction:
        return tuple(condition._replace(key=self.keys[condition.key]) for condition in restriction)


def read_rules(policies: Iterable[PolicyDocument], spelling: Spelling) -> list[Rule]:
    """The rules of all statements, duplicates left out; `spelling` learns how their patterns were written."""
    rules = {
        read_rule(statement, policy.version == VARIABLE_VERSION, spelling): None
        for policy in policies
        for statement in policy.statements
    }
    return list(rules)


def read_rule(statement: Statement, variables: bool, spelling: Spelling) -> Rule:
    not_action, not_resource = statement.not_action is not None, statement.not_resource is not None
    actions = {
        spelling.note(action_pattern(text), text)
        for text in (*statement.actions, *statement.not_actions)
        if ":" in text or text == "*"
    }
    texts = (*statement.resources, *statement.not_resources)
    if statement.resource is None and not not_resource:
        # the statement of a repository policy: it speaks about the repository that has it
        texts = ("*",)
    resources = {
        # what is no variable in an old Version is shown as what it would be today
        spelling.note(resource_pattern(text, variables), text if variables else text.replace("${", "${$}{"))
        for text in texts
    }
    return Rule(
        statement.effect,
        read_principals(statement, spelling),
        Element(tuple(sorted(actions)), not_action),
        Element(tuple(sorted(resources)), not_resource),
        tuple(sorted({read_condition(each, variables, spelling) for each in statement.conditions})),
    )


def action_pattern(text: str) -> Pattern:
    return Pattern.of(text, "action")


def resource_pattern(text: str, variables: bool = True) -> Pattern:
    return Pattern.of(text, "resource", variables)


def read_principals(statement: Statement, spelling: Spelling) -> Element:
    """Principals by kind and name. NotPrincipal is one name for all it names: how they go together depends on who asks.

    An account's id and the ARN of its root are one principal.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    named = sorted({principal(*pair) for pair in (statement.principals or statement.not_principals)})
    if statement.not_principal is not None:
        keys = Pattern.of(f"{statement.effect} not {[key.spelling for key, _ in named]}", "literal", False)
        return Element((spelling.note(keys, f"everyone except {', '.join(text for _, text in named)}"),))
    if statement.principal is None:
        return Element((IDENTITY,))
    return Element(tuple(spelling.note(key, text) for key, text in named))


def principal(kind: str, text: str) -> tuple[Pattern, str]:
    """The pattern of a principal and how to show it."""
    if text == "*" and kind in ("*", "AWS"):
        return EVERYTHING, text
    if kind == "AWS" and ACCOUNT.fullmatch(text):
        text = f"arn:aws:iam::{text}:root"
    return Pattern.of(f"{kind}:{text}", "literal", False), text


def read_condition(condition: Condition, variables: bool, spelling: Spelling) -> Condition:
    """One way to write a condition: ArnEquals is ArnLike, a StringLike without a wildcard is StringEquals."""
    name, key, values = condition
    spelling.keys[key.lower()] = min(key, spelling.keys.get(key.lower(), key))
    operator = operator_of(name)
    if operator.type is BOOLEAN:
        values = tuple(value.lower() for value in values)
    elif operator.type.takes_variables and not variables:
        values = tuple(value.replace("${", "${$}{") for value in values)
    if operator.comparison is ARN_EQUALS:
        operator = operator._replace(comparison=ARN_LIKE)
    elif operator.comparison is STRING_LIKE and not any(set("*?$") & set(value) for value in values):
        operator = operator._replace(comparison=STRING_EQUALS)
    return Condition(operator.name, key.lower(), tuple(sorted(set(values))))


def condition_pattern(text: str, kind: Kind) -> Pattern:
    return Pattern.of(text, kind)
