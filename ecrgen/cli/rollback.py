"""`ecrgen rollback`"""

from __future__ import annotations

from typing import Annotated

import typer

from ecrgen.account.desired import desired_state
from ecrgen.account.fetch import with_past
from ecrgen.catalog.halves import lets_others_in
from ecrgen.cli.account import connected, read_account, tagged
from ecrgen.cli.apply import carry_out
from ecrgen.cli.call import Call, complete_grant
from ecrgen.cli.history import wanted
from ecrgen.cli.options import Aws, Consent, Json, Preview
from ecrgen.cli.output import note, warn_of_problems
from ecrgen.cli.planned import Planned
from ecrgen.cli.views import PLAN, show
from ecrgen.proof.objections import objections
from ecrgen.provision.handed_out import handed_back
from ecrgen.provision.history import as_catalog_says, history, of_unknown_origin, rollback
from ecrgen.provision.owners import owned


def run(
    call: Call,
    *,
    grant: Annotated[str, typer.Argument(metavar="GRANT", help="The name of a grant.", autocompletion=complete_grant)],
    to_version: Annotated[
        str | None,
        typer.Option("--to-version", metavar="vN", help="The version to go back to, such as v3. Else what was before."),
    ] = None,
    preview: Preview = False,
    consent: Consent,
    aws: Aws,
    json: Json = False,
) -> None:
    """Take a grant's policies back to what held before, whole or not at all, and read back that it holds.

    Exit 1 where findings or expectations stop it, as they stop apply.
    """
    catalog = call.catalog
    connection = connected(catalog, aws)
    actual = with_past(connection, read_account(connection, catalog.namespace), grant)
    back = rollback(actual, grant, f"v{to_version}" if to_version and to_version.isdecimal() else to_version)
    home = catalog.account or connection.account
    target = catalog.target(home, partition=connection.partition)
    stops = owned(tagged(connection, back, actual, target))
    said = objections(catalog, handed_back(back, actual))
    shown = Planned(
        back,
        desired_state(actual.namespace, ()),
        actual,
        objections=(*said.stops, *stops),
        accepted=said.accepted,
        regions=catalog.regions,
        operations=catalog.operations,
    )
    for name, version in of_unknown_origin(back):
        note(f"{name}: {version} is of unknown origin: no run of ecrgen that is on record put it in force")
    if preview:
        show(PLAN, shown, PLAN.form("", json=json))
    if shown.objections:
        warn_of_problems(shown.objections)
        raise typer.Exit(1)
    if preview:
        return
    carry_out(shown, connection, consent, json=json)
    if grant in catalog.grants and lets_others_in(catalog.grants[grant], home, target):
        note("what this grant says in policies of repositories or registries has no versions, and stays as it is")
    desired = wanted(catalog, grant, actual)
    if desired is not None and not as_catalog_says(back, history(actual, grant), desired):
        note("the catalog still says otherwise: `ecrgen plan` shows it, and `ecrgen apply` would undo this")
