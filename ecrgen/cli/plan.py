"""`ecrgen plan`"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import typer

from ecrgen.account.snapshot import read_json
from ecrgen.cli.account import asked, connected, planned
from ecrgen.cli.accounts import connected_to_all, planned_together
from ecrgen.cli.call import Call
from ecrgen.cli.options import Accounts, Aws, Json, Wanted, format_option
from ecrgen.cli.output import warn_of_problems
from ecrgen.cli.resources import StateFile
from ecrgen.cli.views import PLAN, PLANS, show
from ecrgen.errors import EcrgenError

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
    accounts: Accounts = False,
    json: Json = False,
) -> None:
    """What `apply` would do, for every grant of the catalog, for one, or for a persona alone; nothing is changed.

    Exit 1 where findings or expectations would stop it.
    """
    form = PLAN.form(form, json=json)
    path = "/dev/stdin" if state == "-" else state
    if accounts and path:
        raise EcrgenError("--accounts: reads accounts themselves, and --state a file; leave one of the two out")
    grants = asked(call, wanted)
    if accounts:
        connections = connected_to_all(call, aws)
        together = planned_together(
            call.catalog, connections, partial(planned, call, wanted, grants), prune=wanted.prune
        )
        show(PLANS, together, form)
        end(together.objections, exit_code and any(each.plan.steps for each in together.plans.values()))
        return
    made = planned(call, wanted, grants, StateFile(path, read_json(path)) if path else connected(call.catalog, aws))
    show(PLAN, made, form)
    end(made.objections, exit_code and bool(made.plan.steps))


def end(objections: Sequence[str], pending: bool) -> None:
    """End with exit 1 where something objects to a plan, and with exit 3 where changes are pending."""
    warn_of_problems(objections)
    if objections:
        raise typer.Exit(1)
    if pending:
        raise typer.Exit(3)
