"""Statements compiled once, so that many requests can be asked of a document that stays as it is.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from ecrgen.errors import PolicyError
from ecrgen.policy.conditions import Test, compile_condition
from ecrgen.policy.document import Condition, PolicyDocument, Statement
from ecrgen.policy.patterns import Pattern, Patterns
from ecrgen.policy.principals import Principals, Reach
from ecrgen.policy.request import Request

__all__ = ["CompiledStatement", "Match", "Origin", "applying", "compiled_document"]

# Where a document comes from: the caller's own policies, or the policy of the resource.
Origin = Literal["identity", "resource"]


class Match(NamedTuple):
    """A statement's place: the list its document came in, its index there, the statement's in it, and its Sid."""

    origin: Origin
    document: int
    statement: int
    sid: str | None

    def __str__(self) -> str:
        place = f"{self.origin}[{self.document}].Statement[{self.statement}]"
        return f"{self.sid} ({place})" if self.sid else place


class ConditionTest(NamedTuple):
    condition: Condition
    holds: Test


class CompiledStatement:
    """One statement, ready to be asked. Elements that match everything are None."""

    __slots__ = (
        "conditions",
        "effect",
        "index",
        "not_principals",
        "not_resources",
        "principals",
        "resources",
        "source",
        "variables",
    )

    def __init__(self, source: Statement, index: int, *, variables: bool) -> None:
        self.source = source
        self.index = index
        self.effect = source.effect
        self.variables = variables
        self.resources = self.not_resources = None
        if source.resource is not None and "*" not in source.resources:
            self.resources = resource_patterns(source.resources, variables)
        if source.not_resource is not None:
            self.not_resources = resource_patterns(source.not_resources, variables)
        self.principals = None if source.principal is None else Principals(source.principals)
        self.not_principals = None if source.not_principal is None else Principals(source.not_principals)
        self.conditions = tuple(
            ConditionTest(condition, compile_condition(condition, variables=variables))
            for condition in source.conditions
        )

    def matches_resource(self, request: Request) -> bool:
        if self.resources is not None:
            return self.resources.match(request.resource, request.keys)
        return self.not_resources is None or not self.not_resources.match(request.resource, request.keys)

    def matches_conditions(self, request: Request) -> bool:
        keys = request.keys
        return all(test.holds(keys) for test in self.conditions)

    def reach(self, request: Request) -> Reach | None:
        """How the statement of a resource policy names the caller, if it does."""
        caller = request.caller
        if caller is None:
            return None
        if self.not_principals is not None:
            return None if self.not_principals.excepts(caller, self.effect) else "caller"
        return "caller" if self.principals is None else self.principals.reach(caller)


class CompiledDocument:
    """A document's statements, and for each action asked so far those that name it."""

    __slots__ = ("actions", "by_action", "document", "statements")

    def __init__(self, document: PolicyDocument, origin: Origin) -> None:
        for index, statement in enumerate(document.statements):
            check_origin(statement, origin, f"Statement[{index}]")
        variables = document.version == "2012-10-17"
        self.document = document
        self.statements = tuple(
            CompiledStatement(statement, index, variables=variables)
            for index, statement in enumerate(document.statements)
        )
        self.actions = tuple(action_patterns(statement) for statement in document.statements)
        self.by_action: dict[str, tuple[CompiledStatement, ...]] = {}

    def naming(self, action: str) -> tuple[CompiledStatement, ...]:
        """The statements whose Action or NotAction applies to an action, given in lower case."""
        found = self.by_action.get(action)
        if found is None:
            found = tuple(
                statement
                for statement, patterns in zip(self.statements, self.actions, strict=True)
                if patterns.match(action, {}) == (statement.source.not_action is None)
            )
            if len(self.by_action) >= ACTIONS_KEPT:
                self.by_action.clear()
            self.by_action[action] = found
        return found


# How much is remembered: documents, and actions for each of them.
DOCUMENTS_KEPT = 1024
ACTIONS_KEPT = 1024
# By identity, not by value: equal documents may differ in `true` and `1`, and hashing a large one takes longer than
# a decision. A document that is kept here cannot lose its id to another one.
COMPILED: dict[tuple[int, Origin], CompiledDocument] = {}


def compiled_document(document: PolicyDocument, origin: Origin) -> CompiledDocument:
    """The compiled form of a document, remembered.

    Raises PolicyError where the document is no policy of this origin: an identity policy names no principal and always
    a resource, a resource policy always names a principal.
    """
    found = COMPILED.get((id(document), origin))
    if found is None:
        found = CompiledDocument(document, origin)
        if len(COMPILED) >= DOCUMENTS_KEPT:
            COMPILED.clear()
        COMPILED[id(document), origin] = found
    return found


def check_origin(statement: Statement, origin: Origin, path: str) -> None:
    has_principal = statement.principal is not None or statement.not_principal is not None
    if origin == "identity" and has_principal:
        raise PolicyError("an identity policy has no Principal; this is the policy of a resource", path)
    if origin == "identity" and statement.resource is None and statement.not_resource is None:
        raise PolicyError("an identity policy needs Resource or NotResource", path)
    if origin == "resource" and not has_principal:
        raise PolicyError("a resource policy needs Principal or NotPrincipal; this is an identity policy", path)


def action_patterns(statement: Statement) -> Patterns:
    """The Action or NotAction of a statement; case does not count, and a pattern without a service is `*` only."""
    patterns = statement.actions if statement.not_action is None else statement.not_actions
    return Patterns(Pattern.of(pattern, "action") for pattern in patterns)


def resource_patterns(texts: Iterable[str], variables: bool) -> Patterns:
    return Patterns(Pattern.of(text, "resource", variables) for text in texts)


def applying(
    request: Request, documents: Iterable[PolicyDocument], origin: Origin
) -> Iterator[tuple[CompiledStatement, Match, Reach]]:
    """The statements that apply to a request, and how far each reaches. Nothing but `*` has no resource policy."""
    action = request.action.lower()
    for number, document in enumerate(documents):
        statements = compiled_document(document, origin).naming(action)
        if origin == "resource" and request.resource == "*":
            continue
        for statement in statements:
            reach = "caller" if origin == "identity" else statement.reach(request)
            if reach and statement.matches_resource(request) and statement.matches_conditions(request):
                yield statement, Match(origin, number, statement.index, statement.source.sid), reach
