"""The permission that a statement describes, as a value to compare: does one contain another?

Sids, order, duplicates, and a string or a list make no difference. The statement `{"Effect": "Allow", "Action":
["ecr:PutImage", "ECR:PUTIMAGE"], "Resource": "arn:aws:ecr:*"}` is the permission Allow, principals IDENTITY, actions
`ecr:putimage`, resources `arn:aws:ecr:` and a run, no conditions. It contains that of the same statement for
`arn:aws:ecr:us-east-1:123456789012:repository/a` under any condition.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, Self

from ecrgen.policy import names
from ecrgen.policy.document import Condition, Statement
from ecrgen.policy.elements import Effect
from ecrgen.policy.implication import Restriction, implied
from ecrgen.policy.operators import ARN_EQUALS, ARN_LIKE, STRING_EQUALS, STRING_LIKE, operator_of
from ecrgen.policy.patterns import EVERYTHING, Pattern
from ecrgen.policy.values import BOOLEAN
from ecrgen.policy.variables import Variable, parse_resource, variables_of

__all__ = [
    "IDENTITY",
    "Element",
    "Permission",
    "action_pattern",
    "actions_of",
    "needed",
    "principals_of",
    "resource_pattern",
    "resources_of",
    "same_condition",
]

# Who an identity policy speaks about: whoever it is attached to.
IDENTITY = Pattern("")
ACCOUNT = re.compile(names.ACCOUNT)


class Element(NamedTuple):
    """Principal, Action or NotAction, Resource or NotResource: patterns, and whether it names all but them."""

    patterns: tuple[Pattern, ...]
    negated: bool = False

    @property
    def variables(self) -> frozenset[Variable]:
        """The policy variables in its patterns."""
        return frozenset(each for pattern in self.patterns for each in pattern.variables)

    def contains(self, other: Element) -> bool:
        """True where it names all that the other names. That is certain; False may be ignorance, as with `beyond`."""
        return not other.beyond(self)

    def beyond(self, other: Element) -> tuple[Pattern, ...]:
        """The patterns whose texts the other may not all name; of NotAction and NotResource, all or none.

        What is left out is certain. A pattern that no single one of the other's contains is always left over, and so is
        everything where only the other is negated.
        """
        if self.negated:
            if (
                other.negated
            ):  # it names as much if it leaves out nothing more, and needs the values of no more variables
                no_more = other.variables <= self.variables
                as_much = no_more and not Element(other.patterns).beyond(Element(self.patterns))
            else:
                as_much = EVERYTHING in other.patterns
            return () if as_much else self.patterns or (EVERYTHING,)
        if other.negated:
            return self.patterns
        exact = set(other.patterns)
        left = [pattern for pattern in self.patterns if pattern not in exact]
        wide = [pattern for pattern in other.patterns if not pattern.is_text] if left else []
        return tuple([pattern for pattern in left if not any(outer.contains(pattern) for outer in wide)])


class Permission(NamedTuple):
    """What a statement says, without its Sid and its shape: equal ones decide alike."""

    effect: Effect
    principals: Element
    actions: Element
    resources: Element
    conditions: Restriction

    @classmethod
    def of(cls, statement: Statement, variables: bool = True) -> Self:
        """The permission of a statement; `variables` says whether the document's Version has policy variables."""
        return cls(
            statement.effect,
            element(principals_of(statement)),
            element(actions_of(statement), statement.not_action is not None),
            element(resources_of(statement, variables), statement.not_resource is not None),
            tuple(
                sorted(
                    {same_condition(each, variables) for each in (*statement.conditions, *needed(statement, variables))}
                )
            ),
        )

    def contains(self, other: Permission) -> bool:
        """True where this allows, or denies, every request that the other does.

        True is certain; False may be ignorance: of what several patterns only name together, of variables, and of
        NotAction, NotResource and NotPrincipal against what is named. Those of identity policies contain none of a
        resource's policy, nor the reverse.
        """
        return (
            self.effect == other.effect
            and (IDENTITY in self.principals.patterns) == (IDENTITY in other.principals.patterns)
            and self.principals.contains(other.principals)
            and self.actions.contains(other.actions)
            and self.resources.contains(other.resources)
            and implied(other.conditions, [self.conditions])
        )


def needed(statement: Statement, variables: bool) -> Iterator[Condition]:
    """What an Allow with variables in NotResource asks without saying so: that each of them has a value."""
    if statement.effect == "Allow" and variables:
        for each in variables_of(statement.not_resources, parse_resource):
            if each.default is None:
                yield Condition("Null", each.name, ("false",))
            else:
                yield Condition("StringLikeIfExists", each.name, ("?*",))


def element(pairs: Iterator[tuple[Pattern, str]], negated: bool = False) -> Element:
    return Element(tuple(sorted({pattern for pattern, _ in pairs})), negated)


def actions_of(statement: Statement) -> Iterator[tuple[Pattern, str]]:
    """The patterns of Action or NotAction, each with its text; one without a service names nothing."""
    for text in (*statement.actions, *statement.not_actions):
        if ":" in text or text == "*":
            yield action_pattern(text), text


def resources_of(statement: Statement, variables: bool) -> Iterator[tuple[Pattern, str]]:
    """The patterns of Resource or NotResource, each with its text as a document of today has it.

    A statement of a repository policy without either speaks about the repository that has it: `*`.
    """
    if statement.resource is None and statement.not_resource is None:
        yield EVERYTHING, "*"
    for text in (*statement.resources, *statement.not_resources):
        yield resource_pattern(text, variables), text if variables else text.replace("${", "${$}{")


def action_pattern(text: str) -> Pattern:
    return Pattern.of(text, "action")


def resource_pattern(text: str, variables: bool = True) -> Pattern:
    return Pattern.of(text, "resource", variables)


def principals_of(statement: Statement) -> Iterator[tuple[Pattern, str]]:
    """Principals by kind and name. NotPrincipal is one name for all it names: how they go together depends on who asks.

    An account's id and the ARN of its root are one principal.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    named = sorted({principal(*pair) for pair in (statement.principals or statement.not_principals)})
    if statement.not_principal is not None:
        keys = [key.spelling for key, _ in named]
        yield (
            Pattern.of(f"{statement.effect} not {keys}", "literal", False),
            f"everyone except {', '.join(text for _, text in named)}",
        )
    elif statement.principal is None:
        yield IDENTITY, ""
    else:
        yield from named


def principal(kind: str, text: str) -> tuple[Pattern, str]:
    """The pattern of a principal and how to show it."""
    if text == "*" and kind in ("*", "AWS"):
        return EVERYTHING, text
    if kind == "AWS" and ACCOUNT.fullmatch(text):
        text = f"arn:aws:iam::{text}:root"
    return Pattern.of(f"{kind}:{text}", "literal", False), text


def same_condition(condition: Condition, variables: bool) -> Condition:
    """The one way to write a condition: ArnEquals is ArnLike, a StringLike without a wildcard is StringEquals."""
    name, key, values = condition
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
