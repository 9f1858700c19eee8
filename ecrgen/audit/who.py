"""Who can: everybody in the accounts, and everybody else whom the policies of repositories and registries let in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from ecrgen.account.account import Held, Principal
from ecrgen.audit.access import access
from ecrgen.audit.accounts import Accounts
from ecrgen.audit.standing import EVERYTHING, Found, Standing, answer_of, standing_of
from ecrgen.audit.strangers import strangers
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Target
from ecrgen.policy.arn import Arn
from ecrgen.policy.caller import caller_of
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.layers import LAYERS, Layer
from ecrgen.policy.open_question import OpenDecision, OpenKey
from ecrgen.proof.operations import Question, Situation, question

__all__ = ["NOBODY", "RESOURCE_SIDE", "Able", "Through", "Who", "able", "covered", "policies_of", "who"]

# Of somebody in an account that no file holds only the resource's side is known.
NOBODY = Standing(identity=(EVERYTHING,))
RESOURCE_SIDE: frozenset[Layer] = frozenset(("rcp", "endpoint"))


@dataclass(frozen=True, slots=True, order=True)
class Through:
    """A statement by which somebody can: its policy, through which group a user has that, its number and its Sid."""

    policy: str
    group: str
    statement: int
    sid: str | None


@dataclass(frozen=True, slots=True)
class Able:
    """Somebody who can, or can under conditions; `unknown` are the policies that nobody has read and that it hangs on.

    `assumable` is False for a role that nobody can assume.
    """

    principal: str
    answer: Literal["yes", "if"]
    conditions: tuple[OpenKey, ...]
    through: tuple[Through, ...]
    unknown: tuple[str, ...] = ()
    assumable: bool = True


@dataclass(frozen=True, slots=True)
class Who:
    """The answer: those of the accounts, and `others`, of whom only the resource's side is known.

    `arn` is the resource's, `*` for an operation on none. `unknown` are words about what nobody has read and what may
    let in more: the users and roles of an account, the policy of the resource or its registry.
    """

    operation: str
    arn: str
    principals: tuple[Able, ...]
    others: tuple[Able, ...]
    not_considered: tuple[Layer, ...]
    unknown: tuple[str, ...] = ()


def who(catalog: Catalog, accounts: Accounts, operation: str, resource: str | None, target: Target) -> Who:
    """Everybody who can do an operation or action on a resource. Raises EcrgenError for what cannot be asked."""

    def asked_by(principal: str, _: str = "") -> Question:
        return question(catalog, operation, resource, Situation(target, principal))

    root = f"arn:{target.partition}:iam::{target.account}:root"
    example = asked_by(root)
    inside: list[Able] = []
    outside: list[Able] = []
    considered: set[Layer] = set()
    for each in access(accounts, [] if example.about == "*" else [example.about], [asked_by], Standing()):
        considered |= set(each.found.not_considered)
        if each.found.answer != "no":
            inside += [able(accounts, caller, each.found) for caller in each.callers]
    standings = [standing_of(accounts, step.request, NOBODY) for step in example.own]
    if any("resource" not in standing.known for standing in standings):
        considered.add("resource")
    held = dict.fromkeys(chain.from_iterable(standing.resource for standing in standings))
    told: dict[str, Found] = {}
    for stranger in strangers(accounts, *policies_of(standings), target.partition):
        caller = caller_of(stranger.example)
        assert caller is not None, "a stranger can ask"
        is_session = caller.account in accounts.by_id
        asked = question(catalog, operation, resource, Situation(target, stranger.example, stranger.context))
        found = answer_of(accounts, asked, Standing() if is_session or caller.type == "Service" else NOBODY)
        told[stranger.principal] = found
        if found.answer != "no" and not covered(found, told.get(stranger.of)):
            considered |= RESOURCE_SIDE & set(found.not_considered)
            (inside if is_session else outside).append(able(accounts, stranger.principal, found))
    principals = sorted(inside, key=lambda one: one.principal)
    layers = tuple(layer for layer in LAYERS if layer in considered)
    return Who(
        operation,
        example.about,
        tuple(principals),
        tuple(outside),
        layers,
        tuple(unread(accounts, held, example.about)),
    )


def covered(found: Found, wider: Found | None) -> bool:
    """Whether what is told of those of whom somebody is one says all about that one."""
    if wider is None:
        return False
    return wider.answer == "yes" or (wider.answer, wider.told.conditions) == (found.answer, found.told.conditions)


def policies_of(standings: Iterable[Standing]) -> tuple[tuple[PolicyDocument, ...], tuple[PolicyDocument, ...]]:
    """The policies of a resource, and the resource control policies above it, as far as they are known, each once."""
    all_of = tuple(standings)
    own = (held for standing in all_of for held in standing.resource)
    above = (held for standing in all_of for level in standing.rcps for held in level)
    documents = [dict.fromkeys(one.document for one in some if one.document is not None) for some in (own, above)]
    return tuple(documents[0]), tuple(documents[1])


def unread(accounts: Accounts, policies: Iterable[Held], about: str) -> Iterator[str]:
    """Words about what may let in more, and that nobody has read."""
    owner = Arn.parse(about)
    if owner is not None and owner.account not in ("", *accounts.by_id):
        yield f"account {owner.account}, where the resource is: no file holds it; give its snapshot with --state, too"
        policies = ()
    for account in accounts.by_id.values():
        if account.principals is None:
            yield f"the users and roles of account {account.id}: {account.source} does not hold them"
    yield from (f"{held}: {held.unknown}" for held in policies if held.document is None)


def able(accounts: Accounts, principal: str, found: Found) -> Able:
    """One of those for whom a question has this answer."""
    assert found.answer != "no", "only who can is listed"
    caller = caller_of(principal)
    own = accounts.principal(principal) if caller and caller.account in accounts.by_id else None
    through: dict[Through, None] = {}
    for step, standing in zip(found.told.asked, found.standings, strict=True):
        asked_of = replace(standing, identity=own.policies) if own else standing
        through |= dict.fromkeys(through_of(step, asked_of))
    return Able(
        principal,
        found.answer,
        found.told.conditions,
        tuple(through),
        tuple(f"{held}: {held.unknown}" for held in unknown_to(own, found)),
        assumable=own is None or own.assumable,
    )


def unknown_to(own: Principal | None, found: Found) -> Iterator[Held]:
    """The policies that are not known: the caller's, who may have others than the one that was asked, and all else."""
    if own is None:
        yield from found.unknown
        return
    if found.unknown:
        yield from (held for held in own.policies if held.document is None)
    theirs = {held for standing in found.standings for held in standing.identity}
    yield from (held for held in found.unknown if held not in theirs)


def through_of(step: OpenDecision, standing: Standing) -> Iterator[Through]:
    """The Allow statements by which a step is allowed, or may be."""
    matches = [*step.decision.matched] if step.decision.allowed else []
    matches += [each.match for each in step.unsettled if each.effect == "Allow"]
    for match in matches:
        if match.origin in ("identity", "resource"):
            policies = standing.identity if match.origin == "identity" else standing.resource
            held = [one for one in policies if one.document is not None][match.document]
            if held is not EVERYTHING:
                yield Through(held.name, held.group, match.statement, match.sid)
