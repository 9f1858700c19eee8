"""Whom a resource's policies may let in beside the users and roles of the accounts that are known.

Of each only the resource's side can be told, so one is asked who has everything in its own account. A kind of caller
stands for all of it: a role of an account for the account, one of an organisation for the organisation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ecrgen.audit.accounts import Accounts
from ecrgen.policy.arn import Arn
from ecrgen.policy.caller import caller_of
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.names import ACCOUNT, ORGANIZATION, SERVICE_PRINCIPAL
from ecrgen.policy.request import ContextValue
from ecrgen.proof.parties import OUTSIDE

__all__ = ["Stranger", "strangers"]

NO_ACCOUNT = "000000000000"  # which is nobody's
ANY_SERVICE = "any-service.amazonaws.com"
ROLE = "role/any-role"
# Conditions that say what a key is, rather than what it is not.
POSITIVE = re.compile(r"(ForAnyValue:|ForAllValues:)?(String(Equals(IgnoreCase)?|Like)|Arn(Equals|Like))(IfExists)?")


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody outside: `principal` is what it is called, as grantees are, and how one of it asks."""

    principal: str
    example: str
    context: Mapping[str, ContextValue] = field(default_factory=dict, hash=False)


def strangers(accounts: Accounts, documents: Iterable[PolicyDocument], partition: str) -> tuple[Stranger, ...]:
    """Everybody whom these policies of a resource name, and those whom they mean by their conditions."""
    found: dict[str, Stranger] = {}
    for document in documents:
        for statement in document.statements:
            if statement.effect == "Allow":
                for each in (*named(statement, partition), *meant(statement, partition)):
                    caller = caller_of(each.example)
                    if caller is None or caller.account not in accounts.by_id or caller.is_session:
                        found.setdefault(each.principal, each)
    return tuple(found.values())


def named(statement: Statement, partition: str) -> Iterator[Stranger]:
    """Those whom Principal names; who NotPrincipal leaves is everybody."""
    if statement.not_principal is not None:
        yield everyone(partition)
    for kind, name in statement.principals:
        account = name if re.fullmatch(ACCOUNT, name) else account_of_root(name)
        if kind == "Service":
            yield of_service(name)
        elif name == "*":
            yield everyone(partition)
        elif account:
            yield of_account(account, partition)
        elif caller_of(name) is not None:
            yield Stranger(name, name)


def account_of_root(name: str) -> str:
    arn = Arn.parse(name)
    return arn.account if arn is not None and arn.resource == "root" else ""


def everyone(partition: str) -> Stranger:
    """Anybody at all: somebody whom no policy can name."""
    return Stranger("*", f"arn:{partition}:iam::{NO_ACCOUNT}:{ROLE}", OUTSIDE)


def of_account(account: str, partition: str) -> Stranger:
    return Stranger(f"account/{account}", f"arn:{partition}:iam::{account}:{ROLE}")


def of_service(name: str) -> Stranger:
    return Stranger(f"service/{name}", name)


def of_organization(name: str, organization: str, path: str, partition: str) -> Stranger:
    context = {"aws:PrincipalOrgID": organization, "aws:PrincipalOrgPaths": (path,)}
    return Stranger(name, f"arn:{partition}:iam::{NO_ACCOUNT}:{ROLE}", context)


def meant(statement: Statement, partition: str) -> Iterator[Stranger]:
    """Those who are told from everybody by a condition: an organisation, a unit, an account, a role, a service."""
    for condition in statement.conditions:
        key = condition.key.lower()
        if key == "aws:principalisawsservice":
            yield Stranger("any AWS service", ANY_SERVICE)
        if not POSITIVE.fullmatch(condition.operator):
            continue
        for value in condition.values:
            match key:
                case "aws:principalorgid" if re.fullmatch(ORGANIZATION, value):
                    yield of_organization(f"org/{value}", value, f"{value}/r-0000/", partition)
                case "aws:principalorgpaths" if re.match(rf"{ORGANIZATION}/", value):
                    unit = value.rstrip("*").rstrip("/")
                    yield of_organization(f"org/{unit}", value.partition("/")[0], filled(value), partition)
                case "aws:principalaccount" if re.fullmatch(ACCOUNT, value):
                    yield of_account(value, partition)
                case "aws:principalarn" if caller_of(filled(value)) is not None:
                    yield Stranger(value, filled(value))
                case "aws:principalservicename" if re.fullmatch(SERVICE_PRINCIPAL, value):
                    yield of_service(value)
                case _:
                    pass


def filled(pattern: str) -> str:
    """A text that a pattern matches."""
    return pattern.replace("*", "x").replace("?", "x")
