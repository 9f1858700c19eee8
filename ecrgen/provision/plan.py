"""plan(desired, actual): what would be done to an account, in a safe order. No clock, no I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, assert_never

from ecrgen.account.desired import Desired
from ecrgen.account.fingerprint import fingerprint
from ecrgen.account.state import Grantee, IamState, Version
from ecrgen.errors import EcrgenError
from ecrgen.policy.aws_policies import aws_policy
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision.changes import (
    Attach,
    Change,
    Create,
    Delete,
    Detach,
    Plan,
    SetDefault,
    Step,
    Update,
    before_after,
    name_of,
    readable,
)
from ecrgen.provision.order import (
    ANYTHING,
    Atoms,
    Edge,
    Effect,
    Rank,
    atoms,
    gaps_avoided,
    gives_more,
    guarded_by_denies,
    sort,
)
from ecrgen.provision.preflight import problems_of

__all__ = ["arranged", "plan"]


def plan(desired: Desired, actual: IamState) -> Plan:
    """The changes that make `actual` what is desired, in an order in which no state between gives anybody more.

    Raises EcrgenError with every reason why there can be none: a name taken outside the namespace's path, grantees
    that do not exist, quotas, changes that no order makes safe.
    """
    ours, there = desired.namespace, actual.namespace
    if ours != there:
        raise EcrgenError(
            f"the grants are for namespace {ours.name} in account {ours.account} ({ours.partition}); "
            f"this is namespace {there.name} in account {there.account} ({there.partition})"
        )
    changes = tuple(differences(desired, actual))
    problems = tuple(problems_of(desired, actual, changes))
    if problems:
        raise EcrgenError(*problems)
    steps = arranged(changes, actual)
    return Plan(ours, steps, digest(desired, actual), desired.ended)


def differences(desired: Desired, actual: IamState) -> Iterator[Change]:
    """The changes that make the actual state the desired one, in no particular order."""
    for name, policy in desired.policies.items():
        there = actual.policies.get(name)
        if there is None:
            yield Create(policy)
        elif not same(there.default, policy.document):
            spare = there.oldest_spare if len(there.versions) >= actual.quotas.versions else None
            yield Update(policy, there, spare.id if spare else None)
    documents = {policy.arn: policy.document for policy in desired.policies.values()}
    for attachment, grant in desired.attachments.items():
        entity = actual.entities.get(attachment.grantee)
        if entity is not None and attachment.policy not in entity.attached:
            yield Attach(attachment, grant, documents.get(attachment.policy))
    for attachment in actual.attachments() - desired.attachments.keys():
        if meant(desired, attachment.name):
            yield Detach(attachment, readable(actual.policies[attachment.name].default))
    for name, there in actual.policies.items():
        if name not in desired.policies and meant(desired, name):
            yield Delete(there)


def meant(desired: Desired, name: str) -> bool:
    """True where the plan may take that policy away: any of the namespace, or one of the grants that are meant."""
    return desired.only is None or desired.namespace.grant_of(name) in desired.only


def same(version: Version, document: PolicyDocument) -> bool:
    if version.text == document.to_json(indent=None):
        return True
    there = readable(version)
    return there is not None and there.normalised() == document.normalised()


def arranged(changes: Iterable[Change], actual: IamState) -> tuple[Step, ...]:
    """The changes as steps in a safe order. Raises EcrgenError where there is none."""
    ranked = sorted(((rank(change), change) for change in changes), key=lambda pair: pair[0])
    changes = [change for _, change in ranked]
    effects = tuple(effects_of(changes, actual))
    hard = [*sequence(changes), *room(changes, actual), *guarded_by_denies(effects)]
    order = sort([key for key, _ in ranked], hard, gaps_avoided(effects))
    if len(order) < len(changes):
        placed = {number for number, _ in order}
        stuck = sorted({name_of(change) for number, change in enumerate(changes) if number not in placed})
        raise EcrgenError(
            f"no order of changes is safe: {', '.join(stuck)} each hold a Deny that another needs while both change; "
            "change one grant at a time"
        )
    place = {number: index for index, (number, _) in enumerate(order)}
    return tuple(Step(changes[number], frozenset(place[need] for need in needs)) for number, needs in order)


def rank(change: Change) -> Rank:
    """Create and update, attach, detach, delete; then by name."""
    match change:
        case Create(policy):
            return 0, policy.name, ""
        case Update(policy):
            return 1, policy.name, ""
        case SetDefault(actual):
            return 1, actual.name, ""
        case Attach(attachment):
            return 2, attachment.policy, str(attachment.grantee)
        case Detach(attachment):
            return 3, attachment.policy, str(attachment.grantee)
        case Delete(actual):
            return 4, actual.name, ""
    assert_never(change)


def effects_of(changes: Sequence[Change], actual: IamState) -> Iterator[Effect]:
    """The effect of each change on each grantee's access; none where no order could matter."""
    if not any(isinstance(change, Update | SetDefault | Detach) or denies(change) for change in changes):
        return
    holders: defaultdict[str, list[Grantee]] = defaultdict(list)
    for attachment in sorted(actual.attachments()):
        holders[attachment.name].append(attachment.grantee)
    for number, change in enumerate(changes):
        old, new = before_after(change)
        match change:
            case Create() | Delete():
                continue
            case Update() | SetDefault():
                before, after = given(old, name_of(change)), given(new, name_of(change))
                for grantee in holders[name_of(change)]:
                    yield Effect(number, grantee, before, after)
            case Attach(attachment):
                yield Effect(number, attachment.grantee, frozenset(), given(new, attachment.policy))
            case Detach(attachment):
                yield Effect(number, attachment.grantee, given(old, attachment.policy), frozenset())
            case _:
                assert_never(change)


def given(document: PolicyDocument | None, policy: str) -> Atoms:
    """What a policy gives, by its document, or by its ARN where it is one of AWS's own; of an unknown one, anything."""
    if document is not None:
        return atoms(document)
    known = aws_policy(policy)
    return ANYTHING if known is None else atoms(known.document)


def denies(change: Change) -> bool:
    return any(
        statement.effect == "Deny" for document in before_after(change) if document for statement in document.statements
    )


def sequence(changes: Sequence[Change]) -> Iterator[Edge]:
    """Hard edges of a single policy: its document before new attachments, detached before it gives more or goes."""
    attaches: defaultdict[str, list[int]] = defaultdict(list)
    detaches: defaultdict[str, list[int]] = defaultdict(list)
    deletes: dict[str, int] = {}
    for number, change in enumerate(changes):
        match change:
            case Attach():
                attaches[name_of(change)].append(number)
            case Detach():
                detaches[name_of(change)].append(number)
            case Delete(actual):
                deletes[actual.name.lower()] = number
    for number, change in enumerate(changes):
        name = name_of(change)
        match change:
            case Create(policy):
                yield from ((number, attach) for attach in attaches[name])
                if policy.name.lower() in deletes:  # it is there in other letters
                    yield deletes[policy.name.lower()], number
            case Update(policy, actual):
                yield from ((number, attach) for attach in attaches[name])
                if detaches[name] and gives_more(readable(actual.default), policy.document):
                    yield from ((detach, number) for detach in detaches[name])
            case Delete():
                yield from ((detach, number) for detach in detaches[name])


def room(changes: Sequence[Change], actual: IamState) -> Iterator[Edge]:
    """Hard edges of quotas: where one leaves no room for all that comes, what goes makes room first, one for one."""
    coming: defaultdict[Grantee | None, list[int]] = defaultdict(list)
    going: defaultdict[Grantee | None, list[int]] = defaultdict(list)
    for number, change in enumerate(changes):
        match change:
            case Create():
                coming[None].append(number)
            case Delete():
                going[None].append(number)
            case Attach(attachment):
                coming[attachment.grantee].append(number)
            case Detach(attachment):
                going[attachment.grantee].append(number)
    for grantee, numbers in coming.items():
        if grantee is None:
            free = actual.quotas.policies - len(actual.taken)
        else:
            free = actual.quotas.attached(grantee.kind) - len(actual.entities[grantee].attached)
        over = max(-free, 0)  # so many have to go before the first may come
        for place, number in enumerate(numbers[max(free, 0) :], over):
            yield from ((gone, number) for gone in [*going[grantee][:over], *going[grantee][place : place + 1]])


def digest(desired: Desired, actual: IamState) -> str:
    """A short name for what a plan was made of, the same for the same catalog and the same account."""
    ours, asked = desired.namespace, set(desired.attachments)
    there = {(arn, grantee) for grantee, entity in actual.entities.items() for arn in entity.attached}
    managed = {attachment for attachment in asked if (attachment.policy, attachment.grantee) in there}
    content: dict[str, Any] = {
        "account": [ours.partition, ours.account, ours.name, None if desired.only is None else sorted(desired.only)],
        "desired": {name: [policy.persona, policy.document.to_dict()] for name, policy in desired.policies.items()},
        "asked": sorted([attachment.policy, str(attachment.grantee)] for attachment in asked),
        "actual": {
            name: [policy.default_version, [(version.id, version.text) for version in policy.versions]]
            for name, policy in actual.policies.items()
        },
        "attached": sorted(
            [attachment.policy, str(attachment.grantee)] for attachment in actual.attachments() | managed
        ),
    }
    return fingerprint(content)
