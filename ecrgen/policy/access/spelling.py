"""Statements as permissions to compare, and how their patterns and condition keys were written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ecrgen.policy.access.restrictions import Alternatives
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.implication import Restriction
from ecrgen.policy.patterns import EVERYTHING, Pattern
from ecrgen.policy.permission import IDENTITY, Permission, actions_of, needed, principals_of, resources_of

__all__ = ["Spelling", "read_permissions"]

VARIABLE_VERSION = "2012-10-17"


@dataclass
class Spelling:
    """The spelling in which patterns and condition keys are shown: as written, the first in order where it differs."""

    patterns: dict[Pattern, str] = field(default_factory=lambda: {IDENTITY: "", EVERYTHING: "*"})
    keys: dict[str, str] = field(default_factory=dict)
    known: dict[Alternatives, tuple[Restriction, ...]] = field(default_factory=dict)

    def learn(self, statement: Statement, variables: bool) -> None:
        """Note how the patterns and condition keys of a statement are written."""
        for element in (principals_of(statement), actions_of(statement), resources_of(statement, variables)):
            for pattern, written in element:
                self.patterns[pattern] = min(written, self.patterns.get(pattern, written))
        for condition in (*statement.conditions, *needed(statement, variables)):
            lower = condition.key.lower()
            self.keys[lower] = min(condition.key, self.keys.get(lower, condition.key))

    @cached_property
    def arn_prefix(self) -> str:
        """The beginning of every ECR repository's ARN, where they are all in one region of one account.

        It is asked for when all statements are learned.
        """
        arns = (text.split(":", 5) for text in self.patterns.values() if text.startswith("arn:"))
        heads = {":".join(arn[:5]) + ":" for arn in arns if len(arn) < 6 or arn[2] == "ecr" or set("*?") & set(arn[2])}
        head = heads.pop() if len(heads) == 1 else ""
        return "" if "*" in head or "?" in head else head

    def shown(self, restriction: Restriction) -> Restriction:
        return tuple(condition._replace(key=self.keys[condition.key]) for condition in restriction)

    def shown_all(self, alternatives: Alternatives) -> tuple[Restriction, ...]:
        """The same for alternatives, which many differences have in common."""
        found = self.known.get(alternatives)
        if found is None:
            found = self.known[alternatives] = tuple(map(self.shown, alternatives.all))
        return found


def read_permissions(policies: Sequence[PolicyDocument], spelling: Spelling) -> dict[Permission, str]:
    """The permissions of all statements, each with the place where it first stands, of several documents with theirs.

    `spelling` learns how their patterns were written.
    """
    found: dict[Permission, str] = {}
    for number, policy in enumerate(policies):
        variables = policy.version == VARIABLE_VERSION
        document = f"[{number}]." if len(policies) > 1 else ""
        for index, statement in enumerate(policy.statements):
            spelling.learn(statement, variables)
            place = f"{document}Statement[{index}]" + (f" {statement.sid}" if statement.sid else "")
            found.setdefault(Permission.of(statement, variables), place)
    return found
