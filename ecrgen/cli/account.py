"""The account that a command is about: the connection to it, and the plan for what the command names"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from ecrgen.account.connection import Connection, connect
from ecrgen.account.desired import Desired
from ecrgen.account.elsewhere import elsewhere
from ecrgen.account.fetch import read_state, with_tags
from ecrgen.account.from_catalog import alone, asked_of_aws, desired_of, grantees_named, right_account
from ecrgen.account.snapshot import state_in
from ecrgen.account.stacks import with_stacks
from ecrgen.account.state import Grantee, IamState
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.managed import managed_policy, managed_unlike
from ecrgen.catalog.model import Grant, NamedAccount, Target
from ecrgen.catalog.render import identity_half, written
from ecrgen.catalog.schema import near
from ecrgen.cli.call import Call, note_overruled, option_name
from ecrgen.cli.options import Aws, Wanted
from ecrgen.cli.output import note, waiting
from ecrgen.cli.planned import Planned
from ecrgen.cli.resources import StateFile, asked_resources, reader_of
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words, quoted
from ecrgen.proof.acceptance import sort_out
from ecrgen.proof.cautions import broken_operations
from ecrgen.proof.objections import Objections, objections
from ecrgen.provision.changes import Attach, Delete, Detach, Plan
from ecrgen.provision.documents import remarks
from ecrgen.provision.foreign import of_other_catalogs, other_namespaces
from ecrgen.provision.handed_out import handed_out, let_in
from ecrgen.provision.kept import kept
from ecrgen.provision.owners import owned, telling
from ecrgen.provision.plan import plan

__all__ = ["asked", "beside", "connected", "connected_to", "planned", "read_account", "tagged"]


def asked(call: Call, wanted: Wanted) -> tuple[Grant, ...]:
    """The grants that a command names: the persona's alone, those of the catalog by name, or every one of them."""
    call.catalog.target(region=wanted.region or None, named=option_name)
    if call.subject is not None and wanted.only:
        raise EcrgenError(f"--only: names grants, and {call.subject} is named as well; leave one of the two out")
    for option, given in (("--to", wanted.to), ("--managed", wanted.managed)):
        call.fixed(option, given)
    bound = call.bound(wanted.guard, datetime.now(UTC))
    if call.grant is not None:
        return (call.grant,)
    if bound is not None and bound.persona.of_registry:
        name = bound.persona.name
        raise EcrgenError(
            f"{name}: stands in the registry's policy, which is changed for a catalog's grants; write one"
        )
    if bound is not None:
        regions = call.catalog.target(region=wanted.region, named=option_name).regions
        return (alone(bound, regions, wanted.to or (), managed=wanted.managed),)
    for option, given in (("--to", wanted.to), ("--guard", wanted.guard), ("--managed", wanted.managed)):
        if given:
            raise EcrgenError(f"{option}: goes with a persona; a grant of the catalog says this itself")
    grants = call.catalog.grants
    if not grants:
        raise EcrgenError(
            "the catalog has no grants: name a persona and --to, or write grants under `grants`, "
            "as the example of `ecrgen init` shows; `ecrgen destroy` takes away what earlier ones gave"
        )
    unknown = [name for name in wanted.only or () if name not in grants]
    if unknown:
        raise EcrgenError(*(f"--only: no grant {quoted(name)}; {near(name, tuple(grants))}" for name in unknown))
    return tuple(grants[name] for name in dict.fromkeys(wanted.only or grants))


def connected(catalog: Catalog, aws: Aws, concurrency: int = 8) -> Connection:
    """A connection to the account that the catalog is for. Raises EcrgenError for any other account."""
    connection = connect(**way_of(catalog, aws, concurrency))
    way = f"; use other credentials, such as by --profile{', or --accounts' if catalog.accounts else ''}"
    right_account(catalog, connection.account, connection.partition, os.environ, way)
    return connection


def connected_to(named: NamedAccount, catalog: Catalog, aws: Aws, concurrency: int = 8) -> Connection:
    """A connection to an account that the catalog names. Raises EcrgenError where it leads to another."""
    way = way_of(catalog, aws, concurrency)
    connection = connect(**way | {"profile": named.profile or aws.profile, "role": named.role})
    if connection.account != named.id:
        what = f"profile {named.profile}" if named.profile else "role"
        raise EcrgenError(f"{what} leads to account {connection.account}, not to {named.id}")
    right_account(catalog, connection.account, connection.partition, {})  # AWS_ACCOUNT_ID names one
    return connection


def way_of(catalog: Catalog, aws: Aws, concurrency: int) -> dict[str, Any]:
    """The arguments of `connect` for a command of a catalog."""
    region = next(iter(catalog.regions), None)
    return {
        "profile": aws.profile,
        "endpoint_url": aws.endpoint_url,
        "region": region,
        "concurrency": concurrency,
    }


def read_account(connection: Connection, namespace: str, grantees: Iterable[Grantee] = ()) -> IamState:
    """What `read_state` reads, which takes a while for a large account."""
    with waiting(f"reading account {connection.account}"):
        return read_state(connection, namespace, grantees)


def planned(
    call: Call,
    wanted: Wanted,
    grants: Sequence[Grant],
    source: Connection | StateFile,
    together: Sequence[str] = (),
) -> Planned:
    """The plan for these grants and the account that a connection leads to, or that a snapshot file holds.

    `together` are the accounts of the run where it is about several.
    """
    catalog = call.catalog
    actual = read(catalog, grants, source)
    only = [grant.name for grant in grants] if call.subject is not None or wanted.only else None
    desired = wish(catalog, grants, wanted, actual, only)
    space = actual.namespace
    target = catalog.target(catalog.account or space.account, wanted.region or None, space.partition, option_name)
    if together[:1] in ((), (space.account,)):  # said once
        note_overruled(target)
        note_unlike(grants, target)
    of_catalog = () if call.persona else grants
    reader, everywhere = reader_of(source, space.account), wanted.prune and only is None
    resources = asked_resources(reader, catalog, of_catalog, target, everywhere=everywhere) if reader else None
    made = plan(desired, actual, resources)
    said = objected(catalog, grants, made, desired, target)
    stops, others = beside(made, tagged(source, made, actual, target), prune=wanted.prune)
    of_aws = asked_of_aws((*catalog.grants.values(), *grants), space.account, space.partition)
    away = elsewhere(catalog, of_catalog, space.account, target, documents=reader is not None, together=together)
    return Planned(
        made,
        desired,
        actual,
        wanted.prune,
        (*said.stops, *stops),
        said.accepted,
        tuple(cautions_about(catalog, changed_by(made, grants), target)),
        kept(actual, frozenset(of_aws)),
        others,
        tuple(away),
        () if "region" in target.examples else target.regions,
        catalog.operations,
        resources,
        tuple(remarks(made, resources)) if resources else (),
    )


def read(catalog: Catalog, grants: Iterable[Grant], source: Connection | StateFile) -> IamState:
    """The account as its IAM is now, or as a file says. Raises EcrgenError for a file of another account."""
    if isinstance(source, Connection):
        named = set(grantees_named(grants, source.account, source.partition))
        return read_account(source, catalog.namespace, named)
    actual = state_in(source.data, source.path, catalog.namespace, catalog.account)
    right_account(catalog, actual.namespace.account, actual.namespace.partition, os.environ)
    return actual


def wish(
    catalog: Catalog, grants: Iterable[Grant], wanted: Wanted, actual: IamState, only: Iterable[str] | None
) -> Desired:
    """The desired state of the account that was read."""
    space = actual.namespace
    return desired_of(
        catalog,
        grants,
        account=space.account,
        partition=space.partition,
        region=wanted.region or (),
        now=datetime.now(UTC),
        limit=actual.quotas.policy_size,
        only=only,
    )


def objected(catalog: Catalog, grants: Sequence[Grant], made: Plan, desired: Desired, target: Target) -> Objections:
    """What objects to the policies that a plan hands out, and to what it says in those of resources."""
    managed = [grant for grant in grants if grant.managed and attaches(made, grant)]
    personas = {grant.name: grant.persona.name for grant in grants}
    return objections(catalog, (*handed_out(made, desired), *let_in(made, personas)), managed, target)


def changed_by(made: Plan, grants: Iterable[Grant]) -> list[Grant]:
    """The grants that give something else by a plan, or give it to somebody else."""
    gives = (change for change in made.changes if not isinstance(change, Detach | Delete))
    changed = {name for change in gives for name in made.grants_of(change)}
    return [grant for grant in grants if grant.name in changed and not grant.managed]


def tagged(source: Connection | StateFile, made: Plan, actual: IamState, target: Target) -> IamState:
    """The account with the tags and stacks of what a plan changes or takes away; a file has none.

    Stacks are looked for in the regions of the target and of the caller's settings.
    """
    names = telling(made, actual)
    if not isinstance(source, Connection) or not names:
        return actual
    regions = {source.region, *(() if "region" in target.examples else target.regions)} - {""}
    asked = with_stacks(source, with_tags(source, actual, names), names, sorted(regions))
    for words in asked.unknown:
        note(f"whether a stack has these policies is not known: {words}")
    return asked.state


def beside(made: Plan, actual: IamState, *, prune: bool) -> tuple[list[str], tuple[str, ...]]:
    """What stops an apply because the namespace is somebody else's too, and what else there is to say of others."""
    others = list(of_other_catalogs(made, actual))
    stops = [*owned(actual), *(each.words(made.catalog) for each in others if each.goes and prune)]
    words = [each.words(made.catalog) for each in others if not (each.goes and prune)]
    namespaces = other_namespaces(actual)
    if namespaces and not actual.policies:
        words.append(
            f"namespace {made.namespace.name} is empty; the account has policies of ecrgen in {in_words(namespaces)}"
        )
    return stops, tuple(words)


def cautions_about(catalog: Catalog, grants: Iterable[Grant], target: Target) -> Iterator[str]:
    """A line for each guard that breaks an operation of its grant, but for those that the catalog accepts."""
    for grant in grants:
        if any(guard.guard.caution for guard in grant.guards):
            policy = identity_half(grant, target) or written(grant.bound, grant.target(target))
            found = broken_operations(catalog.operations, grant.bound, policy)
            counting, _ = sort_out(found, (f"grant {grant.name}",), catalog.ignores)
            yield from (f"grant {grant.name}: {finding.message}" for finding in counting)


def attaches(plan: Plan, grant: Grant) -> bool:
    """Tell if a plan attaches a policy for a grant."""
    return any(isinstance(change, Attach) and change.grant == grant.name for change in plan.changes)


def note_unlike(grants: Sequence[Grant], target: Target) -> None:
    """Say where a policy of AWS's own gives something else than the persona for whose grant it is attached."""
    for grant in grants:
        if grant.managed:
            for difference in managed_unlike(grant.bound, target) or ():
                note(
                    f"grant {grant.name}: unlike {grant.persona.name}, {managed_policy(grant.bound)} {difference.words}"
                )
