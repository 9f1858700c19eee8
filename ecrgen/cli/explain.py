"""`ecrgen explain`"""

from __future__ import annotations

from typing import Annotated

import typer

from ecrgen.audit.explain import explain
from ecrgen.cli.call import Call
from ecrgen.cli.documents import read_text
from ecrgen.cli.options import Json
from ecrgen.cli.state import States, read_accounts
from ecrgen.cli.views import EXPLANATION, show
from ecrgen.errors import EcrgenError

Text = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TEXT",
        help="The message, or events of CloudTrail; without it, or as -, from standard input.",
        show_default=False,
    ),
]


def run(call: Call, text: Text = None, state: States = None, json: Json = False) -> None:
    """Why access was denied, and what lets it through; exit 1 where the text is none that it knows."""
    given = " ".join(text or ["-"])
    if given == "-" and "-" in (state or ()):
        raise EcrgenError("-: standard input can be read once only; name a file after --state")
    accounts = read_accounts(state) if state else None
    if given == "-":
        given = read_text("-").decode(errors="replace")
    if not given.strip():
        raise EcrgenError("no text: give the message as an argument or on standard input")
    found = explain(call.catalog, given, accounts)
    show(EXPLANATION, found, EXPLANATION.form("", json=json))
    if not found.known:
        raise typer.Exit(1)
