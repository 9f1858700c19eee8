"""`ecrgen plan`"""

from __future__ import annotations

from typing import Annotated

import typer

from ecrgen.account.snapshot import read_json
from ecrgen.cli.account import asked, connected, planned
from ecrgen.cli.call import Call
from ecrgen.cli.options import Aws, Json, Wanted, format_option
from ecrgen.cli.output import warn_of_problems
from ecrgen.cli.resources import StateFile
from ecrgen.cli.views import PLAN, show

State = Annotated[
    str | None,
    typer.Option(
        "--state",
        metavar="FILE",
        help="What `ecrgen snapshot` or `aws iam get-account-authorization-details` wrote, - for standard input.",
    ),
]


def run(
    call: Call,
    *,
    wanted: Wanted,
    state: State = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 3 if changes are pending.")] = False,
    form: Annotated[str, format_option(PLAN.forms, "print the plan")] = "",
    aws: Aws,
    json: Json = False,
) -> None:
    """What `apply` would do, for every grant of the catalog, for one, or for a persona alone; nothing is changed.

    Exit 1 where findings or expectations would stop it.
    """
    form = PLAN.form(form, json=json)
    path = "/dev/stdin" if state == "-" else state
    grants = asked(call, wanted)
    made = planned(call, wanted, grants, StateFile(path, read_json(path)) if path else connected(call.catalog, aws))
    show(PLAN, made, form)
    warn_of_problems(made.objections)
    if made.objections:
        raise typer.Exit(1)
    if exit_code and made.plan.steps:
        raise typer.Exit(3)
