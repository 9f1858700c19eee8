"""Wildcards in an expectation's `deny`: `ecr:* other`, or `*`, denies all that `allow` does not show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ecrgen.policy import names, reference
from ecrgen.policy.arn import Arn
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.evaluate import Decision
from ecrgen.policy.patterns import Pattern, Patterns
from ecrgen.policy.request import Request
from ecrgen.policy.variables import parse_resource, plain, substitute

__all__ = ["Ask", "Decide", "allowed_anywhere", "allowed_on"]

# The request for an action on a resource, and what a policy says to a request.
Ask = Callable[[str, str], Request]
Decide = Callable[[Request, PolicyDocument], Decision]
PLACEHOLDER = re.compile(r"\$\{[^}]*\}")


def allowed_on(
    arn: str, pattern: str, policy: PolicyDocument, shown: Sequence[Request], ask: Ask, decide: Decide
) -> Iterator[Decision]:
    """Decisions that allow a pattern's actions on this resource, but for those shown to be allowed on it.

    Actions that the reference knows to work on no such resource are left out: AWS never asks them of it.
    """
    excepted = {request.action.lower() for request in shown if request.resource == arn}
    for action in dict.fromkeys(name for statement in allows(policy) for name in named(statement, pattern)):
        if action.lower() not in excepted and works_on(action, arn):
            decision = decide(ask(action, arn), policy)
            if decision.allowed:
                yield decision


def allowed_anywhere(
    pattern: str, policy: PolicyDocument, shown: Sequence[Request], ask: Ask, decide: Decide
) -> Iterator[Decision]:
    """Decisions that allow a pattern's actions on whatever resource the policy names, beyond what is shown.

    Each action and resource of each Allow statement is taken by itself: it is shown if it allows one of the shown
    requests. If not, it is asked of a resource that the statement names. A wildcard also allows what AWS does not have
    yet, which nothing can show. Raises EcrgenError for what cannot be asked.
    """
    for statement in allows(policy):
        for resource in statement.resources or ("*",):
            applies: dict[tuple[str, bool], bool] = {}
            example: str | None = ""
            for action in (*named(statement, pattern), *unheard_of(statement, pattern)):
                # but for its Action, a statement applies to all actions of a service alike that are asked of `*` or not
                alike = action.partition(":")[0].lower(), reference.asked_of_star(action)
                if not applies.get(alike, True):
                    continue
                example = example or example_of(resource, policy, ask(action, "*"))
                if example is None:
                    break
                request = ask(action, example)
                if alike not in applies:
                    alone = replace(policy, statement=one(statement, action, resource))
                    applies[alike] = decide(request, alone).allowed
                # of several resources an action may work on one only, and needs to be shown on that one
                where = (resource,) if works_on(action, example) else statement.resources
                if applies[alike] and not any(
                    is_shown(action, each, statement, policy, shown, decide) for each in where
                ):
                    decision = decide(request, policy)
                    if decision.allowed:
                        yield decision


def is_shown(
    action: str,
    resource: str,
    statement: Statement,
    policy: PolicyDocument,
    shown: Sequence[Request],
    decide: Decide,
) -> bool:
    """True where a statement, were it for this action and resource only, would allow one of these requests."""
    alike = [request for request in shown if request.action.lower() == action.lower()]
    alone = replace(policy, statement=one(statement, action, resource))
    return any(decide(request, alone).allowed for request in alike)


def allows(policy: PolicyDocument) -> Iterator[Statement]:
    return (statement for statement in policy.statements if statement.effect == "Allow")


def one(statement: Statement, action: str, resource: str) -> Statement:
    """A statement for one of its actions and, where it has no NotResource, one of its resources."""
    only = replace(statement, action=action, not_action=None)
    return only if statement.resource is None else replace(only, resource=resource)


def named(statement: Statement, pattern: str) -> Iterator[str]:
    """The actions of a pattern that a statement is about: all that it spells out, and what its wildcards stand for."""
    wanted = Pattern.of(pattern, "action")
    if statement.not_action is not None:
        without = Patterns(statement.not_actions, "action")
        yield from (name for name in reference.expand(pattern) if not without.match(name.lower()))
        return
    for text in statement.actions:
        if "*" not in text and "?" not in text:
            yield from (text,) if wanted.matches(text.lower()) else ()
            continue
        if pattern == "*":
            yield from reference.expand(text)
        else:
            stands_for = Pattern.of(text, "action")
            yield from (name for name in reference.expand(pattern) if stands_for.matches(name.lower()))


def unheard_of(statement: Statement, pattern: str) -> Iterator[str]:
    """An action for each wildcard of a statement that AWS does not have and may add."""
    for text in statement.actions:
        if ":" in text and ("*" in text or "?" in text):
            name = text.replace("*", "Xxx").replace("?", "X")
            if Pattern.of(pattern, "action").matches(name.lower()):
                yield name


def works_on(name: str, arn: str) -> bool:
    """True where AWS may ask for the action on such a resource, and where the reference does not know the action."""
    action = reference.action(name)
    if action is None:
        return True
    kinds = reference.resource_types(name.partition(":")[0].lower())
    forms = (PLACEHOLDER.sub("*", str(kind.arn)) for kind in kinds if kind.name in action.resource_types)
    return any(Pattern.of(form, "resource", False).matches(arn) for form in forms)


def example_of(resource: str, policy: PolicyDocument, request: Request) -> str | None:
    """A resource that a pattern names, for the caller of the request; None where a variable has no value for it."""
    template = parse_resource(resource) if policy.has_variables else plain(resource)
    pieces = substitute(template, request.keys)
    if pieces is None:
        return None
    arn = Arn.parse("".join(text if literal else text.replace("*", "x").replace("?", "x") for text, literal in pieces))
    pattern = Arn.parse(resource)
    if arn is None or pattern is None:
        return resource
    return str(replace(arn, account=example_account(pattern.account, request.caller.account if request.caller else "")))


def example_account(pattern: str, own: str) -> str:
    """An account that a pattern names: the caller's own if it does, else its wildcards filled with zeros."""
    if Pattern.of(pattern, "text", False).matches(own):
        return own
    filling = "0" * (names.ACCOUNT_DIGITS - len(pattern.replace("*", "")))
    return pattern.replace("*", filling, 1).replace("*", "").replace("?", "0")
