"""`ecrgen rollback`"""

from __future__ import annotations

from typing import Annotated

import typer

from ecrgen.account.connection import Connection
from ecrgen.account.desired import desired_state
from ecrgen.account.elsewhere import entities_by_account
from ecrgen.account.fetch_resources import FromAws
from ecrgen.account.resource_policies import Resources
from ecrgen.account.state import IamState
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.halves import lets_others_in
from ecrgen.catalog.model import Target
from ecrgen.cli.account import connected, tagged
from ecrgen.cli.apply import carry_out
from ecrgen.cli.call import Call, complete_grant
from ecrgen.cli.history import read_past, wanted
from ecrgen.cli.options import Aws, Consent, Json, Preview
from ecrgen.cli.output import note, warn_of_problems
from ecrgen.cli.planned import Planned
from ecrgen.cli.views import PLAN, show
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words
from ecrgen.proof.objections import objections
from ecrgen.provision.changes import Plan
from ecrgen.provision.halves_back import halves_back, with_halves
from ecrgen.provision.handed_out import handed_back, let_in
from ecrgen.provision.history import as_catalog_says, history, of_unknown_origin, way_back
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

    In the registry's account, also what follows from them in the policies of repositories and registries. Exit 1 where
    findings or expectations stop it, as they stop apply.
    """
    catalog = call.catalog
    connection = connected(catalog, aws)
    actual = read_past(catalog, connection, grant)
    made = planned_back(catalog, connection, actual, grant, to_version)
    for name, version in of_unknown_origin(made.plan):
        note(f"{name}: {version} is of unknown origin: no run of ecrgen that is on record put it in force")
    if preview:
        show(PLAN, made, PLAN.form("", json=json))
    if made.objections:
        warn_of_problems(made.objections)
        raise typer.Exit(1)
    if preview:
        return
    carry_out(made, connection, consent, json=json)
    desired = wanted(catalog, grant, actual)
    if desired is not None and not as_catalog_says(made.plan, history(actual, grant), desired):
        note("the catalog still says otherwise: `ecrgen plan` shows it, and `ecrgen apply` would undo this")


def planned_back(
    catalog: Catalog, connection: Connection, actual: IamState, grant: str, to_version: str | None
) -> Planned:
    """The plan of a rollback. Raises EcrgenError with every reason why the grant cannot go back whole."""
    back = way_back(actual, grant, f"v{to_version}" if to_version and to_version.isdecimal() else to_version)
    target = catalog.target(catalog.account or connection.account, partition=connection.partition)
    both, resources = with_resources(catalog, connection, actual, back, grant, target)
    if not both.steps:
        raise EcrgenError(f"{grant}: {to_version} is its default version already")
    stops = owned(tagged(connection, both, actual, target))
    personas = {name: each.persona.name for name, each in catalog.grants.items()}
    said = objections(catalog, (*handed_back(both, actual), *let_in(both, personas)))
    return Planned(
        both,
        desired_state(actual.namespace, ()),
        actual,
        objections=(*said.stops, *stops),
        accepted=said.accepted,
        regions=catalog.regions,
        operations=catalog.operations,
        resources=resources,
    )


def with_resources(
    catalog: Catalog, connection: Connection, actual: IamState, back: Plan, grant: str, target: Target
) -> tuple[Plan, Resources | None]:
    """A rollback with what follows from it in the policies of resources; a note for what it leaves as it is."""
    granted = catalog.grants.get(grant)
    if granted is None:
        note(f"what {grant} may say in policies of repositories or registries stays, as no catalog says to whom")
        return back, None
    if not lets_others_in(granted, target.account, target):
        return back, None
    found = halves_back(back, actual, granted, target.account, target)
    registry = granted.target(target).account
    if registry == connection.account:
        made = with_halves(back, found, granted, FromAws(connection))
        for account, names in entities_by_account(granted, target.account).items():
            if found.changes and account != registry:
                note(
                    f"the identity half of {in_words(names)} lies in account {account} and stays as it is; roll back "
                    "there, too, or apply the catalog as it was"
                )
        return made
    where = f"policies of repositories or registries in account {registry}"
    if found.changes and found.gives_more:
        raise EcrgenError(
            f"{grant}: would give more, and {where} have no versions and cannot be seen from here; change the catalog, "
            "and apply it in both accounts"
        )
    if found.changes:
        note(f"what it says in {where} stays as it is; without the identity half it lets nobody in")
    return back, None
