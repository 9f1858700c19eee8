"""History: the versions of a grant's policies, newest first, and rollback, the plan that goes back to earlier ones"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from ecrgen.account.desired import Desired
from ecrgen.account.fingerprint import fingerprint
from ecrgen.account.provenance import InForce, made_of
from ecrgen.account.state import IamState, ManagedPolicy, Version
from ecrgen.catalog.model import Operation
from ecrgen.errors import EcrgenError, Problems
from ecrgen.messages import in_words, quoted
from ecrgen.proof.whole import Told, told
from ecrgen.provision.arrange import arranged
from ecrgen.provision.changes import Plan, SetDefault, readable
from ecrgen.provision.plan import same

__all__ = [
    "Past",
    "as_catalog_says",
    "history",
    "last_made",
    "of_unknown_origin",
    "origin",
    "pasts",
    "rollback",
    "way_back",
]


def history(actual: IamState, grant: str) -> tuple[ManagedPolicy, ...]:
    """A grant's policies, first part first. Raises EcrgenError, with the grants there are, where it has none."""
    parts = actual.parts(grant)
    if not parts:
        names = sorted({name for policy in actual.policies if (name := actual.namespace.grant_of(policy))})
        there = f"there are: {', '.join(names)}" if names else "there are none"
        raise EcrgenError(f"{grant}: no policy of this grant in namespace {actual.namespace.name}; {there}")
    return parts


@dataclass(frozen=True, slots=True)
class Past:
    """A version of a grant's policy: who put it in force, what it gives, and whether the catalog says the same.

    `made` is None for a version of unknown origin, `gives` for a document that cannot be read or compared, and
    `as_catalog` where the catalog has no such grant, or none that can be compared.
    """

    policy: ManagedPolicy
    version: Version
    made: InForce | None
    gives: tuple[Told, ...] | None
    as_catalog: bool | None

    @property
    def default(self) -> bool:
        return self.version.id == self.policy.default_version


def pasts(
    parts: Iterable[ManagedPolicy], desired: Desired | None, operations: Mapping[str, Operation]
) -> Iterator[Past]:
    """Every version of these policies, newest first. Their past must have been read (`with_past`)."""
    for part in parts:
        for version in reversed(part.versions):
            document = readable(version)
            gives: tuple[Told, ...] | None = None
            with suppress(EcrgenError):  # too large to be told: then it is None
                gives = told(operations, (), (document,)) if document else None
            yield Past(
                part, version, origin(part, version), gives, None if desired is None else asked(desired, part, version)
            )


def asked(desired: Desired, part: ManagedPolicy, version: Version) -> bool:
    """True where a version of a grant's policy says what is desired of that policy."""
    policy = desired.policies.get(part.name)
    return policy is not None and same(version, policy.document)


def as_catalog_says(back: Plan, parts: Iterable[ManagedPolicy], desired: Desired) -> bool:
    """True where, once a rollback of these policies is done, the grant says what is desired of it."""
    default = {change.actual.name: change.version for change in back.changes if isinstance(change, SetDefault)}
    held = {part.name: asked(desired, part, default.get(part.name, part.default)) for part in parts}
    return held.keys() == desired.policies.keys() and all(held.values())


def origin(policy: ManagedPolicy, version: Version) -> InForce | None:
    """Which run put a version's document in force; None for a version of unknown origin. The tags must have been read.

    Of a document that was in force several times, the last of them.
    """
    document = fingerprint(version.content)
    return next((entry for entry in made_of(policy.tags or {}) if entry.document == document), None)


def rollback(actual: IamState, grant: str, to_version: str | None = None) -> Plan:
    """The changes that take a grant's policies back: to what ecrgen put in force before, or all to the version named.

    Where somebody else set a policy's default version, it goes back to the last one that ecrgen put in force.
    Otherwise the policies that the last run changed go back to what they were before it, and the others stay
    (docs/adr/0011). The state must have the grant's past (`with_past`). Raises EcrgenError with every reason why the
    grant cannot go back whole, and where it has gone already.
    """
    back = way_back(actual, grant, to_version)
    if not back.steps:
        raise EcrgenError(f"{grant}: {to_version} is its default version already")
    return back


def way_back(actual: IamState, grant: str, to_version: str | None = None) -> Plan:
    """The same, also where the policies have gone back already and nothing is left to do about them."""
    parts = history(actual, grant)
    if to_version is not None:
        back = [SetDefault(part, part.version(to_version), len(parts)) for part in parts]
    else:
        back = list(back_by_a_run(parts))
    changes = [change for change in back if change.version.id != change.actual.default_version]
    steps = arranged(changes, actual)
    content = [[change.actual.arn, change.actual.default_version, change.version.id] for change in changes]
    return Plan(actual.namespace, steps, fingerprint(content))


def last_made(policy: ManagedPolicy) -> Version:
    """The version that ecrgen put in force last, whatever somebody else did since; the default one if none is left."""
    there = {fingerprint(version.content): version for version in policy.versions}
    known = (there[entry.document] for entry in made_of(policy.tags or {}) if entry.document in there)
    return next(known, policy.default)


def of_unknown_origin(back: Plan) -> Iterator[tuple[str, str]]:
    """The policies that a rollback takes to a version of unknown origin, by name, and the version."""
    for change in back.changes:
        if isinstance(change, SetDefault) and origin(change.actual, change.version) is None:
            yield change.actual.name, change.version.id


def back_by_a_run(parts: tuple[ManagedPolicy, ...]) -> Iterator[SetDefault]:
    """The way back of what was last done to a grant: by somebody else, or by a run of ecrgen."""
    problems = Problems()
    by_others = [part for part in parts if origin(part, part.default) is None]
    last = max(parts, key=lambda part: made(part.default))
    run = origin(last, last.default)
    for part in by_others or parts:
        now = origin(part, part.default)
        if not by_others and now is not None and run is not None and now.run != run.run:
            continue
        with problems.collected():
            version, before = former(part, now)
            was = {entry.parts for entry in (now, before) if entry is not None} - {len(parts)}
            if was:
                raise EcrgenError(
                    f"{part.name}: its grant had {counted(was.pop())} before and has {len(parts)} now, so it cannot go "
                    "back whole; apply the catalog as it was then"
                )
            yield SetDefault(part, version, len(parts))
    problems.stop()


def counted(parts: int) -> str:
    return f"{parts} {'policy' if parts == 1 else 'policies'}"


def former(part: ManagedPolicy, now: InForce | None) -> tuple[Version, InForce]:
    """What ecrgen put in force before what holds now. Raises EcrgenError where no version has it any more."""
    entries = made_of(part.tags or {})
    there = {fingerprint(version.content): version for version in part.versions}
    if now is None:
        earlier = [entry for entry in entries if entry.document in there]
    else:
        earlier = [entry for entry in entries[entries.index(now) :] if entry.document != now.document]
    if earlier and earlier[0].document in there:
        return there[earlier[0].document], earlier[0]
    older = (version for version in part.versions if version.number < part.default.number)
    unknown = [version.id for version in older if origin(part, version) is None]
    if unknown:
        raise EcrgenError(
            f"{part.name}: {in_words(unknown)} {'is' if len(unknown) == 1 else 'are'} of unknown origin; "
            "look at `ecrgen history` and name the version to go back to with --to-version"
        )
    raise EcrgenError(
        f"{part.name}: no version is left of what was in force before {part.default_version}, so there is no way back; "
        "change the catalog and apply it"
    )


def made(version: Version) -> datetime:
    try:
        moment = datetime.fromisoformat(version.created)
    except ValueError:
        raise EcrgenError(
            f"AWS says that {version.id} was made at {quoted(version.created)}, which is no time"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
