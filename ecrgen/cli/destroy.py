"""`ecrgen destroy`"""

from __future__ import annotations

from ecrgen.account.desired import desired_state
from ecrgen.catalog.managed import managed_policy
from ecrgen.cli.account import Planned, beside, connected, read_account, tagged
from ecrgen.cli.apply import carry_out, stop_at_objections
from ecrgen.cli.call import Call, target_of
from ecrgen.cli.options import Aws, Concurrency, Consent, Json, Preview
from ecrgen.cli.output import note
from ecrgen.cli.resources import all_resources
from ecrgen.cli.views import PLAN, show
from ecrgen.provision.documents import remarks
from ecrgen.provision.plan import plan


def run(
    call: Call,
    *,
    preview: Preview = False,
    consent: Consent,
    concurrency: Concurrency = 8,
    aws: Aws,
    json: Json = False,
) -> None:
    """Detach and delete every policy of the catalog's namespace, whatever the catalog's grants say.

    In the registry's account, take its statements out of the policies of repositories and registries, too. What another
    catalog put there stops it.
    """
    catalog = call.catalog
    connection = connected(catalog, aws, concurrency)
    actual = read_account(connection, catalog.namespace)
    desired = desired_state(actual.namespace, (), catalog=catalog.id)
    space = actual.namespace
    resources = all_resources(connection, catalog, target_of(catalog, catalog.account or space.account))
    made = plan(desired, actual, resources)
    stops, others = beside(made, tagged(connection, made, actual), prune=True)
    shown = Planned(
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
    if preview:
        show(PLAN, shown, PLAN.form("", json=json))
        return
    stop_at_objections(shown)
    carry_out(shown, connection, consent, json=json, destroy=True)
    for grant in catalog.grants.values():
        if grant.managed:
            to = ", ".join(grant.to)
            note(f"grant {grant.name}: AWS's own {managed_policy(grant.bound)} stays attached to {to}")
