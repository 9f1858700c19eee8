"""Identity policies for another account's repositories: grants where the policies there let in just that, or more"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from ecrgen.audit.holders import Holders
from ecrgen.audit.imported import Candidate, Left
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
    made: list[Piece] = []
    refused: list[str] = []
    for to in holders.to:
        grants = [half_of(asked, documents, holders, each, to, found) for each in found.candidates]
        whole = [each for each in grants if each is not None]
        if len(whole) == len(grants):
            made += whole
        else:
            refused.append(to)
    if not refused:
        return made, []
    owners = in_words(sorted({each.target.account for each in found.candidates} - {holders.home.account}))
    reason = f"names repositories of account {owners}, whose policies a grant would change, too"
    return made, [Left(holders.named(refused), reason)]


def half_of(
    asked: Importing,
    documents: Mapping[Place, PolicyDocument],
    holders: Holders,
    candidate: Candidate,
    to: str,
    found: Outcome,
) -> Piece | None:
    """The grant to one of those who have a policy; None where its other half would let in who is not let in."""
    for through in (False, True):
        piece = Piece(candidate, (to,), found.managed, through, holders.named([to]), found.others)
        if candidate.target.account == holders.home.account:
            return piece
        with suppress(EcrgenError):
            if all(adds_nothing(documents, half) for half in resource_halves(piece, asked.home)):
                return piece
    return None
