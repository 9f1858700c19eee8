"""Statements of resources' policies → the grants whose other halves, derived from their personas, say the same"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from ecrgen.audit.imported import Candidate, Near
from ecrgen.audit.let_in import Entry
from ecrgen.audit.readings import arguments_of, guards_of, places_of
from ecrgen.audit.recover import MOST_NEAR, actions_in, bound_to, example_texts, is_contained, needed
from ecrgen.audit.sides import Piece, identity_account, resource_halves
from ecrgen.catalog.bind import bind_arguments
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.managed import ANY_TARGET
from ecrgen.catalog.model import BoundPersona, Persona, Target
from ecrgen.catalog.places import Place, Registry
from ecrgen.catalog.render import written
from ecrgen.errors import EcrgenError
from ecrgen.policy.access import diff
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.reference import asked_of_star
from ecrgen.proof.samples import example_arguments

__all__ = ["Importing", "nearest_half", "recovered_halves"]


@dataclass(frozen=True, slots=True)
class Importing:
    """What is imported into: a catalog with the actions that its personas give on repositories at least, the target of
    the catalog that is written, and the accounts that there are files of.
    """

    catalog: Catalog
    least: Mapping[str, frozenset[str]]
    home: Target
    accounts: Collection[str]

    @classmethod
    def into(cls, catalog: Catalog, home: Target, accounts: Iterable[str]) -> Importing:
        least = {name: least_of(each) for name, each in catalog.personas.items()}
        return cls(catalog, {name: found for name, found in least.items() if found}, home, frozenset(accounts))


@dataclass(frozen=True, slots=True)
class Alike:
    """Entries of policies that let the same in, and that say the same, each of its own repository.

    `entries` are those of the first place. `to` are those who need no identity half, or of whose account there is no
    file; a persona for a registry's policy has none for anybody, so that it may be to everybody whom they name.
    """

    places: tuple[Place, ...]
    entries: tuple[Entry, ...]
    to: tuple[str, ...]

    @property
    def document(self) -> PolicyDocument:
        first = self.entries[0].document
        return replace(first, statement=tuple(one for each in self.entries for one in each.document.statements))

    @property
    def identity(self) -> PolicyDocument:
        """What they say, as an identity policy would."""
        arns = tuple(str(place) for place in self.places)
        of_registry = isinstance(self.places[0], Registry)
        rest = (each.rest if of_registry else replace(each.rest, resource=arns) for each in self.entries)
        return replace(self.entries[0].document, statement=tuple(rest))


def least_of(persona: Persona) -> frozenset[str]:
    """The actions on repositories that a persona names at least."""
    arguments = bind_arguments(persona.parameters, example_arguments(persona))[0]
    with suppress(EcrgenError):  # one that cannot be rendered is no candidate either
        document = written(BoundPersona(persona, arguments), ANY_TARGET)
        return frozenset(each for each in actions_in(document) if each.startswith("ecr") and not asked_of_star(each))
    return frozenset()


def recovered_halves(asked: Importing, entries: Iterable[Entry]) -> Iterator[Piece]:
    """The grants whose other halves say what some of these statements do, each tried with those beside it and alone."""
    for group in alike(asked, entries):
        found = tuple(of_group(asked, group))
        if not found and len(group.entries) > 1:
            found = tuple(piece for each in group.entries for piece in of_group(asked, replace(group, entries=(each,))))
        yield from found


def alike(asked: Importing, entries: Iterable[Entry]) -> Iterator[Alike]:
    """Entries with those beside them in one policy that let the same in; equal ones of several repositories as one."""
    beside: defaultdict[tuple[Place, frozenset[str]], list[Entry]] = defaultdict(list)
    for each in entries:
        beside[each.place, frozenset(each.to)].append(each)
    groups: dict[object, tuple[list[Place], list[Entry]]] = {}
    for (place, to), those in beside.items():
        one = place if isinstance(place, Registry) else (place.account, place.region, place.kind)
        said = tuple(sorted(str(each.rest) for each in those))
        places, _ = groups.setdefault((one, to, said), ([], those))
        places.append(place)
    for places, those in groups.values():
        unseen = tuple(each for each in those[0].to if identity_account(each, asked.home.account) not in asked.accounts)
        yield Alike(tuple(places), tuple(those), unseen)


def of_group(asked: Importing, group: Alike) -> Sequence[Piece]:
    """The grants that together say what a group does; none where there are none."""
    document = group.document
    contained: list[tuple[Piece, Candidate]] = []
    for piece, policy in pieces(asked, group):
        differences = diff(document, policy)
        if not differences:
            return (piece,)
        if is_contained(differences):
            contained.append((piece, replace(piece.candidate, policy=policy)))
    kept = needed(document, tuple(candidate for _, candidate in contained))
    return [piece for piece, candidate in contained if any(candidate is each for each in kept)]


def pieces(asked: Importing, group: Alike, *, near: bool = False) -> Iterator[tuple[Piece, PolicyDocument]]:
    """Every grant that could have written a group of statements, with its half in the first of the places.

    `near`: also those that give something else, beside some of the same.
    """
    document, in_registry = group.identity, isinstance(group.places[0], Registry)
    actions = actions_in(document)
    wide = any("*" in action or "?" in action for action in actions)
    for persona in asked.catalog.personas.values():
        least = asked.least.get(persona.name, frozenset())
        to = group.entries[0].to if persona.of_registry else group.to
        fits = wide or least <= actions or (near and least & actions)
        if to and least and fits and (in_registry or not persona.of_registry):
            for candidate in candidates(asked, persona, group, document, near=near):
                piece = Piece(candidate, to, through=in_registry and not persona.of_registry)
                yield from with_half(asked, piece, group)


def candidates(
    asked: Importing, persona: Persona, group: Alike, document: PolicyDocument, *, near: bool
) -> Iterator[Candidate]:
    """A persona with what could be its arguments and guards, else, if it is to be `near`, with an example's arguments.

    Its half is not made yet.
    """
    services = all(each.startswith("service/") for each in group.entries[0].to)
    for place in places_of(document, replace(asked.home, account=group.places[0].account)):
        examples = (example_texts(persona),) if near else ()
        for arguments in (*arguments_of(persona, place, document), *examples):
            for guards in guards_of(asked.catalog, document, place.target, services=services):
                bound = bound_to(asked.catalog, persona, arguments, guards)
                if bound is not None:
                    yield Candidate(bound, place.target, PolicyDocument(()))


def with_half(asked: Importing, piece: Piece, group: Alike) -> Iterator[tuple[Piece, PolicyDocument]]:
    """A grant with what it says in the first place of a group, to all whom the group lets in, if it says anything."""
    with suppress(EcrgenError):
        for half in resource_halves(replace(piece, to=group.entries[0].to), asked.home):
            if half.place == group.places[0]:
                yield piece, half.policy


def nearest_half(asked: Importing, entry: Entry) -> Near | None:
    """The persona whose other half is most like a statement, by the difference of access; None where none is."""
    group = Alike((entry.place,), (entry,), entry.to)
    wanted = actions_in(entry.document)
    found = [
        (len(actions_in(policy) ^ wanted), number, piece, policy)
        for number, (piece, policy) in enumerate(pieces(asked, group, near=True))
    ]
    near = [
        Near(replace(piece.candidate, policy=policy), diff(entry.document, policy))
        for _, _, piece, policy in sorted(found, key=lambda each: each[:2])[:MOST_NEAR]
    ]
    return min(near, key=lambda each: len(each.differences), default=None)
