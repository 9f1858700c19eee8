"""Resource policies: what an account's repositories and registries say, and what the grants ask them to say"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ecrgen.account.shared_document import SharedDocument
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.halves import ResourceHalf, halves_of, lets_others_in, signed
from ecrgen.catalog.model import Grant, Target
from ecrgen.catalog.places import Registry, Repositories, Repository
from ecrgen.catalog.render import written
from ecrgen.catalog.sids import grant_of_sid
from ecrgen.errors import EcrgenError, Problems
from ecrgen.policy.document import Statement
from ecrgen.policy.patterns import Pattern

__all__ = [
    "Listed",
    "ResourcePolicies",
    "ResourceReader",
    "Resources",
    "SharedPlace",
    "asked_of_resources",
    "by_place",
    "matching",
    "resources_of",
    "speaks_of_public",
]

# How the ARN of every repository of ECR Public begins, which only partition aws has.
PUBLIC_ARN = "arn:aws:ecr-public:"

# The places that have one document each.
SharedPlace = Repository | Registry


@dataclass(frozen=True, slots=True)
class Listed:
    """The repositories that there are in some regions, and why those of others are not known, by region."""

    repositories: tuple[Repository, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResourcePolicies:
    """The documents that were read, as one namespace sees them.

    `missing` are the repositories that do not exist, `unread` says why a policy, or the repositories of a region, could
    not be read: nothing is known about those, and nothing is done to them.
    """

    documents: Mapping[SharedPlace, SharedDocument] = field(default_factory=dict)
    missing: tuple[Repository, ...] = ()
    unread: Mapping[SharedPlace, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resources:
    """What the grants ask of an account's resource policies, by document, and what these say.

    `halves` are what was asked before patterns were looked for among the repositories that are `listed`. `everywhere`:
    all repositories of the catalog's regions were looked at.
    """

    namespace: str
    asked: Mapping[SharedPlace, tuple[Statement, ...]]
    read: ResourcePolicies
    halves: tuple[ResourceHalf, ...] = ()
    listed: Listed = Listed()
    everywhere: bool = False

    def unsure(self, region: str) -> frozenset[str]:
        """The grants that may say something in any repository of a region, as nobody knows which there are."""
        if region not in self.listed.unread:
            return frozenset()
        patterns = (each for each in self.halves if isinstance(each.place, Repositories))
        return frozenset(
            name for each in patterns if each.place.region == region for name in self.grants_of(each.statements)
        )

    def left_alone(self) -> list[str]:
        """Why some of what is asked is not done: the places could not be read."""
        regions = {each.place.region for each in self.halves if isinstance(each.place, Repositories)}
        return [
            *(why for place, why in self.read.unread.items() if place in self.asked),
            *(why for region, why in self.listed.unread.items() if region in regions),
        ]

    def grants_of(self, statements: Iterable[Statement]) -> list[str]:
        """The grants whose statements these are, in order."""
        found = (grant_of_sid(self.namespace, each.sid or "") for each in statements)
        return sorted({grant for grant in found if grant is not None})


class ResourceReader(Protocol):
    """Where an account's resource policies are read: from AWS, or from a snapshot's file."""

    @property
    def account(self) -> str: ...

    def listed(self, regions: Iterable[str]) -> Listed:
        """All repositories of these regions."""

    def policies(self, namespace: str, places: Iterable[SharedPlace]) -> ResourcePolicies:
        """The documents of these places."""


def resources_of(
    reader: ResourceReader, namespace: str, halves: Iterable[ResourceHalf], regions: Iterable[str], *, everywhere: bool
) -> Resources:
    """What halves ask for and what is there, in the registries of these regions and in the repositories that are named.

    An empty region is ECR Public. `everywhere`: in all repositories of these regions. Raises what the reader raises.
    """
    halves, regions = tuple(halves), {*regions}
    patterns = {each.place.region for each in halves if isinstance(each.place, Repositories)}
    listed = reader.listed(sorted(patterns | (regions if everywhere else set())))
    asked = by_place(halves, namespace, listed.repositories)
    places: set[SharedPlace] = {*asked, *(Registry(reader.account, region) for region in regions if region)}
    if everywhere:
        places.update(listed.repositories)
    found = reader.policies(namespace, sorted(places, key=str))
    return Resources(namespace, asked, found, halves, listed, everywhere)


def asked_of_resources(
    catalog: Catalog, grants: Iterable[Grant], target: Target, account: str, now: datetime
) -> tuple[ResourceHalf, ...]:
    """What grants say in the policies of an account's repositories and registries, `target` the catalog's.

    Those that have ended by `now` say nothing. Raises EcrgenError with every problem, and where nobody names a region.
    """
    problems = Problems()
    found: list[ResourceHalf] = []
    for grant in grants:
        with problems.collected(f"{grant.name}: "):
            if grant.ended(now) or grant.target(target).account != account:
                continue
            if not lets_others_in(grant, target.account, target):
                continue
            halves = halves_of(grant, catalog.namespace, target.account, target).resource
            if "region" in grant.target(target).examples and any(each.place.region for each in halves):
                problems.add(f"{grant.name}: needs a region; set region in the catalog, or AWS_REGION, or --region")
            found += halves
    problems.stop()
    return tuple(found)


def speaks_of_public(grants: Iterable[Grant], target: Target, account: str) -> bool:
    """True where one of these grants may say something of ECR Public in an account, also where it has ended."""
    for grant in grants:
        at = grant.target(target)
        if at.account == account and lets_others_in(grant, target.account, target):
            with suppress(EcrgenError):  # what is wrong with it is said where it is planned
                if PUBLIC_ARN in written(grant.bound, at).to_json():
                    return True
    return False


def by_place(
    halves: Iterable[ResourceHalf], namespace: str, there: Iterable[Repository]
) -> dict[SharedPlace, tuple[Statement, ...]]:
    """All that halves say in each document; those of a pattern in each repository that is `there` and matches.

    A pattern and a name, or two patterns, may put statements of one grant into one document, where they are numbered.
    """
    there = tuple(there)
    found: dict[SharedPlace, dict[str, list[Statement]]] = {}
    for half in halves:
        for place in documents_of(half, there):
            grants = found.setdefault(place, {})
            for statement in half.statements:
                grants.setdefault(grant_of_sid(namespace, statement.sid or "") or "", []).append(statement)
    return {
        place: tuple(each for grant, some in grants.items() for each in signed(grant, namespace, some))
        for place, grants in found.items()
    }


def documents_of(half: ResourceHalf, there: Iterable[Repository]) -> Iterator[SharedPlace]:
    if isinstance(half.place, Repositories):
        yield from matching(half.place, there)
    else:
        yield half.place


def matching(pattern: Repositories, there: Iterable[Repository]) -> list[Repository]:
    """The repositories of a pattern, in order."""
    arns = Pattern.of(pattern.pattern, "resource", variables=False).among(each.arn for each in there)
    return [Repository(arn) for arn in arns]
