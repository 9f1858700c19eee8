"""Reasons of implicit denies: the statement that came nearest to allowing the request, and what it missed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, assert_never

from ecrgen.policy.combine import binding, needs
from ecrgen.policy.document import Condition, PolicyDocument
from ecrgen.policy.layers import TERMS, Layer, Policies
from ecrgen.policy.operators import operator_of
from ecrgen.policy.reference import carries, is_resource_tag
from ecrgen.policy.request import Request
from ecrgen.policy.statements import CompiledStatement, Match, applying, compiled_document
from ecrgen.policy.values import Unreadable, ValueType
from ecrgen.policy.variables import Keys, Variable, parse, value_of

__all__ = ["condition_words", "explicit_deny", "implicit_deny"]

# How many values of a long list are shown.
SHOWN = 3


class Miss(NamedTuple):
    """An Allow statement that names the action but does not apply, and each reason why not."""

    match: Match
    wrong_principal: bool
    wrong_resource: bool
    faults: tuple[str, ...]

    @property
    def distance(self) -> tuple[bool, bool, int]:
        return self.wrong_resource, self.wrong_principal, len(self.faults)


def explicit_deny(request: Request, policies: Policies, matched: Sequence[Match]) -> str:
    """The statements that deny, with the conditions that hold because the request can have no tag."""
    documents = {(layer, level): each for layer, level, each in policies.in_force()}
    found = []
    for match in matched:
        statement = documents[match.origin, match.level][match.document].statements[match.statement]
        wanting = [
            f"{condition_words(condition)} holds, because the request has no {condition.key}{why}"
            for condition in statement.conditions
            if (why := why_absent(key := condition.key.lower(), request)) and key not in request.keys
        ]
        found.append(f"{match}{': ' if wanting else ''}{'; '.join(wanting)}")
    return " and ".join(found)


def implicit_deny(request: Request, policies: Policies, layer: Layer) -> str:
    """The cause of an implicit deny by a layer, in one sentence."""
    match layer:
        case "identity" | "resource":
            return without_grant(request, policies)
        case "session" if policies.session is None:
            return "a federated user without a session policy has no permissions by identity policies"
        case "scp":
            levels = binding(request, policies).scps
            level = next(number for number, each in enumerate(levels) if not allowing(request, each, layer))
            return f"at level {level + 1} of {len(levels)}, {nearest_miss(request, {layer: levels[level]}, level)}"
        case _:
            (documents,) = policies.of(layer)
            return nearest_miss(request, {layer: documents})


def without_grant(request: Request, policies: Policies) -> str:
    """Why neither, or not both, of the identity policies and the resource policies allow a request."""
    account = request.caller.account if request.caller else ""
    identity, resource = policies.identity, policies.resource
    by_identity = allowing(request, identity, "identity")
    by_resource = allowing(request, resource, "resource")
    need = needs(request)
    match need:
        case "either" if by_resource:
            # the Allow reaches no further than the account, or it would have been enough
            nearest = nearest_miss(request, {"identity": identity})
            return f"{by_resource[0]} leaves it to the identity policies of account {account}, and {nearest}"
        case "either":
            return nearest_miss(
                request, {"identity": identity, "resource": resource} if resource else {"identity": identity}
            )
        case "both":
            owner = request.keys.get("aws:resourceaccount")
            missing = []
            if not by_identity:
                missing.append(f"in account {account} {nearest_miss(request, {'identity': identity})}")
            if not by_resource:
                missing.append(f"in account {owner} {nearest_miss(request, {'resource': resource})}")
            return "access across accounts must be allowed in both: " + "; ".join(missing)
        case "resource":
            return f"{request.principal} needs a resource policy: {nearest_miss(request, {'resource': resource})}"
        case "nobody":
            raise AssertionError("the root user needs no Allow in its own account")
        case _:
            assert_never(need)


def allowing(request: Request, documents: Sequence[PolicyDocument], layer: Layer) -> list[Match]:
    return [match for statement, match, _ in applying(request, documents, layer) if statement.effect == "Allow"]


def nearest_miss(request: Request, sides: Mapping[Layer, Sequence[PolicyDocument]], level: int = 0) -> str:
    """In words, the Allow statement that misses least: the resource counts first, then principal and conditions."""
    kinds = f"{' or '.join(sides)} policy" if sides.keys() <= {"identity", "resource"} else TERMS[next(iter(sides))]
    if not any(sides.values()):
        return f"there is no {kinds}"
    found = [miss for layer, documents in sides.items() for miss in misses(request, documents, layer, level)]
    if not found:
        return f"no statement of any {kinds} allows {request.action}"
    nearest = min(found, key=lambda miss: miss.distance)
    return f"{nearest.match} would allow {request.action}, but it " + "; it ".join(nearest.faults)


def misses(request: Request, documents: Iterable[PolicyDocument], layer: Layer, level: int) -> Iterator[Miss]:
    for number, document in enumerate(documents):
        for statement in compiled_document(document, layer).naming(request.action.lower()):
            if statement.effect == "Allow":
                match = Match(layer, number, statement.index, statement.source.sid, level)
                wrong_principal = statement.reach(request) is None
                no_resource = layer == "resource" and request.resource == "*"
                wrong_resource = no_resource or not statement.matches_resource(request)
                faults = []
                if no_resource:
                    faults.append("is a resource policy, and the action is not asked of a resource")
                elif wrong_resource:
                    faults.append(resource_fault(statement, request))
                if wrong_principal:
                    faults.append(principal_fault(statement, request))
                faults += [
                    condition_fault(test.condition, statement, request)
                    for test in statement.conditions
                    if not test.holds(request.keys)
                ]
                yield Miss(match, wrong_principal, wrong_resource, tuple(faults))


def resource_fault(statement: CompiledStatement, request: Request) -> str:
    source = statement.source
    if source.not_resource is not None:
        texts, verb = source.not_resources, "is for everything except"
        if statement.lacks_value(request):
            return (
                f"{verb} {some(texts)}, and for nothing while a variable there has no value"
                f"{variables_in(texts, request.keys)}"
            )
    else:
        texts, verb = source.resources, "is for"
    fault = f"{verb} {some(texts)}, not for {request.resource}"
    return fault + (variables_in(texts, request.keys) if statement.variables else "")


def principal_fault(statement: CompiledStatement, request: Request) -> str:
    source = statement.source
    if source.not_principal is not None:
        return f"leaves out {some(who for _, who in source.not_principals)}, so not for {request.principal}"
    return f"is for the principal {some(who for _, who in source.principals)}, not for {request.principal}"


def condition_fault(condition: Condition, statement: CompiledStatement, request: Request) -> str:
    keys = request.keys
    actual = keys.get(condition.key.lower())
    if actual is None:
        has = f"no {condition.key}{why_absent(condition.key.lower(), request)}"
    else:
        has = some([json.dumps(actual)] if isinstance(actual, str) else map(json.dumps, actual), "and")
    operator = operator_of(condition.operator)
    needs_each = isinstance(actual, tuple) and not operator.qualifier and not operator.comparison.asks_presence
    of_each = " for each value of it" if needs_each else ""
    fault = f"needs {condition_words(condition)}{of_each}, and the request has {has}"
    value_type = operator.type
    if value_type.takes_variables:
        return fault + (variables_in(condition.values, keys) if statement.variables else "")
    return fault + unreadable_in(condition.values, value_type)


def condition_words(condition: Condition) -> str:
    """A condition in words, such as `Bool aws:MultiFactorAuthPresent "true"`."""
    return f"{condition.operator} {condition.key} {some(map(json.dumps, condition.values))}"


def why_absent(key: str, request: Request) -> str:
    """Why a request has no tags of a resource, whatever its context says."""
    if not is_resource_tag(key):
        return ""
    if request.resource == "*":
        return f": {request.action} is asked of *, which has no tags"
    if request.resource.endswith("*"):
        return f": {request.action} is asked of all repositories, not of one"
    return "" if carries(request.action, key) else f": requests of {request.action} never carry it"


def unreadable_in(texts: Iterable[str], value_type: ValueType) -> str:
    """The values of a policy that match nothing, and why."""
    read = ((text, value_type.read(text)) for text in texts)
    faults = [f"{json.dumps(text)}: {value.why}" for text, value in read if isinstance(value, Unreadable)]
    return f" ({some(faults, 'and')})" if faults else ""


def variables_in(texts: Iterable[str], keys: Keys) -> str:
    """The values that the variables of a policy's texts have in this request."""
    variables = {
        part.name: value_of(part, keys) for text in texts for part in parse(text) if isinstance(part, Variable)
    }
    if not variables:
        return ""
    values = (
        f"${{{name}}} " + ("has no value" if value is None else f"is {json.dumps(value)}")
        for name, value in variables.items()
    )
    return f" ({', '.join(values)})"


def some(texts: Iterable[str], conjunction: str = "or") -> str:
    """A list in words, cut where it is long."""
    values = list(texts)
    if len(values) > SHOWN:
        values[SHOWN:] = [f"{len(values) - SHOWN} more"]
    return f" {conjunction} ".join(values) or "nothing"
