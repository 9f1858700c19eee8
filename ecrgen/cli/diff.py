"""`ecrgen diff`"""

from __future__ import annotations

from typing import Annotated

import typer

from ecrgen.cli.call import Call
from ecrgen.cli.documents import read_policies
from ecrgen.cli.options import Json
from ecrgen.cli.output import note
from ecrgen.cli.views import DIFFERENCES, show
from ecrgen.errors import EcrgenError, together
from ecrgen.proof.whole import told


def run(
    call: Call,
    *,
    old: Annotated[
        str,
        typer.Argument(metavar="OLD", help="A policy's file, aws:NAME for one of AWS's own, or - for standard input."),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The policy to compare it with.")],
    json: Json = False,
) -> None:
    """What a policy gives that another does not, and the reverse; exit 0 where they give the same, else 1."""
    if (old, new) == ("-", "-"):
        raise EcrgenError("-: standard input can be read once only")
    before, after = together(lambda: read_policies((old,)), lambda: read_policies((new,)))
    found = told(call.catalog.operations, [one.document for one in before], [one.document for one in after])
    show(DIFFERENCES, found, DIFFERENCES.form("", json=json))
    if found:
        raise typer.Exit(1)
    if not json:
        note("both give the same access")
