"""`ecrgen stackset status`"""

from __future__ import annotations

from typing import Annotated

import typer

from ecrgen.cli.call import Call
from ecrgen.cli.options import Aws, Json
from ecrgen.cli.stackset.asked import connected
from ecrgen.cli.stackset.options import Part, check
from ecrgen.cli.stackset.running import running
from ecrgen.cli.views import SET_STATUS, show
from ecrgen.export.stackset.calls import Pace
from ecrgen.export.stackset.fetch import read_set
from ecrgen.export.stackset.part import part_of
from ecrgen.export.stackset.values import refuse_foreign, tags_of_set


def run(
    call: Call,
    *,
    asked: Part,
    detect_drift: Annotated[
        bool, typer.Option("--detect-drift", help="Let AWS compare each stack with the template first.")
    ] = False,
    wait: Annotated[
        int, typer.Option("--wait", metavar="MINUTES", min=1, help="How long to wait for --detect-drift.")
    ] = 60,
    aws: Aws,
    json: Json = False,
) -> None:
    """Each account of a stack set, with AWS's reason where it is not current, and the drift that AWS has found.

    Exit 1 where an account is not current or has drifted, and 3 where an operation runs.
    """
    check(asked)
    units, accounts = tuple(asked.ou or ()), tuple(asked.account or ())
    connection, place, _ = connected(call.catalog, asked.name, asked.region, aws)
    tags = tags_of_set(call.catalog.namespace, call.catalog.id)
    found = read_set(connection, place)
    if found is not None:
        refuse_foreign(found, tags)
    if found is not None and detect_drift:
        with running(connection, place, Pace(patience=wait * 60)) as run:
            run.detect_drift()
        found = read_set(connection, place)
    found = found and part_of(found, units, accounts)
    show(SET_STATUS, found, SET_STATUS.form("", json=json))
    if found is None:
        raise typer.Exit(1)
    if found.operation is not None:
        raise typer.Exit(3)
    if any(each.astray for each in found.instances):
        raise typer.Exit(1)
