"""The statements that grants are in place of, and the grants for the others: all proven together, place by place"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from ecrgen.audit.imported import Left
from ecrgen.audit.let_in import Entry
from ecrgen.audit.of_resources import Importing, nearest_half, recovered_halves
from ecrgen.audit.readings import guards_of
from ecrgen.audit.sides import Piece, adds_nothing, identity_account, loses, resource_halves
from ecrgen.catalog.halves import ResourceHalf
from ecrgen.catalog.places import Place
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words
from ecrgen.policy.document import PolicyDocument

__all__ = ["Said", "of_statements"]


@dataclass(frozen=True, slots=True)
class Said:
    """A grant with its halves in resources' policies, and the statements that it is in place of, maybe with others."""

    piece: Piece
    halves: tuple[ResourceHalf, ...] = ()
    statements: tuple[str, ...] = ()


def of_statements(
    asked: Importing, documents: Mapping[Place, PolicyDocument], pieces: Iterable[Piece], entries: Sequence[Entry]
) -> tuple[list[Said], list[Left]]:
    """The grants of identity policies with those that statements become, and the statements that are left.

    A statement is gone only where the grants say in its policy all that it says; and none says more there than the
    policy does.
    """
    made = [Said(each, halves(asked, each)) for each in pieces]
    _, bare = split(entries, made)
    found = [Said(each, halves(asked, each)) for each in recovered_halves(asked, bare)]
    proven = [each for each in found if each.halves and all(adds_nothing(documents, half) for half in each.halves)]
    gone, kept = split(entries, [*made, *proven])
    needed = [each for each in proven if any(speaks_for(each, entry) for entry in gone)]
    left = [left_of(asked, each) for each in kept]
    named = [
        replace(each, statements=tuple(entry.name for entry in gone if speaks_for(each, entry)))
        for each in (*made, *needed)
    ]
    return named, left


def halves(asked: Importing, piece: Piece) -> tuple[ResourceHalf, ...]:
    with suppress(EcrgenError):
        return resource_halves(piece, asked.home)
    return ()


def split(entries: Iterable[Entry], said: Iterable[Said]) -> tuple[list[Entry], list[Entry]]:
    """The statements all of which grants say in the same policy, and the others."""
    there: defaultdict[Place, list[PolicyDocument]] = defaultdict(list)
    for each in said:
        for half in each.halves:
            there[half.place].append(half.policy)
    gone: list[Entry] = []
    kept: list[Entry] = []
    for entry in entries:
        policies = there.get(entry.place)
        (kept if not policies or loses(entry.document, policies) else gone).append(entry)
    return gone, kept


def speaks_for(said: Said, entry: Entry) -> bool:
    """True for a grant that is in a statement's policy to one of those whom it lets in."""
    return bool(set(said.piece.to) & set(entry.to)) and any(half.place == entry.place for half in said.halves)


def left_of(asked: Importing, entry: Entry) -> Left:
    seen = [each for each in entry.to if identity_account(each, asked.home.account) in asked.accounts]
    services = [each for each in entry.to if each.startswith("service/")]
    guards = {asked.catalog.guards[text.partition("=")[0]].only_for for text in guards_in(asked, entry)}
    if services and "services" not in guards:
        reason = f"lets in {in_words(services)} for anybody: no condition on aws:SourceAccount or aws:SourceArn"
        return Left((entry.name,), reason, statement=True)
    reason = "no personas give the same"
    if seen:
        reason = (
            f"lets in {in_words(seen)}, whose own policies do not give the same; a grant would give it to them, too"
        )
    return Left((entry.name,), reason, nearest_half(asked, entry), statement=True)


def guards_in(asked: Importing, entry: Entry) -> Iterator[str]:
    document = PolicyDocument((entry.rest,))
    for guards in guards_of(asked.catalog, document, asked.home, services=True):
        yield from guards
