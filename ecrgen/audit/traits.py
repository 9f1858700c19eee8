"""What of a request, beside its action, a policy looks at: by that, callers and repositories are alike to it or not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ecrgen.policy import reference
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.layers import Layer
from ecrgen.policy.operators import operator_of
from ecrgen.policy.statements import CompiledStatement, ConditionTest, compiled_document
from ecrgen.policy.variables import parse, parse_resource, variables_of

__all__ = ["Traits", "traits_of"]

# The keys that follow from which user or role a caller is, and not from its kind, its account or its tags.
OF_ONE_CALLER = frozenset(("aws:principalarn", "aws:username", "aws:userid"))


class Traits(NamedTuple):
    """What a document looks at.

    `resources` are the texts of its Resource and NotResource that do not take everything, each with whether it has
    variables. `tests` are its conditions on who exactly the caller is; `by_name` says that variables stand in those, or
    for that. `tags` says that it asks for a repository's tags. `principals` are the values of its Principal and
    NotPrincipal elements, `exempting` whether there is a NotPrincipal.
    """

    resources: frozenset[tuple[str, bool]]
    tests: tuple[ConditionTest, ...]
    by_name: bool
    tags: bool
    principals: frozenset[str]
    exempting: bool


# By identity, as in ecrgen.policy.statements: a document that is kept cannot lose its id to another one.
KNOWN: dict[tuple[int, Layer], tuple[PolicyDocument, Traits]] = {}
MOST_KNOWN = 65_536


def traits_of(document: PolicyDocument, layer: Layer) -> Traits:
    """The traits of a document, remembered."""
    found = KNOWN.get((id(document), layer))
    if found is None:
        if len(KNOWN) >= MOST_KNOWN:
            KNOWN.clear()
        compiled = compiled_document(document, layer)
        statements = [compiled.statement(index, source) for index, source in enumerate(document.statements)]
        found = KNOWN[id(document), layer] = document, traits(statements)
    return found[1]


def traits(statements: Iterable[CompiledStatement]) -> Traits:
    resources: set[tuple[str, bool]] = set()
    tests: list[ConditionTest] = []
    asked: set[str] = set()
    variables: set[str] = set()
    principals: set[str] = set()
    by_name = exempting = False
    for statement in statements:
        source = statement.source
        for text in (*source.resources, *source.not_resources):
            inside = variables_of((text,), parse_resource) if statement.variables else ()
            variables.update(variable.key for variable in inside)
            if text != "*":
                resources.add((text, bool(inside)))
        for test in statement.conditions:
            key = test.condition.key.lower()
            asked.add(key)
            replaced = statement.variables and operator_of(test.condition.operator).type.takes_variables
            inside = variables_of(test.condition.values, parse) if replaced else ()
            variables.update(variable.key for variable in inside)
            if key in OF_ONE_CALLER:
                tests.append(test)
                by_name = by_name or bool(inside)
        principals.update(value for _, value in (*source.principals, *source.not_principals))
        exempting = exempting or source.not_principal is not None
    return Traits(
        frozenset(resources),
        tuple(tests),
        by_name or bool(OF_ONE_CALLER & variables),
        any(map(reference.is_resource_tag, asked | variables)),
        frozenset(principals),
        exempting,
    )
