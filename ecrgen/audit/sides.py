"""Grants beside the policies of resources that are there: what their other halves say, and what these would add"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ecrgen.audit.imported import Candidate
from ecrgen.catalog.grantees import IamEntity, account_of, read_grantee
from ecrgen.catalog.halves import ResourceHalf, halves_of
from ecrgen.catalog.model import Grant, Target
from ecrgen.catalog.places import Place, Repositories
from ecrgen.catalog.suitable import unsuitable
from ecrgen.errors import EcrgenError
from ecrgen.policy.access import diff
from ecrgen.policy.caller import caller_of
from ecrgen.policy.document import PolicyDocument, Statement

__all__ = ["Piece", "adds_nothing", "gains", "identity_account", "loses", "resource_halves"]

# Of grants that are made to see what they say; no statement is written with it.
NAMESPACE = "import"


@dataclass(frozen=True, slots=True)
class Piece:
    """A grant without its name: to whom, and which policies it is in place of. `through` is through the registry."""

    candidate: Candidate
    to: tuple[str, ...]
    managed: bool = False
    through: bool = False
    instead_of: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def target(self) -> Target:
        return self.candidate.target

    def grant(self) -> Grant:
        target = self.target
        return Grant(
            NAMESPACE,
            self.candidate.bound,
            self.to,
            managed=self.managed,
            account=target.account,
            regions=target.regions,
            through_registry=self.through,
        )


def resource_halves(piece: Piece, home: Target) -> tuple[ResourceHalf, ...]:
    """What a grant says in the policies of repositories and registries; `home` is the catalog's own target.

    Raises EcrgenError where no catalog takes such a grant.
    """
    grant = piece.grant()
    wrong = next(unsuitable(grant, home.account, home.partition), None)
    if wrong is not None:
        raise EcrgenError(wrong.message)
    return halves_of(grant, NAMESPACE, home.account, home).resource


def adds_nothing(documents: Mapping[Place, PolicyDocument], half: ResourceHalf) -> bool:
    """True where the policy that is there allows all that a half says, whatever it denies."""
    there = documents.get(half.place)
    if there is None or isinstance(half.place, Repositories):
        return False
    allowing = replace(there, statement=tuple(each for each in there.statements if each.effect == "Allow"))
    return all(
        not gains(allowing, PolicyDocument((each,)))
        or any(not gains(allowing, PolicyDocument((wider,))) for wider in in_whole_accounts(each, half.place.account))
        for each in half.statements
    )


def in_whole_accounts(statement: Statement, owner: str) -> Iterator[Statement]:
    """The statement for the whole accounts of those of other accounts whom it names: it lets in each of them, too."""
    callers = [caller_of(name) for kind, name in statement.principals if kind == "AWS"]
    roots = tuple(dict.fromkeys(each.root for each in callers if each is not None and each.account != owner))
    if roots and len(callers) == len(statement.principals) and all(each and each.account != owner for each in callers):
        yield replace(statement, principal=(("AWS", roots),))


def gains(before: PolicyDocument, after: PolicyDocument) -> bool:
    """True where whoever gets the second in place of the first gains something."""
    return any(each.direction == "gained" for each in diff(before, after))


def loses(before: PolicyDocument, after: Iterable[PolicyDocument]) -> bool:
    """True where whoever gets the others in place of the first loses something."""
    return any(each.direction == "lost" for each in diff(before, tuple(after)))


def identity_account(to: str, home: str) -> str | None:
    """The account in which a grantee's identity half is; None for whom it is somebody else's to give."""
    grantee = read_grantee(to)
    return account_of(grantee, home) if isinstance(grantee, IamEntity) else None
