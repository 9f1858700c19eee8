"""Changes as steps: each with those that it needs, so that whatever is done of them by then, nobody has too much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from ecrgen.account.desired import DesiredPolicy
from ecrgen.account.state import Grantee, IamState
from ecrgen.errors import EcrgenError
from ecrgen.policy.access import diff
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision.changes import (
    Attach,
    Create,
    Delete,
    Detach,
    IamChange,
    SetDefault,
    Step,
    Update,
    arn_of,
    before_after,
    name_of,
    readable,
)
from ecrgen.provision.circles import opened
from ecrgen.provision.gives import Given, Pieces
from ecrgen.provision.order import Edge, Effect, Rank, gaps_avoided, guarded_by_denies, sort
from ecrgen.provision.room import edges_of_room

__all__ = ["arranged"]


def arranged(changes: Iterable[IamChange], actual: IamState) -> tuple[Step, ...]:
    """The changes as steps in a safe order, with more of them where none is safe without.

    Raises EcrgenError where none was found.
    """
    changes = sorted(changes, key=rank)
    order, sparing = ordered(changes, actual)
    if len(order) < len(changes):
        changes = sorted(silenced(changes, unplaced(changes, order), actual), key=rank)
        order, sparing = ordered(changes, actual)
    if len(order) < len(changes):
        stuck = sorted({name_of(change) for change in unplaced(changes, order)})
        raise EcrgenError(
            f"no order of changes is safe: {', '.join(stuck)} each hold a Deny that another needs while both change; "
            "change one grant at a time, with --only"
        )
    place = {number: index for index, (number, _) in enumerate(order)}
    return tuple(
        Step(
            changes[number],
            frozenset(place[need] for need in needs),
            frozenset(place[need] for need in needs if (need, number) in sparing),
        )
        for number, needs in order
    )


def ordered(changes: Sequence[IamChange], actual: IamState) -> tuple[list[tuple[int, frozenset[int]]], set[Edge]]:
    """The numbers of the changes in a safe order, each with those it waits for; without those that have none.

    Then the edges that only spare somebody a gap who loses a policy anyway, and on which no safe order rests.
    """
    effects = dict(effects_of(changes))
    on_grantees = list(grantees_of(changes, effects, actual))
    fixed = {*sequence(changes), *edges_of_room(changes, actual)}
    hard = fixed | leaving_before_more(changes, effects) | guarded_by_denies(on_grantees)
    sparing = leaving_first(changes, effects)
    soft = gaps_avoided(on_grantees) | sparing
    edges = opened(changes, fixed, hard, soft, actual)
    chained = {number for edge in edges - hard - soft for number in edge}
    sparing = {edge for edge in sparing - hard if not chained.intersection(edge)}
    return sort([rank(change) for change in changes], edges - (soft - hard), edges & soft), sparing


def unplaced(changes: Sequence[IamChange], order: Sequence[tuple[int, frozenset[int]]]) -> list[IamChange]:
    placed = {number for number, _ in order}
    return [change for number, change in enumerate(changes) if number not in placed]


def silenced(changes: Sequence[IamChange], stuck: Iterable[IamChange], actual: IamState) -> Iterator[IamChange]:
    """The changes, with a first step for each policy that goes: it loses its Allow statements before its Deny ones."""
    leaving = {arn_of(change) for change in stuck if isinstance(change, Detach)}
    left: dict[str, PolicyDocument] = {}
    for change in changes:
        if isinstance(change, Delete) and arn_of(change) in leaving:
            document = readable(change.actual.default)
            denies = [each for each in document.statements if each.effect == "Deny"] if document else []
            if document and denies:
                left[arn_of(change)] = replace(document, statement=tuple(denies))
                spare = change.actual.oldest_spare if len(change.actual.versions) >= actual.quotas.versions else None
                grant = actual.namespace.grant_of(change.actual.name) or change.actual.name
                silent = DesiredPolicy(arn_of(change), grant, "", left[arn_of(change)])
                yield Update(silent, change.actual, spare.id if spare else None, goes=True)
    for change in changes:
        arn = arn_of(change)
        yield Detach(change.attachment, left[arn]) if isinstance(change, Detach) and arn in left else change


def rank(change: IamChange) -> Rank:
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


def effects_of(changes: Sequence[IamChange]) -> Iterator[tuple[int, Effect]]:
    """What each change gives and takes, by its number; nothing where no order could matter."""
    if not any(isinstance(change, Update | SetDefault | Detach) or may_deny(change) for change in changes):
        return
    leaving = {arn_of(change) for change in changes if isinstance(change, Detach)}
    known: dict[tuple[str, int], Given] = {}

    def given(document: PolicyDocument | None, name: str) -> Given:
        key = (name, id(document))
        if key not in known:
            known[key] = Given.by(document, name)
        return known[key]

    for number, change in enumerate(changes):
        old, new = before_after(change)
        arn = arn_of(change)
        match change:
            case Create() | Delete():
                continue
            case Update():
                effect = Effect.of(number, given(old, arn), given(new, arn))
                yield number, decided(effect, old, new) if arn in leaving or may_deny(change) else effect
            case SetDefault(_, version):
                yield number, Effect.of(number, given(old, arn), given(new, f"{arn} {version.id}"))
            case Attach():
                yield number, Effect.of(number, Given(), given(new, arn))
            case Detach():
                yield number, Effect.of(number, given(old, arn), Given())
            case _:
                assert_never(change)


def decided(effect: Effect, old: PolicyDocument | None, new: PolicyDocument | None) -> Effect:
    """The effect without what is only written otherwise: what the documents decide alike is neither gained nor lost."""
    if old is None or new is None:
        return effect
    found = {(each.direction, each.effect) for each in diff(old, new)}

    def kept(pieces: Pieces, *kind: str) -> Pieces:
        return pieces if kind in found else Pieces()

    return replace(
        effect,
        gains=Given(kept(effect.gains.allows, "gained", "Allow"), kept(effect.gains.denies, "lost", "Deny")),
        loses=Given(kept(effect.loses.allows, "lost", "Allow"), kept(effect.loses.denies, "gained", "Deny")),
    )


def may_deny(change: IamChange) -> bool:
    """True for a change of a policy that has a Deny, and for one of a policy that nobody knows."""
    documents = [document for document in before_after(change) if document]
    return not documents or any(statement.effect == "Deny" for each in documents for statement in each.statements)


def grantees_of(
    changes: Sequence[IamChange], effects: dict[int, Effect], actual: IamState
) -> Iterator[tuple[Grantee, Effect]]:
    """The effects on each grantee: of an attachment on its own, of a document on all who have the policy."""
    holders: defaultdict[str, list[Grantee]] = defaultdict(list)
    for attachment in sorted(actual.attachments()):
        holders[attachment.policy].append(attachment.grantee)
    for number, effect in effects.items():
        change = changes[number]
        if isinstance(change, Attach | Detach):
            yield change.attachment.grantee, effect
        else:
            yield from ((grantee, effect) for grantee in holders[arn_of(change)])


def sequence(changes: Sequence[IamChange]) -> Iterator[Edge]:
    """Edges of a single policy, whatever it gives: its document before new attachments, detached before it goes."""
    attaches, detaches = attachments_of(changes)
    deletes = {name_of(change).lower(): number for number, change in enumerate(changes) if isinstance(change, Delete)}
    for number, change in enumerate(changes):
        arn = arn_of(change)
        match change:
            case Create(policy):
                yield from ((number, attach) for attach in attaches[arn])
                if policy.name.lower() in deletes:  # it is there in other letters
                    yield deletes[policy.name.lower()], number
            case Update(goes=goes):
                yield from ((number, attach) for attach in attaches[arn])
                if goes:
                    yield from ((number, detach) for detach in detaches[arn])
            case Delete():
                yield from ((detach, number) for detach in detaches[arn])


def leaving_before_more(changes: Sequence[IamChange], effects: dict[int, Effect]) -> set[Edge]:
    """Hard edges: who loses a policy has lost it before its new document gives more."""
    _, detaches = attachments_of(changes)
    return {
        (detach, number)
        for number, change in enumerate(changes)
        if isinstance(change, Update) and (effects[number].gains.allows or effects[number].loses.denies)
        for detach in detaches[arn_of(change)]
    }


def leaving_first(changes: Sequence[IamChange], effects: dict[int, Effect]) -> set[Edge]:
    """Edges that avoid a gap: who loses a policy is not denied, before that, what its new document denies.

    Not waited for where who loses it only does so with `--prune`: a stranger does not keep a policy from giving less.
    """
    _, detaches = attachments_of(changes)
    return {
        (detach, number)
        for number, change in enumerate(changes)
        if isinstance(change, Update) and detaches[arn_of(change)] and effects[number].gains.denies
        for detach in detaches[arn_of(change)]
    }


def attachments_of(changes: Sequence[IamChange]) -> tuple[defaultdict[str, list[int]], defaultdict[str, list[int]]]:
    """The numbers of the changes that attach a policy, and of those that detach it, by its ARN."""
    attaches: defaultdict[str, list[int]] = defaultdict(list)
    detaches: defaultdict[str, list[int]] = defaultdict(list)
    for number, change in enumerate(changes):
        match change:
            case Attach():
                attaches[arn_of(change)].append(number)
            case Detach():
                detaches[arn_of(change)].append(number)
    return attaches, detaches
