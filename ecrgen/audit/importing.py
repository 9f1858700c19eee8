"""Importing: what accounts have → grants that decide the same, and what is no such grant

Of users, roles and groups their policies become grants; of repositories and registries the statements that let others
in. Where a grant has halves in two accounts, it is made of what both of them have.

The law: whoever has the grants' policies in place of those that they stand for can do what they could, no more and no
less; and so of the statements in resources' policies. What is not proven to be so is left, with the nearest persona and
the difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ecrgen.account.account import Account
from ecrgen.audit.across_accounts import on_both_sides
from ecrgen.audit.grant_names import Names
from ecrgen.audit.holders import held_by
from ecrgen.audit.imported import Found, Imported, Left
from ecrgen.audit.let_in import OWN, Entry, Resource, entries, resources_of
from ecrgen.audit.of_identities import Outcome, outcome
from ecrgen.audit.of_resources import Importing
from ecrgen.audit.of_statements import Said, of_statements
from ecrgen.audit.recover import least_actions
from ecrgen.audit.sides import Piece, identity_account
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import BoundPersona, Target
from ecrgen.catalog.sids import sid_prefix
from ecrgen.errors import EcrgenError

__all__ = ["imported"]


def imported(catalog: Catalog, accounts: Iterable[Account]) -> Imported:
    """The grants of a catalog's personas for all that the users, roles and groups of accounts have, and for all that
    their repositories and registries let others do. What the catalog's own grants have made there is left.

    Raises EcrgenError for accounts of several partitions, for one whose users and roles no file holds, and where the
    catalog's own account is none of them.
    """
    accounts = tuple(accounts)
    homes, home = homes_of(catalog, accounts)
    asked = Importing.into(catalog, home, homes)
    shared = tuple(resources_of(accounts))
    documents = {each.place: each.document for each in shared if isinstance(each, Resource)}
    pieces: list[Piece] = []
    left: list[Left] = [each for each in shared if isinstance(each, Left)]
    silent, least = 0, least_actions(catalog)
    namespace = catalog.namespace if catalog.grants else None
    for holders in held_by(accounts, homes, home, namespace):
        found = Outcome(left=Left(holders.named(), OWN)) if holders.own else outcome(catalog, least, holders)
        made, remaining = on_both_sides(asked, documents, holders, found)
        pieces += made
        left += remaining
        silent += not made and not remaining
    statements: list[Entry] = []
    for each in shared:
        for entry in (
            entries(each, home.account, sid_prefix(namespace) if namespace else None)
            if isinstance(each, Resource)
            else ()
        ):
            (left if isinstance(entry, Left) else statements).append(entry)  # type: ignore[arg-type]
    said, remaining = of_statements(asked, documents, pieces, statements)
    grants = tuple(named(asked, together(said)))
    return Imported(home, tuple(each.source for each in accounts), grants, (*left, *remaining), silent)


def homes_of(catalog: Catalog, accounts: Sequence[Account]) -> tuple[dict[str, Target], Target]:
    """The target of each account by its id, and the catalog's own: its account, or the first, in its regions."""
    if len({each.partition for each in accounts}) > 1:
        raise EcrgenError("the accounts are of several partitions; a catalog is for one, so import them apart")
    anywhere = replace(catalog, account=None, regions=(), partition=None)
    homes = {each.id: anywhere.target(each.id, each.regions or None, each.partition) for each in accounts}
    home = homes.get(catalog.account or accounts[0].id)
    if home is None:
        raise EcrgenError(
            f"the catalog is of account {catalog.account}, and no file is; give that one with --state, too"
        )
    if catalog.regions:
        home = replace(home, regions=catalog.regions, examples=home.examples - {"region"})
    return homes | {home.account: home}, home


def together(said: Iterable[Said]) -> Iterator[Said]:
    """Grants of one persona for the same repositories as one, to all of their grantees; then those to the same grantees
    that stand in resources' policies alone, for all of their regions.
    """
    of_all: defaultdict[object, list[Said]] = defaultdict(list)
    for each in said:
        piece = each.piece
        of_all[alike(piece.candidate.bound), piece.target, piece.managed, piece.through].append(each)
    in_region: defaultdict[object, list[Said]] = defaultdict(list)
    for number, those in enumerate(of_all.values()):
        one = united(those)
        target = replace(one.piece.target, regions=())
        here = (alike(one.piece.candidate.bound), one.piece.to, target, one.piece.through)
        in_region[number if one.piece.instead_of else here].append(one)
    yield from (united(those) for those in in_region.values())


def united(those: list[Said]) -> Said:
    """Grants that differ in grantees or regions, as one."""
    pieces = [each.piece for each in those]
    regions = tuple(sorted({region for each in pieces for region in each.target.regions}))
    first = pieces[0].candidate
    target = first.target if len(those) == 1 else replace(first.target, regions=regions)
    piece = replace(
        pieces[0],
        candidate=replace(first, target=target),
        to=tuple(dict.fromkeys(to for each in pieces for to in each.to)),
        instead_of=tuple(dict.fromkeys(name for each in pieces for name in each.instead_of)),
        others=tuple(sorted({service for each in pieces for service in each.others})),
    )
    return Said(piece, (), tuple(dict.fromkeys(name for each in those for name in each.statements)))


def alike(bound: BoundPersona) -> tuple[object, ...]:
    return bound.persona.name, tuple(bound.arguments.items()), tuple(map(str, bound.guards))


def named(asked: Importing, said: Iterable[Said]) -> Iterator[Found]:
    """The grants with their names."""
    names = Names((*asked.catalog.personas, *asked.catalog.grants))
    for each in said:
        piece, bound = each.piece, each.piece.candidate.bound
        known = {None, *asked.accounts}
        homes = {identity_account(to, asked.home.account) for to in piece.to} - known
        yield Found(
            names.for_grant(bound, piece.to[0]),
            bound,
            piece.target,
            piece.managed,
            piece.to,
            piece.instead_of,
            piece.others,
            piece.through,
            each.statements,
            () if bound.persona.of_registry else tuple(sorted(filter(None, homes))),
        )
