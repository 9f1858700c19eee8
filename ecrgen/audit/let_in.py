"""The statements of resources' policies, one by one, with those whom each lets in as a grant would name them

What a condition says of who they are (an organization, a permission set) is apart from the other conditions, which
guards could have written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ecrgen.account.account import Account, Held
from ecrgen.audit.imported import Left
from ecrgen.catalog.places import Place, Registry, Repository
from ecrgen.errors import EcrgenError
from ecrgen.policy.arn import Arn, partition_of
from ecrgen.policy.caller import caller_of
from ecrgen.policy.document import Condition, PolicyDocument, Statement
from ecrgen.policy.elements import Principals
from ecrgen.policy.names import (
    ACCOUNT,
    ORGANIZATION,
    ORGANIZATION_ROOT,
    ORGANIZATION_UNIT,
    PERMISSION_SET,
    SERVICE_PRINCIPAL,
)
from ecrgen.policy.reference import asked_of_star

__all__ = ["OWN", "Entry", "Resource", "entries", "resources_of"]

# Why what apply has made is none to import.
OWN = "is of the catalog's own namespace, so a grant of it has made it"
UNIT = re.compile(rf"{ORGANIZATION}/{ORGANIZATION_ROOT}(?:/{ORGANIZATION_UNIT})*")
# The reserved role of a permission set, whose users are known by aws:PrincipalArn.
RESERVED = re.compile(
    rf"arn:[^:]+:iam::{ACCOUNT}:role/aws-reserved/sso\.amazonaws\.com/(?:\*/)?AWSReservedSSO_({PERMISSION_SET})_\?{{16}}"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """The policy of a repository or a registry that a file holds."""

    place: Place
    document: PolicyDocument


@dataclass(frozen=True, slots=True)
class Entry:
    """A statement that allows something. `document` is it alone, without what has no effect there.

    `to` are those whom it lets in, as grants name them, and `rest` what it would be as an identity policy's: without
    those, and without the conditions that are about who they are.
    """

    place: Place
    name: str
    document: PolicyDocument
    to: tuple[str, ...]
    rest: Statement


def resources_of(accounts: Iterable[Account]) -> Iterator[Resource | Left]:
    """The policies of all repositories and registries, and those of which no document is known."""
    for account in accounts:
        held: list[tuple[Place, Held | None]] = []
        held += [(Registry(account.id, region), policy) for region, policy in account.registries.items()]
        held += [(Repository(each.arn), each.policy) for each in account.repositories.values()]
        for place, policy in held:
            if policy is None:
                continue
            if policy.document is None:
                yield Left((f"the policy of {place}",), f"not known: {policy.unknown}")
            else:
                yield Resource(place, policy.document)


def entries(resource: Resource, home: str, own: str | None = None) -> Iterator[Entry | Left]:
    """The statements of a policy, and those that no grant could say, with why. `home` is the catalog's account.

    `own` is how the Sids begin of what its grants have said there already.
    """
    place, document = resource.place, resource.document
    for number, statement in enumerate(document.statements):
        called = f"statement {statement.sid}" if statement.sid else f"Statement[{number}]"
        name = f"{called} of the policy of {place}"
        if own and statement.sid and statement.sid.startswith(own):
            yield Left((name,), OWN, statement=True)
            continue
        try:
            checked = with_effect(statement, place)
            to, rest = let_in(checked, place)
        except EcrgenError as error:
            yield Left((name,), error.problems[0], statement=True)
        else:
            to = tuple(as_in(home, each) for each in to)
            yield Entry(place, name, replace(document, statement=(checked,)), to, rest)


def with_effect(statement: Statement, place: Place) -> Statement:
    """An Allow without actions that work on no repository, and in a repository's policy without a Resource of `*`."""
    if statement.effect == "Deny":
        raise EcrgenError("denies, and grants only allow; it stays where it is")
    if statement.not_principal is not None:
        raise EcrgenError("lets in all but some (NotPrincipal), and no grant is to all others")
    if statement.not_action is not None:
        raise EcrgenError("speaks of all actions but some (NotAction)")
    actions = tuple(each for each in statement.actions if not asked_of_star(each))
    if not actions:
        raise EcrgenError("has no effect: its actions work on no repository")
    statement = replace(statement, principal=strangers(statement, place.account))
    if isinstance(place, Registry):
        if statement.not_resource is not None:
            raise EcrgenError("speaks of all repositories but some (NotResource)")
        if "*" in statement.resources:  # all of the registry, whose policy speaks of no other
            everything = Arn(partition_of(place.region) or "aws", "ecr", place.region, place.account, "repository/*")
            statement = replace(statement, resource=str(everything))
    elif statement.not_resource is not None or set(statement.resources) - {"*"}:
        raise EcrgenError("names a Resource, which the policy of a repository has none of")
    else:
        statement = replace(statement, resource=None)
    return statement if len(actions) == len(statement.actions) else replace(statement, action=actions)


def strangers(statement: Statement, owner: str) -> Principals | None:
    """Principal without the account itself, which as a whole lets nobody in whom no identity policy does.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts
    """
    if statement.principal is None or isinstance(statement.principal, str):
        return statement.principal
    kept = [(kind, name) for kind, name in statement.principals if kind != "AWS" or account_of(name) != owner]
    if not kept:
        raise EcrgenError("has no effect: its own account as a whole is let in by identity policies only")
    return tuple((kind, tuple(one for other, one in kept if other == kind)) for kind in dict(kept))


def let_in(statement: Statement, place: Place) -> tuple[tuple[str, ...], Statement]:
    """Those whom a statement lets in, and the rest of it. Raises EcrgenError where a grant can name none of them."""
    rest = replace(statement, sid=None, principal=None)
    names = statement.principals
    if any(name == "*" for _, name in names):
        to, condition = members(statement)
        return to, without(rest, condition)
    sets = permission_sets(statement)
    if sets is not None:
        to, condition = sets
        return to, without(rest, condition)
    return tuple(dict.fromkeys(grantee(kind, name, place) for kind, name in names)), rest


def members(statement: Statement) -> tuple[tuple[str, ...], Condition]:
    """The organizations or units whose members `*` means, and the condition that says so."""
    for each in statement.conditions:
        match each.operator.lower(), each.key.lower():
            case "stringequals", "aws:principalorgid" if all(re.fullmatch(ORGANIZATION, one) for one in each.values):
                return tuple(f"org/{one}" for one in each.values), each
            case "foranyvalue:stringlike", "aws:principalorgpaths":
                units = [one.removesuffix("/*") for one in each.values]
                if all(
                    UNIT.fullmatch(unit) and f"{unit}/*" == one for unit, one in zip(units, each.values, strict=True)
                ):
                    return tuple(f"org/{unit}" for unit in units), each
            case _:
                pass
    raise EcrgenError("lets in everybody, or whom a condition alone tells; a grant is to somebody by name")


def permission_sets(statement: Statement) -> tuple[tuple[str, ...], Condition] | None:
    """The permission sets of the one account that is named, where a condition tells their users from the others."""
    accounts = {account_of(name) for _, name in statement.principals}
    for each in statement.conditions:
        if (each.operator.lower(), each.key.lower()) == ("arnlike", "aws:principalarn") and len(accounts) == 1:
            found = [RESERVED.fullmatch(one) for one in each.values]
            (account,) = accounts
            if account and all(found):
                return tuple(dict.fromkeys(f"permission-set/{account}/{one[1]}" for one in found if one)), each
    return None


def without(statement: Statement, condition: Condition) -> Statement:
    """A statement without one of its conditions."""
    kept = []
    for operator, keys in statement.condition or ():
        left = tuple(each for each in keys if (operator, each[0]) != (condition.operator, condition.key))
        kept += [(operator, left)] if left else []
    return replace(statement, condition=tuple(kept) or None)


def grantee(kind: str, name: str, place: Place) -> str:
    """Somebody whom Principal names, as a grant does."""
    account, caller, owner = account_of(name), caller_of(name), place.account
    if kind == "Service" and re.fullmatch(SERVICE_PRINCIPAL, name):
        return f"service/{name}"
    if kind == "AWS" and account:
        return f"account/{account}"
    if kind == "AWS" and caller is not None and caller.type in ("User", "AssumedRole") and not caller.is_session:
        if caller.account == owner and not isinstance(place, Registry):
            raise EcrgenError(f"names {name} of its own account, to whom a grant is an identity policy")
        return name
    if kind == "AWS" and re.fullmatch("A[A-Z0-9]{15,}", name):
        raise EcrgenError(f"names {name}, a user or role that is no more")
    raise EcrgenError(f"names {name}, and no grant is to such a principal")


def as_in(home: str, to: str) -> str:
    """A grantee as a catalog of account `home` names it."""
    arn = Arn.parse(to)
    return arn.resource if arn is not None and arn.account == home else to


def account_of(name: str) -> str:
    """The account that a principal is, by its number or its root; empty for any other principal."""
    if re.fullmatch(ACCOUNT, name):
        return name
    arn = Arn.parse(name)
    return arn.account if arn is not None and arn.service == "iam" and arn.resource == "root" else ""
