"""Importing: what users, roles and groups of accounts have → grants that decide the same, and what is no such grant

The law: whoever has the grants' policies in place of those that they stand for can do what they could, no more and no
less. What is not proven to be so is left, with the nearest persona and the difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ecrgen.account.account import Account, Held
from ecrgen.account.desired import USERNAME
from ecrgen.audit.readings import about_ecr
from ecrgen.audit.recover import Candidate, Least, Near, least_actions, nearest, recovered
from ecrgen.catalog.arguments import Argument
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.grantees import kind_of, read_grantee
from ecrgen.catalog.managed import managed_policy
from ecrgen.catalog.model import BoundPersona, Target
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words
from ecrgen.policy.access import diff
from ecrgen.policy.arn import Arn
from ecrgen.policy.aws_policies import AwsPolicy, aws_policies, aws_policy
from ecrgen.policy.document import PolicyDocument

__all__ = ["Found", "Imported", "Left", "imported"]

OF_AWS = ":iam::aws:policy/"
LONGEST = 40


@dataclass(frozen=True, slots=True)
class Found:
    """A grant that decides what some policies decide; `instead_of` says which they are, and who has each.

    `others` are services of which these policies also speak: what they say of them, they have to go on saying.
    """

    name: str
    bound: BoundPersona
    target: Target
    managed: bool
    to: tuple[str, ...]
    instead_of: tuple[str, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """A policy that became no grant: who has it, why, and the persona that is nearest, if any."""

    policies: tuple[str, ...]
    reason: str
    near: Near | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """The grants, what is left, and the number of policies that say nothing about ECR. `home` is the catalog's own."""

    home: Target
    sources: tuple[str, ...]
    grants: tuple[Found, ...]
    left: tuple[Left, ...]
    silent: int


@dataclass(slots=True)
class Holders:
    """Those that have a policy with the same document, and the policy's name with each."""

    held: Held
    home: Target
    names: list[str] = field(default_factory=list)
    to: list[str] = field(default_factory=list)


def imported(catalog: Catalog, accounts: Iterable[Account]) -> Imported:
    """The grants of a catalog's personas for all that the users, roles and groups of accounts have.

    Raises EcrgenError for accounts of several partitions, and for one whose users and roles no file holds.
    """
    accounts = tuple(accounts)
    homes = {each.id: catalog.target(each.id, each.regions or None, each.partition) for each in accounts}
    home = homes[accounts[0].id]
    if len({each.partition for each in accounts}) > 1:
        raise EcrgenError("the accounts are of several partitions; a catalog is for one, so import them apart")
    together: dict[object, tuple[Candidate, bool, list[Holders], set[str]]] = {}
    left: list[Left] = []
    silent, least = 0, least_actions(catalog)
    for holders in held_by(accounts, homes, home):
        made, others, remaining = outcome(catalog, least, holders)
        for candidate, managed in made:
            key = (alike(candidate.bound), candidate.target, managed)
            _, _, those, services = together.setdefault(key, (candidate, managed, [], set()))
            those.append(holders)
            services.update(others)
        left += remaining
        silent += not made and not remaining
    names = Names()
    grants = tuple(
        Found(
            names.for_grant(candidate.bound, those[0].to[0]),
            candidate.bound,
            candidate.target,
            managed,
            tuple(dict.fromkeys(to for each in those for to in each.to)),
            tuple(name for each in those for name in each.names),
            tuple(sorted(services)),
        )
        for candidate, managed, those, services in together.values()
    )
    return Imported(home, tuple(each.source for each in accounts), grants, tuple(left), silent)


def alike(bound: BoundPersona) -> tuple[object, ...]:
    return bound.persona.name, tuple(bound.arguments.items()), tuple(map(str, bound.guards))


def held_by(accounts: Iterable[Account], homes: dict[str, Target], home: Target) -> Iterator[Holders]:
    """The policies of all, once for each document of an account and of AWS's own; a group's are the group's."""
    found: dict[object, Holders] = {}
    for account in accounts:
        if account.principals is None:
            raise EcrgenError(f"{account.source}: holds no users and roles of account {account.id}, so no policies")
        for name, principal in account.principals.items():
            arn = Arn.parse(principal.arn)
            for held in principal.policies:
                grantee = f"group/{held.group}" if held.group else arn.resource if arn else name
                to = grantee if account.id == home.account else f"arn:{account.partition}:iam::{account.id}:{grantee}"
                own = aws_name(held)
                text = held.unknown if held.document is None else held.document.to_json()
                holders = found.setdefault((account.id, own, text), Holders(held, homes[account.id]))
                if to not in holders.to:
                    holders.to.append(to)
                if f"{held.name} of {to}" not in holders.names:
                    holders.names.append(f"{held.name} of {to}")
    yield from found.values()


def aws_name(held: Held) -> str:
    """The name of a policy of AWS's own; empty for any other."""
    if OF_AWS in held.name:
        return held.name.rpartition("/")[2]
    return next((each.name for each in aws_policies().values() if str(each) == held.name), "")


Outcome = tuple[list[tuple[Candidate, bool]], tuple[str, ...], list[Left]]


def outcome(catalog: Catalog, least: Least, holders: Holders) -> Outcome:
    """The grants that a policy becomes, the services of which it also speaks, and what is left of it."""
    document, names, home = holders.held.document, tuple(holders.names), holders.home
    if document is None:
        return [], (), [Left(names, f"not known: {holders.held.unknown}")]
    refused = refusal(document, holders)
    if refused:
        return [], (), [Left(names, refused)]
    own = aws_name(holders.held)
    if own:
        managed = managed_by(catalog, aws_policy(own), document, home)
        if managed is not None:
            return [(managed, True)], (), []
    whole = recovered(catalog, least, document, home) if speaks_of_iam(document) else ()
    if whole:
        return made_of(whole, (), holders)
    about = about_ecr(document)
    if about.unclear:
        return [], (), [Left(names, about.unclear)]
    if about.policy is None:
        return [], (), []
    found = () if own else recovered(catalog, least, about.policy, home)
    if found:
        return made_of(found, about.others, holders)
    reason = "AWS's own, which no persona gives" if own else "no personas give the same"
    return [], (), [Left(names, reason, nearest(catalog, about.policy, home))]


def made_of(found: tuple[Candidate, ...], others: tuple[str, ...], holders: Holders) -> Outcome:
    """The grants of personas, or what is left where one is for another account's repositories.

    Such a grant has two halves, and a run in that account would let in whom its repositories' policies may not let in
    today.
    """
    elsewhere = sorted({each.target.account for each in found} - {holders.home.account})
    if elsewhere:
        reason = f"names repositories of account {in_words(elsewhere)}, whose policies a grant would change, too"
        return [], (), [Left(tuple(holders.names), reason)]
    return [(each, False) for each in found], others, []


def refusal(document: PolicyDocument, holders: Holders) -> str:
    """Why no grant can be to those who have a policy; empty where one can."""
    try:
        entities = [read_grantee(to) for to in holders.to]
    except EcrgenError as error:
        return error.problems[0]
    if USERNAME.search(document.to_json(None)) and any(kind_of(each) == "role" for each in entities):
        return "speaks of ${aws:username}, which the sessions of a role do not have"
    return ""


def speaks_of_iam(document: PolicyDocument) -> bool:
    """True for a policy that a persona for IAM could be, such as self-view or operator."""
    return any(action.lower().startswith("iam:") for each in document.statements for action in each.actions)


def managed_by(catalog: Catalog, own: AwsPolicy | None, document: PolicyDocument, home: Target) -> Candidate | None:
    """The persona whose grant with `managed: true` attaches this policy and gives what the persona gives."""
    if own is None or diff(own.document, document):  # AWS edited it since, or before
        return None
    for persona in catalog.personas.values():
        if (
            not persona.of_registry
            and not persona.managed_policy
            and not any(each.required for each in persona.parameters.values())
        ):
            bound = catalog.bind(persona.name, {})
            if managed_policy(bound) == own.name_in_arn:
                return Candidate(bound, home, document)
    return None


class Names:
    """Names of grants, each once."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def for_grant(self, bound: BoundPersona, to: str) -> str:
        """A name after the persona and its first repository, or its first grantee."""
        arn = Arn.parse(to)
        about = first_text(bound.arguments.values()) or (arn.resource if arn else to).rpartition("/")[2]
        slug = re.sub("[^a-z0-9]+", "-", about.lower()).strip("-")[:LONGEST] or "all"
        name, number = f"{bound.persona.name}-{slug}", 1
        while name in self.taken:
            number += 1
            name = f"{bound.persona.name}-{slug}-{number}"
        self.taken.add(name)
        return name


def first_text(arguments: Iterable[Argument | None]) -> str:
    for value in arguments:
        if isinstance(value, tuple) and value:
            return str(value[0])
        if isinstance(value, str):
            return value
    return ""
