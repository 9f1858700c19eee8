"""Statements as permissions to compare, and how their patterns and condition keys were written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.implication import Restriction
from ecrgen.policy.patterns import EVERYTHING, Pattern
from ecrgen.policy.permission import IDENTITY, Permission, actions_of, principals_of, resources_of

__all__ = ["Spelling", "read_permissions"]

VARIABLE_VERSION = "2012-10-17"


@dataclass(slots=True)
class Spelling:
    """The spelling in which patterns and condition keys are shown: as written, the first in order where it differs."""

    patterns: dict[Pattern, str] = field(default_factory=lambda: {IDENTITY: "", EVERYTHING: "*"})
    keys: dict[str, str] = field(default_factory=dict)

    def learn(self, statement: Statement, variables: bool) -> None:
        """Note how the patterns and condition keys of a statement are written."""
        for element in (principals_of(statement), actions_of(statement), resources_of(statement, variables)):
            for pattern, written in element:
                self.patterns[pattern] = min(written, self.patterns.get(pattern, written))
        for condition in statement.conditions:
            lower = condition.key.lower()
            self.keys[lower] = min(condition.key, self.keys.get(lower, condition.key))

    @property
    def arn_prefix(self) -> str:
        """The beginning of every ECR repository's ARN, where they are all in one region of one account."""
        arns = (text.split(":", 5) for text in self.patterns.values() if text.startswith("arn:"))
        heads = {":".join(arn[:5]) + ":" for arn in arns if len(arn) < 6 or arn[2] == "ecr" or set("*?") & set(arn[2])}
        head = heads.pop() if len(heads) == 1 else ""
        return "" if "*" in head or "?" in head else head

    def shown(self, restriction: Restriction) -> Restriction:
        return tuple(condition._replace(key=self.keys[condition.key]) for condition in restriction)


def read_permissions(policies: Iterable[PolicyDocument], spelling: Spelling) -> list[Permission]:
    """The permissions of all statements, duplicates left out; `spelling` learns how their patterns were written."""
    found: dict[Permission, None] = {}
    for policy in policies:
        variables = policy.version == VARIABLE_VERSION
        for statement in policy.statements:
            spelling.learn(statement, variables)
            found[Permission.of(statement, variables)] = None
    return list(found)
