"""Statements compiled once, so that many requests can be asked of a document that stays as it is.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from ecrgen.errors import PolicyError
from ecrgen.policy.conditions import Test, compile_condition
from ecrgen.policy.document import Condition, PolicyDocument, Statement
from ecrgen.policy.elements import Strings
from ecrgen.policy.layers import TERMS, Layer
from ecrgen.policy.patterns import Patterns
from ecrgen.policy.principals import Principals, Reach
from ecrgen.policy.request import Request
from ecrgen.policy.variables import Variable, parse_resource, value_of, variables_of

__all__ = ["CompiledStatement", "ConditionTest", "Match", "applying", "compiled_document", "naming"]

# The layers whose policies say in each statement to whom it applies: the caller is not whom they are attached to.
WITH_PRINCIPAL: frozenset[Layer] = frozenset({"resource", "rcp", "endpoint"})
# Operators by which a statement for everyone can ask for one principal by its ARN.
BY_NAME = frozenset({"ArnEquals", "ArnLike", "StringEquals", "StringLike"})


class Match(NamedTuple):
    """A statement's place: the layer its document belongs to, its index there, the statement's in it, and its Sid.

    `level` counts from an organisation's root down, and is 0 in the other layers.
    """

    origin: Layer
    document: int
    statement: int
    sid: str | None
    level: int = 0

    def __str__(self) -> str:
        match self.origin:
            case "identity" | "resource":
                place = f"{self.origin}[{self.document}]"
            case "scp" | "rcp":
                place = f"{self.origin}s[{self.level}][{self.document}]"
            case _:
                place = self.origin
        place = f"{place}.Statement[{self.statement}]"
        return f"{self.sid} ({place})" if self.sid else place


class ConditionTest(NamedTuple):
    condition: Condition
    holds: Test


class CompiledStatement:
    """One statement, ready to be asked. Elements that match everything are None."""

    __slots__ = (
        "effect",
        "index",
        "needed",
        "not_principals",
        "not_resources",
        "principals",
        "resources",
        "sid",
        "source",
        "tests",
        "variables",
    )

    def __init__(self, source: Statement, index: int, *, variables: bool) -> None:
        self.source = source
        self.index = index
        self.effect = source.effect
        self.sid = source.sid
        self.variables = variables
        self.resources = self.not_resources = None
        self.needed: tuple[Variable, ...] = ()
        if source.resource is not None and "*" not in source.resources:
            self.resources = Patterns(source.resources, "resource", variables, empty=source.effect == "Deny")
        if source.not_resource is not None:
            self.not_resources = Patterns(source.not_resources, "resource", variables, empty=False)
            self.needed = (
                variables_of(source.not_resources, parse_resource) if variables and source.effect == "Allow" else ()
            )
        self.principals = None if source.principal is None else Principals(source.principals)
        self.not_principals = None if source.not_principal is None else Principals(source.not_principals)
        self.tests: tuple[ConditionTest, ...] | None = None if source.condition else ()

    @property
    def conditions(self) -> tuple[ConditionTest, ...]:
        """The conditions, compiled when a request first comes so far."""
        if self.tests is None:
            self.tests = tuple(
                ConditionTest(condition, compile_condition(condition, self.effect, variables=self.variables))
                for condition in self.source.conditions
            )
        return self.tests

    @property
    def has_resource(self) -> bool:
        return self.source.resource is not None or self.source.not_resource is not None

    def lacks_value(self, request: Request) -> bool:
        """Whether an Allow applies to nothing, because a variable of its NotResource has no value."""
        return any(value_of(each, request.keys, empty=False) is None for each in self.needed)

    def matches_resource(self, request: Request) -> bool:
        """Whether the request's resource is the statement's.

        A variable without a value, or with an empty one, is no text: in Resource it matches nothing (an empty one does
        in a Deny), in NotResource it excludes nothing from a Deny, and an Allow with it applies to nothing.
        """
        if self.resources is not None:
            return self.resources.match(request.resource, request.keys)
        if self.not_resources is None:
            return True
        return not self.lacks_value(request) and not self.not_resources.match(request.resource, request.keys)

    def applies(self, request: Request) -> bool:
        """Whether the request's resource and its context are the statement's, too."""
        if not self.matches_resource(request):
            return False
        # every decision comes here, and a loop takes half the time of all() with a generator
        for test in self.conditions if self.tests is None else self.tests:  # noqa: SIM110
            if not test.holds(request.keys):
                return False
        return True

    def reach(self, request: Request, *, bounded: bool = False) -> Reach | None:
        """The way in which the statement names the caller, None where it does not.

        One without a principal is about whom it is attached to.

        `bounded` is whether the caller has a permissions boundary: then no NotPrincipal of a Deny spares it.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
        """
        caller = request.caller
        if self.principals is not None:
            if caller is None:
                return "limited" if self.principals.everyone else None
            reach = self.principals.reach(caller)
            return "caller" if reach == "limited" and self.asks_for_caller(request) else reach
        if self.not_principals is None:
            return "caller"
        if caller is None:
            return None
        spares_none = bounded and self.effect == "Deny" and not self.not_principals.everyone
        return None if not spares_none and self.not_principals.excepts(caller, self.effect) else "limited"

    def asks_for_caller(self, request: Request) -> bool:
        """Whether a statement for everyone has a condition for aws:PrincipalArn that is the caller's, by name.

        That names the caller as its ARN in Principal does not: its boundary and session do not limit it.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
        """
        assert self.principals is not None
        return self.principals.everyone and any(
            condition.key.lower() == "aws:principalarn"
            and condition.operator in BY_NAME
            and request.keys.get("aws:principalarn") in condition.values
            for condition in self.source.conditions
        )


class CompiledDocument:
    """A document's statements, and for each action asked so far those that name it."""

    __slots__ = ("actions", "by_action", "document", "statements", "variables")

    def __init__(self, document: PolicyDocument, layer: Layer) -> None:
        statements = document.statements
        for index, statement in enumerate(statements):
            check_layer(statement, layer, index)
        self.document = document
        self.variables = document.has_variables
        self.actions = [
            action_patterns(each.action if each.not_action is None else each.not_action) for each in statements
        ]
        self.statements: dict[int, CompiledStatement] = {}
        self.by_action: dict[str, tuple[CompiledStatement, ...]] = {}

    @property
    def for_everyone(self) -> bool:
        """Whether no statement tells one caller from another."""
        return all(
            ("*", "*") in each.principals or ("AWS", "*") in each.principals for each in self.document.statements
        )

    def naming(self, action: str) -> tuple[CompiledStatement, ...]:
        """The statements whose Action or NotAction applies to an action, given in lower case."""
        found = self.by_action.get(action)
        if found is None:
            found = tuple(
                [
                    self.statement(index, source)
                    for index, (source, patterns) in enumerate(zip(self.document.statements, self.actions, strict=True))
                    if patterns.match(action) == (source.not_action is None)
                ]
            )
            if len(self.by_action) >= ACTIONS_KEPT:
                self.by_action.clear()
            self.by_action[action] = found
        return found

    def statement(self, index: int, source: Statement) -> CompiledStatement:
        """A statement, compiled when an action first reaches it."""
        found = self.statements.get(index)
        if found is None:
            found = self.statements[index] = CompiledStatement(source, index, variables=self.variables)
        return found


# How much is remembered: documents, and actions for each of them.
DOCUMENTS_KEPT = 1024
ACTIONS_KEPT = 1024
# By identity, not by value: equal documents may differ in `true` and `1`, and hashing a large one takes longer than
# a decision. A document that is kept here cannot lose its id to another one.
COMPILED: dict[tuple[int, Layer], CompiledDocument] = {}


def compiled_document(document: PolicyDocument, layer: Layer) -> CompiledDocument:
    """The compiled form of a document, remembered.

    Raises PolicyError where the document is no policy of this layer: a resource's policy, a resource control policy and
    an endpoint policy name a principal, the others none; all but a resource's policy say to which resource they apply.
    """
    found = COMPILED.get((id(document), layer))
    if found is None:
        found = CompiledDocument(document, layer)
        if len(COMPILED) >= DOCUMENTS_KEPT:
            COMPILED.clear()
        COMPILED[id(document), layer] = found
    return found


def check_layer(statement: Statement, layer: Layer, index: int) -> None:
    has_principal = statement.principal is not None or statement.not_principal is not None
    if has_principal != (layer in WITH_PRINCIPAL):
        has = "has no Principal; this is the policy of a resource"
        needs = "needs Principal or NotPrincipal; this is an identity policy"
        raise PolicyError(f"{a_policy_of(layer)} {has if has_principal else needs}", f"Statement[{index}]")
    if layer != "resource" and statement.resource is None and statement.not_resource is None:
        raise PolicyError(f"{a_policy_of(layer)} needs Resource or NotResource", f"Statement[{index}]")


def a_policy_of(layer: Layer) -> str:
    term = {"identity": "identity policy", "resource": "resource policy"}.get(layer, TERMS[layer])
    return f"{'an' if layer == 'identity' else 'a'} {term}"


@lru_cache(maxsize=1024)
def action_patterns(written: Strings | None) -> Patterns:
    """The patterns of an Action or NotAction, remembered: the statements of many documents name the same actions."""
    return Patterns((written,) if isinstance(written, str) else written or (), "action")


def naming(
    request: Request, documents: Iterable[PolicyDocument], layer: Layer, *, bounded: bool = False
) -> list[tuple[int, CompiledStatement, Reach]]:
    """The statements that name the action and the caller of a request: document's number, statement, and its reach.

    A request on nothing but `*` has no repository, and so no repository policy (one whose statements have no Resource);
    of a registry's policy, no Allow is for it.
    """
    action = request.action.lower()
    if layer not in WITH_PRINCIPAL:
        return [
            (number, each, "caller")
            for number, document in enumerate(documents)
            for each in compiled_document(document, layer).naming(action)
        ]
    without_resource = layer == "resource" and request.resource == "*"
    return [
        (number, each, reach)
        for number, document in enumerate(documents)
        for each in compiled_document(document, layer).naming(action)
        if not without_resource or (each.effect == "Deny" and each.has_resource)
        if (reach := each.reach(request, bounded=bounded))
    ]


def applying(
    request: Request, documents: Iterable[PolicyDocument], layer: Layer, level: int = 0, *, bounded: bool = False
) -> list[tuple[CompiledStatement, Match, Reach]]:
    """Those of them that apply to the request: its resource and its context are theirs, too."""
    return [
        (each, Match(layer, number, each.index, each.sid, level), reach)
        for number, each, reach in naming(request, documents, layer, bounded=bounded)
        if each.applies(request)
    ]
