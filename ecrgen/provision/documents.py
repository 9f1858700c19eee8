"""Resource policies: what has to change in them, what AWS would refuse of that, and what there is to say about them"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ecrgen.account.resource_policies import Resources, SharedPlace, matching
from ecrgen.account.shared_document import JsonStatement, SharedDocument, comparable
from ecrgen.catalog.places import PUBLIC, Repositories
from ecrgen.catalog.sids import grant_of_sid
from ecrgen.messages import in_words
from ecrgen.policy.document import Statement
from ecrgen.provision.changes import Plan
from ecrgen.provision.set_statements import SetStatements
from ecrgen.provision.vanished import TAKES_OUT_AGAIN, vanished
from ecrgen.provision.writers import looks_like

__all__ = ["digested", "refused", "remarks", "statement_changes"]


def statement_changes(resources: Resources, only: Collection[str] | None) -> tuple[SetStatements, ...]:
    """The changes of each document, in the order in which one has to follow the other; `only` names the grants meant.

    What could not be read is not changed.
    """
    found: list[SetStatements] = []
    for place, document in sorted(resources.read.documents.items(), key=lambda item: str(item[0])):
        kept = {
            grant
            for grant in document.by_grant()
            if (only is not None and grant not in only) or grant in resources.unsure(place.region)
        }
        found += changes_of(place, document, resources.asked.get(place, ()), kept)
    return tuple(found)


def changes_of(
    place: SharedPlace, document: SharedDocument, asked: Sequence[Statement], kept: Collection[str | None]
) -> Iterator[SetStatements]:
    """What is added and changed, then what goes; the other way round where a document has no room for both.

    Of the grants that are `kept`, nothing goes.
    """
    wanted = [each.to_dict() for each in asked]
    grants = {grant_of_sid(document.namespace, each["Sid"]) for each in wanted}
    stays: list[JsonStatement] = []
    leaves: list[JsonStatement] = []
    changes: list[JsonStatement] = []
    for grant, statements in document.by_grant().items():
        if grant in grants:
            changes += statements
        elif grant in kept:
            stays += statements
        else:
            leaves += statements
    both, end = (*stays, *leaves, *wanted), (*stays, *wanted)
    if document.with_ours(both).room < 0 <= document.with_ours(end).room:
        states: tuple[tuple[tuple[JsonStatement, ...], bool], ...] = (((*stays, *changes), True), (end, False))
    else:
        states = ((both, False), (end, True))
    for statements_then, goes in states:
        if not document.holds(statements_then):
            change = SetStatements(place, document, statements_then, goes)
            yield change
            document = change.after


def refused(resources: Resources, changes: Sequence[SetStatements]) -> Iterator[str]:
    """Every reason why AWS would refuse one of the changes, or read it in another way, each with what to do."""
    for place in resources.read.missing:
        grants = set(resources.grants_of(resources.asked.get(place, ())))
        if grants:
            yield f"{in_words(sorted(grants))}: {place} does not exist; create it, or correct the name"
    for change in changes:
        after = change.after
        if after.room < 0:
            yield too_long(change.place, after)
        if after.misreads(change.statements):
            yield (
                f"{change.place}: others wrote its policy with another Version, in which ${{…}} is plain text, and "
                "a grant has a variable; let them write 2012-10-17"
            )


def too_long(place: SharedPlace, document: SharedDocument) -> str:
    """The words for a document that AWS does not take, with what of it is whose."""
    others = document.with_ours(()).size
    return (
        f"{place}: its policy would have {document.size} characters ({others} of others), {-document.room} more than "
        "AWS takes; grant to account/ID or org/ID instead of many, or through: registry"
    )


def remarks(plan: Plan, resources: Resources) -> Iterator[str]:
    """What could not be seen, what is not as somebody may expect, and who may undo what is done."""
    changes = [each for each in plan.changes if isinstance(each, SetStatements)]
    if not resources.everywhere:
        yield "the policies of repositories that no grant names are looked at only with --prune"
    for region, why in resources.listed.unread.items():
        yield f"the repositories of {region or PUBLIC} are not known, so that nothing there is looked for: {why}"
    for place, why in resources.read.unread.items():
        yield f"the policy of {place} is left alone: {why}"
    for half in resources.halves:
        known = isinstance(half.place, Repositories) and half.place.region not in resources.listed.unread
        if isinstance(half.place, Repositories) and known and not matching(half.place, resources.listed.repositories):
            grant = in_words(resources.grants_of(half.statements))
            yield f"grant {grant}: there is no repository {half.place} yet; apply again once there is one"
    for place, document in resources.read.documents.items():
        if document.gone:
            ids = in_words(dict.fromkeys(document.gone))
            yield f"the policy of {place} names {ids} for ecrgen: a role or user that was deleted, and is named anew"
    missing = vanished(plan, resources)
    yield from (each.words for each in missing)
    yield from about_others(changes, {place for each in missing for place in each.places})


def about_others(changes: Sequence[SetStatements], said: Collection[SharedPlace]) -> Iterator[str]:
    """Who may undo what is done, or keep AWS from taking it; the former is `said` of some policies."""
    documents: dict[SharedPlace, SharedDocument] = {}
    for change in changes:
        if not change.goes:
            documents.setdefault(change.place, change.document)
    for place, document in documents.items():
        if document.gone_of_others:
            ids = in_words(dict.fromkeys(document.gone_of_others))
            yield (
                f"the policy of {place} names {ids} in statements of others, a role or user that was deleted: AWS may "
                "take no change of it before its owner takes that out"
            )
        if document.others and not document.ours and place not in said:
            look = looks_like(document)
            like = f", like {look}" if look else ""
            yield f"the policy of {place} has statements of others, too{like}; {TAKES_OUT_AGAIN}"


def digested(resources: Resources) -> list[list[object]]:
    """What a digest covers: what is asked of each document, and what ours say there, however AWS writes it.

    Others' statements are not part of it: what they say is theirs to change at any time.
    """
    places = sorted({*resources.asked, *resources.read.documents, *resources.read.unread}, key=str)
    return [
        [str(place), asked, ours]
        for place in places
        for asked in [[each.to_dict() for each in resources.asked.get(place, ())]]
        for document in [resources.read.documents.get(place)]
        for ours in [None if document is None else sorted(repr(comparable(each)) for each in document.ours)]
        if asked or ours
    ]
