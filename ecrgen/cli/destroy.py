"""`ecrgen destroy`"""

from __future__ import annotations

from typing import Any

from ecrgen.cli.account import Concurrency, EndpointUrl, Planned, Profile, Yes, connected
from ecrgen.cli.apply import carry_out
from ecrgen.cli.options import Json
from ecrgen.cli.output import note
from ecrgen.cli.personas import Call, plain_command
from ecrgen.provision.desired import desired_state
from ecrgen.provision.plan import plan
from ecrgen.provision.read import read_state


def command() -> Any:
    return plain_command(run, "destroy")


def run(
    call: Call,
    *,
    yes: Yes = False,
    concurrency: Concurrency = 8,
    profile: Profile = None,
    endpoint_url: EndpointUrl = None,
    json: Json = False,
) -> None:
    """Detach and delete every policy of the catalog's namespace, whatever the catalog's grants say."""
    connection = connected(call.catalog, profile, endpoint_url, concurrency)
    actual = read_state(connection, call.catalog.namespace)
    desired = desired_state(call.catalog.namespace, actual.partition, actual.account, ())
    carry_out(Planned(plan(desired, actual), desired, actual), connection, prune=True, yes=yes, json=json)
    for grant in call.catalog.grants.values():
        if grant.managed:
            to = ", ".join(grant.to)
            note(f"grant {grant.name}: AWS's own {grant.persona.managed_policy} stays attached to {to}")
