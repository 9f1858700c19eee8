"""Several accounts in one order: which of them has to be done before which, so that nobody has too much in between.

A request from another account is allowed by two policies: an identity policy where the caller lives, and the policy of
the repository, where that lies. While one account is changed, the other stands still, so what somebody can do is what
the one side gives, old or new, as far as the other side gives it, too. That is too much only where one side gains what
the other loses: then the side that loses goes first. An example: role/ci of account 2 has a policy attached for what it
was let in to in account 1 until now, as anybody of its account was:

    account 2 gains pull on web        account 1 loses pull on web: it is taken out of web's policy
    account 2 first: role/ci pulls web for a moment, which neither side meant
    account 1 first: nobody pulls web

Where nothing asks for more, those who are let in come first, and the catalog's own account, which lets them in, last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import NamedTuple

from ecrgen.account.state import Grantee, IamState
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words
from ecrgen.policy.arn import Arn
from ecrgen.policy.permission import Permission
from ecrgen.provision.access import Times, had_by
from ecrgen.provision.changes import Plan
from ecrgen.provision.gives import Given, Pieces, meet
from ecrgen.provision.holdings import Had
from ecrgen.provision.outsiders import Outsider

__all__ = ["AccountPlan", "Order", "in_order"]


class AccountPlan(NamedTuple):
    """The plan of one account, and the account as it is."""

    plan: Plan
    actual: IamState

    @property
    def account(self) -> str:
        return self.plan.namespace.account


@dataclass(frozen=True, slots=True)
class Order:
    """Accounts in the order in which they are changed, and those that have to be done before each.

    `waiting` are words about what must not be done as long as something else waits for `--prune`.
    """

    accounts: tuple[str, ...]
    before: Mapping[str, frozenset[str]] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()


def in_order(plans: Sequence[AccountPlan], home: str, *, prune: bool) -> Order:
    """The order of accounts in which nobody has, in between, what neither side gives; `home` is the catalog's own.

    Raises EcrgenError where two accounts each need the other first.
    """
    had = {each.account: had_by(each.plan, each.actual, prune=prune) for each in plans}
    before: dict[str, set[str]] = {each: set() for each in sorted(had, key=lambda account: account == home)}
    waiting: list[str] = []
    for theirs, registry in permutations(before, 2):
        for caller, mine, let_in in parties(theirs, had[theirs], had[registry]):
            for gains, loses, first, then in ((mine, let_in, registry, theirs), (let_in, mine, theirs, registry)):
                gain = list(gained(gains.now, gains.soon))
                if crosses(gain, list(gained(loses.soon, loses.now))):
                    before[then].add(first)
                if crosses(gain, list(gained(loses.end, loses.soon))):
                    waiting.append(
                        f"{caller} of account {theirs} gains in account {then} what it loses in account {first} with "
                        "--prune only; apply with --prune"
                    )
    return Order(
        tuple(sort(before)),
        {account: frozenset(needed) for account, needed in before.items()},
        tuple(dict.fromkeys(waiting)),
    )


def sort(before: Mapping[str, set[str]]) -> Iterator[str]:
    """The accounts, each after those that have to be done before it, else as they come."""
    done: list[str] = []
    while len(done) < len(before):
        ready = (each for each, needed in before.items() if each not in done and needed.issubset(done))
        account = next(ready, None)
        if account is None:
            stuck = in_words(each for each in before if each not in done)
            raise EcrgenError(
                f"no order of the accounts {stuck} is safe: somebody gains in each what is lost in the other; change "
                "one grant at a time, with --only"
            )
        done.append(account)
        yield account


class Sides(NamedTuple):
    """What somebody is given by one side at three times."""

    now: Given
    soon: Given
    end: Given


def parties(
    account: str, theirs: Mapping[Grantee | Outsider, Times], ours: Mapping[Grantee | Outsider, Times]
) -> Iterator[tuple[Grantee, Sides, Sides]]:
    """The grantees of an account with what changes for them there, and in the resource policies of another account."""
    for grantee, times in theirs.items():
        if not isinstance(grantee, Grantee) or not times.change:
            continue
        let_in = [each for whom, each in ours.items() if isinstance(whom, Outsider) and names(whom, grantee, account)]
        if any(each.change for each in let_in):
            yield grantee, sides([times]), sides(let_in)


def sides(times: Sequence[Times]) -> Sides:
    return Sides(*(given(had for each in times for had in each[moment]) for moment in range(3)))


def given(had: Iterable[Had]) -> Given:
    return Given.by_all(dict.fromkeys(had))


def names(outsider: Outsider, grantee: Grantee, account: str) -> bool:
    """True where a resource's policy that names an outsider may let in a grantee of that account, or a group's user."""
    if outsider.kind == "principal":
        arn = Arn.parse(outsider.name)
        if arn is None or arn.account != account:
            return False
        kind, _, path = arn.resource.partition("/")
        if grantee.kind == "group":
            return kind == "user"
        return (kind, path.rpartition("/")[2]) == (grantee.kind, grantee.name)
    return outsider.kind == "everybody" or outsider.name == account


# A piece of access that somebody gains, and what was given before, in which some of it may have been.
Gained = tuple[Permission, Pieces]


def gained(before: Given, after: Given) -> Iterator[Gained]:
    """What comes by one side; of what a Deny gives free, nobody knows what other policies had given before."""
    yield from ((piece, before.allows) for piece in after.allows.beyond(before.allows))
    yield from ((piece, Pieces()) for piece in before.denies.beyond(after.denies))


def crosses(gain: Sequence[Gained], loss: Sequence[Gained]) -> bool:
    """True where a request may meet what comes on one side and what goes on the other; `loss` is what came, backwards.

    Under the conditions of both: what was given under those before, or will be given afterwards, is not too much.
    """
    return any(
        meet(one.actions, other.actions)
        and meet(one.resources, other.resources)
        and beyond(one, other, had)
        and beyond(other, one, will)
        for one, had in gain
        for other, will in loss
    )


def beyond(piece: Permission, other: Permission, there: Pieces) -> bool:
    """True where a piece, as far as another one goes, may be more than what is there."""
    resources = other.resources if piece.resources.contains(other.resources) else piece.resources
    both = piece._replace(resources=resources, conditions=(*piece.conditions, *other.conditions))
    return bool(Pieces.of((both,)).beyond(there))
