"""Identity policies for another account's repositories: grants where the policies there let in just that, or more"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from ecrgen.audit.holders import Holders
from ecrgen.audit.imported import Left
from ecrgen.audit.of_identities import Outcome
from ecrgen.audit.of_resources import Importing
from ecrgen.audit.sides import Piece, adds_nothing, resource_halves
from ecrgen.catalog.places import Place
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words
from ecrgen.policy.document import PolicyDocument

__all__ = ["on_both_sides"]


def on_both_sides(
    asked: Importing, documents: Mapping[Place, PolicyDocument], holders: Holders, found: Outcome
) -> tuple[list[Piece], list[Left]]:
    """The grants that a policy becomes, to each who has it, and what is left of it.

    A grant for another account's repositories has a half there, too: it is made for those whom the policies there let
    in for all of it today. A run of it in that account would let in the others.
    """
    if found.left is not None:
        return [], [found.left]
    made = to_some(asked, documents, holders, found, holders.to)
    if made is not None:
        return made, []
    apart = {to: to_some(asked, documents, holders, found, (to,)) for to in holders.to}
    made = [piece for pieces in apart.values() for piece in pieces or ()]
    refused = [to for to, pieces in apart.items() if pieces is None]
    owners = sorted({each.target.account for each in found.candidates} - {holders.home.account})
    reason = f"names repositories of account {in_words(owners)}, whose policies a grant would change, too"
    unseen = [each for each in owners if each not in asked.accounts]
    reason += f"; give the snapshot of account {in_words(unseen)}, which may let them in already" if unseen else ""
    return made, [Left(holders.named(refused), reason)]


def to_some(
    asked: Importing,
    documents: Mapping[Place, PolicyDocument],
    holders: Holders,
    found: Outcome,
    to: tuple[str, ...],
) -> list[Piece] | None:
    """The grants to some of those who have a policy; None where the other half of one would let in who is not."""
    made: list[Piece] = []
    for candidate in found.candidates:
        own = candidate.target.account == holders.home.account
        for through in (False, True):
            piece = Piece(candidate, to, found.managed, through, holders.named(to), found.others)
            if own or is_let_in(asked, documents, piece):
                made.append(piece)
                break
        else:
            return None
    return made


def is_let_in(asked: Importing, documents: Mapping[Place, PolicyDocument], piece: Piece) -> bool:
    """True where the policies that are there allow already what a grant's other half says."""
    with suppress(EcrgenError):
        return all(adds_nothing(documents, half) for half in resource_halves(piece, asked.home))
    return False
