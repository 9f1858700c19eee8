"""`ecrgen plan`"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ecrgen.cli.account import EndpointUrl, Managed, Profile, Prune, To, asked, connected, planned
from ecrgen.cli.changes import forecasts, markdown, plan_lines
from ecrgen.cli.options import Guards, Json, Regions
from ecrgen.cli.output import print_json, print_text, warn_of_problems
from ecrgen.cli.personas import Call, persona_group
from ecrgen.errors import EcrgenError
from ecrgen.provision.proof import objections
from ecrgen.provision.words import as_json

FORMATS = ("text", "markdown", "json")


def command() -> Any:
    return persona_group(run, "plan")


def run(
    call: Call,
    *,
    to: To = None,
    guard: Guards = None,
    managed: Managed = False,
    region: Regions = None,
    prune: Prune = False,
    state: Annotated[
        str | None,
        typer.Option("--state", metavar="FILE", help="A file that `aws iam get-account-authorization-details` wrote."),
    ] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 3 where changes are pending.")] = False,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, markdown or json.")] = "",
    profile: Profile = None,
    endpoint_url: EndpointUrl = None,
    json: Json = False,
) -> None:
    """What `apply` would do, for every grant of the catalog or for a persona alone; nothing is changed.

    Exit 1 where findings or expectations would stop it.
    """
    form = "json" if json else form or "text"
    if form not in FORMATS:
        raise EcrgenError(f"--format: {form!r}: one of: {', '.join(FORMATS)}")
    grants = asked(call, to, guard, region, managed)
    made = planned(call, grants, region, state or connected(call.catalog, profile, endpoint_url))
    stopped = tuple(objections(made.plan, made.desired, call.catalog))
    if form == "json":
        room = [each._asdict() | {"grantee": str(each.grantee)} for some in forecasts(made).values() for each in some]
        print_json(as_json(made.plan, prune=prune) | {"forecast": room, "objections": list(stopped)})
    else:
        lines = markdown if form == "markdown" else plan_lines
        for line in lines(made, prune=prune):
            print_text(line)
    warn_of_problems(stopped)
    if stopped:
        raise typer.Exit(1)
    if exit_code and made.plan.steps:
        raise typer.Exit(3)
