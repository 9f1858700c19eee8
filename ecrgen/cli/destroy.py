"""`ecrgen destroy`"""

from __future__ import annotations

from collections.abc import Sequence

from ecrgen.account.connection import Connection
from ecrgen.account.desired import desired_state
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.managed import managed_policy
from ecrgen.cli.account import beside, connected, read_account, tagged
from ecrgen.cli.accounts import connected_to_all, planned_together
from ecrgen.cli.apply import carry_out, carry_out_together, stop_at_objections
from ecrgen.cli.call import Call, note_overruled, option_name
from ecrgen.cli.options import Accounts, Aws, Concurrency, Consent, Json, Preview
from ecrgen.cli.output import note
from ecrgen.cli.planned import Planned
from ecrgen.cli.resources import all_resources
from ecrgen.cli.views import PLAN, PLANS, show
from ecrgen.provision.documents import remarks
from ecrgen.provision.plan import plan


def run(
    call: Call,
    *,
    preview: Preview = False,
    consent: Consent,
    concurrency: Concurrency = 8,
    aws: Aws,
    accounts: Accounts = False,
    json: Json = False,
) -> None:
    """Detach and delete every policy of the catalog's namespace, whatever the catalog's grants say.

    In the registry's account, take its statements out of the policies of repositories and registries, too. What another
    catalog put there stops it.
    """
    catalog = call.catalog
    if accounts:
        connections = connected_to_all(call, aws, concurrency)
        together = planned_together(catalog, connections, lambda each, ids: gone(catalog, each, ids), prune=True)
        if preview:
            show(PLANS, together, PLANS.form("", json=json))
            return
        stop_at_objections(together)
        carry_out_together(together, connections, consent, prune=True, json=json, destroy=True)
    else:
        connection = connected(catalog, aws, concurrency)
        made = gone(catalog, connection)
        if preview:
            show(PLAN, made, PLAN.form("", json=json))
            return
        stop_at_objections(made)
        carry_out(made, connection, consent, json=json, destroy=True)
    for grant in catalog.grants.values():
        if grant.managed:
            to = ", ".join(grant.to)
            note(f"grant {grant.name}: AWS's own {managed_policy(grant.bound)} stays attached to {to}")


def gone(catalog: Catalog, connection: Connection, together: Sequence[str] = ()) -> Planned:
    """The plan that takes away all that the namespace has in an account, which may be one of several."""
    actual = read_account(connection, catalog.namespace)
    desired = desired_state(actual.namespace, (), catalog=catalog.id)
    space = actual.namespace
    target = catalog.target(catalog.account or space.account, named=option_name)
    if together[:1] in ((), (space.account,)):  # said once
        note_overruled(target)
    resources = all_resources(connection, catalog, target)
    made = plan(desired, actual, resources)
    stops, others = beside(made, tagged(connection, made, actual, target), prune=True)
    return Planned(
        made,
        desired,
        actual,
        prune=True,
        objections=tuple(stops),
        others=others,
        regions=catalog.regions,
        operations=catalog.operations,
        resources=resources,
        remarks=tuple(remarks(made, resources)) if resources else (),
    )
