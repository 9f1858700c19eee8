"""`ecrgen stackset plan`"""

from __future__ import annotations

import typer

from ecrgen.cli.call import Call
from ecrgen.cli.options import Aws, Json
from ecrgen.cli.stackset.asked import ready
from ecrgen.cli.stackset.options import Asked
from ecrgen.cli.views import SET_PLAN, show


def run(
    call: Call,
    *,
    asked: Asked,
    aws: Aws,
    json: Json = False,
) -> None:
    """What apply would do to a stack set; nothing is changed. Exit 3 where there is anything to do."""
    made = ready(call, asked, aws).planned()
    show(SET_PLAN, made, SET_PLAN.form("", json=json))
    if made.plan.steps:
        raise typer.Exit(3)
