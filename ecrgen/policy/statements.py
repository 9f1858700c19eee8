"""Statements compiled once, so that many requests can be asked of a document that stays as it is.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from ecrgen.errors import PolicyError
from ecrgen.policy.conditions import Test, compile_condition
from ecrgen.policy.document import Condition, PolicyDocument, Statement
from ecrgen.policy.patterns import Patterns
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
        "effect",
        "index",
        "not_principals",
        "not_resources",
        "principals",
        "resources",
        "source",
        "tests",
        "variables",
    )

    def __init__(self, source: Statement, index: int, *, variables: bool) -> None:
        self.source = source
        self.index = index
        self.effect = source.effect
        self.variables = variables
        self.resources = self.not_resources = None
        if source.resource is not None and "*" not in source.resources:
            self.resources = Patterns(source.resources, "resource", variables)
        if source.not_resource is not None:
            self.not_resources = Patterns(source.not_resources, "resource", variables)
        self.principals = None if source.principal is None else Principals(source.principals)
        self.not_principals = None if source.not_principal is None else Principals(source.not_principals)
        self.tests: tuple[ConditionTest, ...] | None = None if source.condition else ()

    @property
    def conditions(self) -> tuple[ConditionTest, ...]:
        """The conditions, compiled when a request first comes so far."""
        if self.tests is None:
            self.tests = tuple(
                ConditionTest(condition, compile_condition(condition, variables=self.variables))
                for condition in self.source.conditions
            )
        return self.tests

    def matches_resource(self, request: Request) -> bool:
        if self.resources is not None:
            return self.resources.match(request.resource, request.keys)
        return self.not_resources is None or not self.not_resources.match(request.resource, request.keys)

    def matches_conditions(self, request: Request) -> bool:
        tests = self.conditions
        if not tests:
            return True
        keys = request.keys
        return all(test.holds(keys) for test in tests)

    def reach(self, request: Request) -> Reach | None:
        """The way in which the statement of a resource policy names the caller; None where it does not."""
        caller = request.caller
        if caller is None:
            return None
        if self.not_principals is not None:
            return None if self.not_principals.excepts(caller, self.effect) else "caller"
        return "caller" if self.principals is None else self.principals.reach(caller)


class CompiledDocument:
    """A document's statements, and for each action asked so far those that name it."""

    __slots__ = ("actions", "by_action", "document", "statements", "variables")

    def __init__(self, document: PolicyDocument, origin: Origin) -> None:
        for index, statement in enumerate(document.statements):
            check_origin(statement, origin, f"Statement[{index}]")
        variables = document.version == "2012-10-17"
        self.document = document
        self.variables = variables
        self.actions = tuple(map(action_patterns, document.statements))
        self.statements: dict[int, CompiledStatement] = {}
        self.by_action: dict[str, tuple[CompiledStatement, ...]] = {}

    def naming(self, action: str) -> tuple[CompiledStatement, ...]:
        """The statements whose Action or NotAction applies to an action, given in lower case."""
        found = self.by_action.get(action)
        if found is None:
            found = tuple(
                self.statement(index, source)
                for index, (source, patterns) in enumerate(zip(self.document.statements, self.actions, strict=True))
                if patterns.match(action) == (source.not_action is None)
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
    return Patterns(statement.actions if statement.not_action is None else statement.not_actions, "action")


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
