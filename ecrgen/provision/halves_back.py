"""The resource half of a rollback: it has no versions of its own, so it is made of those of the identity policy"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ecrgen.account.fingerprint import fingerprint
from ecrgen.account.resource_policies import ResourceReader, Resources, by_place, resources_of
from ecrgen.account.state import IamState
from ecrgen.catalog.grantees import Service, grantees_of
from ecrgen.catalog.halves import ResourceHalf, resource_halves
from ecrgen.catalog.model import Grant, Target
from ecrgen.errors import EcrgenError, PolicyError, Problems
from ecrgen.messages import in_words
from ecrgen.policy.access import diff
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision.both_halves import with_documents
from ecrgen.provision.changes import Plan, SetDefault, Step
from ecrgen.provision.documents import digested, refused, statement_changes
from ecrgen.provision.history import last_made
from ecrgen.provision.set_statements import SetStatements

__all__ = ["HalvesBack", "halves_back", "with_halves"]


@dataclass(frozen=True, slots=True)
class HalvesBack:
    """What a grant says in resource policies by what was last put in force, and what it says once it has gone back.

    `last` is None where that cannot be read.
    """

    last: tuple[ResourceHalf, ...] | None
    then: tuple[ResourceHalf, ...]

    @property
    def changes(self) -> bool:
        return self.last != self.then

    @property
    def gives_more(self) -> bool:
        """True where somebody may have to be let in to more than before."""
        if self.last is None:
            return True
        before = {half.place: half.policy for half in self.last}
        found = (each for half in self.then for each in diff(before.get(half.place), half.policy))
        return any(each.direction == "gained" for each in found)


def halves_back(back: Plan, actual: IamState, grant: Grant, home: str, target: Target) -> HalvesBack:
    """The resource half of a grant before and after a rollback; `home` and `target` as for `halves_of`.

    The state must have the grant's past. Raises PolicyError for a version that ecrgen cannot read.
    """
    parts = actual.parts(grant.name)
    versions = {change.actual.name: change.version for change in back.changes if isinstance(change, SetDefault)}

    def halves(documents: Iterable[PolicyDocument]) -> tuple[ResourceHalf, ...]:
        whole = PolicyDocument(tuple(each for document in documents for each in document.statements))
        return resource_halves(grant, whole, back.namespace.name, home, target)

    then = halves(versions.get(part.name, part.default).document() for part in parts)
    try:
        return HalvesBack(halves(last_made(part).document() for part in parts), then)
    except PolicyError:
        return HalvesBack(None, then)


def with_halves(back: Plan, found: HalvesBack, grant: Grant, reader: ResourceReader) -> tuple[Plan, Resources]:
    """A rollback that also sets what the grant says in the policies of the account's repositories and registries.

    The policies of IAM go back when that is done: where it is not, another rollback goes to the same version.
    Raises EcrgenError for what no version tells, and where one of the policies cannot be set.
    """
    services = [text for text, each in grantees_of(grant.to).items() if isinstance(each, Service)]
    if services and found.changes:
        raise EcrgenError(
            f"{grant.name}: what it says to {in_words(services)} in the policies of repositories is in none of its "
            "versions, so it cannot go back whole; change the catalog and apply it"
        )
    namespace = back.namespace.name
    resources = resources_of(reader, namespace, (*found.then, *(found.last or ())), (), everywhere=False)
    asked = by_place(found.then, namespace, resources.listed.repositories)
    resources = replace(resources, asked=asked, halves=found.then)
    changes = [replace(each, goes=False) for each in statement_changes(resources, {grant.name})]
    unread = (*resources.read.unread.values(), *resources.listed.unread.values())
    Problems((*refused(resources, changes), *unread)).stop()
    if not changes:
        return back, resources
    digest = fingerprint([back.digest, digested(resources)])
    return replace(back, steps=tuple(documents_first(with_documents(back, changes))), digest=digest), resources


def documents_first(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps, of which those of IAM need the changes of documents before them."""
    before: frozenset[int] = frozenset()
    for number, step in enumerate(steps):
        if isinstance(step.change, SetStatements):
            before |= {number}
            yield step
        else:
            yield replace(step, needs=step.needs | before)
