"""`ecrgen coverage`"""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from ecrgen.cli.call import Call, target_of
from ecrgen.cli.options import Json, format_option
from ecrgen.cli.views import COVERAGE, show
from ecrgen.errors import EcrgenError
from ecrgen.messages import quoted
from ecrgen.proof.coverage import coverage


def run(
    call: Call,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DAY", help="Say which of AWS's policies are new or edited since a day."),
    ] = None,
    form: Annotated[str, format_option(COVERAGE.forms, "print it")] = "",
    json: Json = False,
) -> None:
    """Which persona gives each action of ECR, and how each differs from AWS's own managed policies."""
    chosen = COVERAGE.form(form, json=json)
    show(COVERAGE, coverage(call.catalog, target_of(call.catalog), day(since)), chosen)


def day(text: str | None) -> date | None:
    """The day that --since names. Raises EcrgenError for what is none."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-01-31"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise EcrgenError(f"--since: {quoted(text)} is no day; write one as 2026-01-31")
