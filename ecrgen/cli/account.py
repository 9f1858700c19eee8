"""The account that a command is about: its options, the connection, and the plan for what the command names."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from ecrgen.catalog.model import Catalog, Grant
from ecrgen.cli.options import EndpointUrl, Profile
from ecrgen.cli.personas import Call, option_name
from ecrgen.errors import EcrgenError
from ecrgen.provision.changes import Plan
from ecrgen.provision.connection import Connection, connect
from ecrgen.provision.desired import Desired
from ecrgen.provision.grants import alone, desired_of, grantees_named, right_account
from ecrgen.provision.plan import plan
from ecrgen.provision.read import read_state
from ecrgen.provision.snapshot import read_snapshot
from ecrgen.provision.state import IamState

__all__ = [
    "Concurrency",
    "EndpointUrl",
    "Managed",
    "Planned",
    "Profile",
    "Prune",
    "To",
    "Yes",
    "asked",
    "confirm",
    "connected",
    "planned",
]

Concurrency = Annotated[int, typer.Option("--concurrency", min=1, max=64, help="Calls to AWS under way at once.")]
Managed = Annotated[bool, typer.Option("--managed", help="Attach AWS's own policy for the persona.")]
Prune = Annotated[bool, typer.Option("--prune", help="Also take away what is no longer asked for.")]
To = Annotated[
    list[str] | None,
    typer.Option("--to", metavar="GRANTEE", help="role/NAME, user/NAME, group/NAME or an ARN; repeatable."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@dataclass(frozen=True)
class Planned:
    """A plan with what it was made of."""

    plan: Plan
    desired: Desired
    actual: IamState


def asked(
    call: Call, to: Sequence[str] | None, guards: Sequence[str] | None, region: Sequence[str] | None, managed: bool
) -> tuple[Grant, ...]:
    """The grants that a command names: the persona's alone, or every grant of the catalog."""
    if call.persona is not None:
        bound = call.catalog.bind(call.persona, call.arguments, guards or (), option_name, datetime.now(UTC))
        regions = call.catalog.target(region=region, named=option_name).regions
        return (alone(bound, regions, to or (), managed=managed),)
    for option, given in (("--to", to), ("--guard", guards), ("--managed", managed)):
        if given:
            raise EcrgenError(f"{option}: goes with a persona; a grant of the catalog says this itself")
    if not call.catalog.grants:
        raise EcrgenError(
            "the catalog has no grants: name a persona and --to, or write a catalog with grants; "
            "`ecrgen init` writes one that shows how"
        )
    return tuple(call.catalog.grants.values())


def connected(catalog: Catalog, profile: str | None, endpoint_url: str | None, concurrency: int = 8) -> Connection:
    """A connection to the account that the catalog is for. Raises EcrgenError for any other account."""
    region = next(iter(catalog.regions), None)
    connection = connect(profile=profile, endpoint_url=endpoint_url, region=region, concurrency=concurrency)
    right_account(catalog, connection.account, connection.partition, os.environ)
    return connection


def planned(call: Call, grants: Sequence[Grant], region: Sequence[str] | None, source: Connection | str) -> Planned:
    """The plan for these grants and the account that a connection leads to, or that a snapshot file holds."""
    catalog = call.catalog
    if isinstance(source, Connection):
        named = set(grantees_named(grants, source.account, source.partition))
        actual = read_state(source, catalog.namespace, named)
    else:
        actual = read_snapshot(source, catalog.namespace, catalog.account)
        right_account(catalog, actual.account, actual.partition, os.environ)
    desired = desired_of(
        catalog,
        grants,
        account=actual.account,
        partition=actual.partition,
        region=region or (),
        now=datetime.now(UTC),
        limit=actual.quotas.policy_size,
        only=grants[0].name if call.persona is not None else None,
    )
    return Planned(plan(desired, actual), desired, actual)


def confirm(question: str, yes: bool) -> None:
    """Ask a person; without one, and without --yes, nothing may be done. Raises EcrgenError, or Exit for a no."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise EcrgenError("nobody to ask at this terminal, so nothing was done; give --yes to go ahead unasked")
    if not typer.confirm(question, err=True):
        typer.echo("nothing was done", err=True)
        raise typer.Exit(1)
