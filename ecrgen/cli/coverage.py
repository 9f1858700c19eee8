"""`ecrgen coverage`"""

from __future__ import annotations

from typing import Annotated

import typer

from ecrgen.cli.call import Call, among, target_of
from ecrgen.cli.options import Json
from ecrgen.cli.views import COVERAGE, show
from ecrgen.proof.coverage import coverage


def run(
    call: Call,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="How to print it: text, markdown or json.",
            autocompletion=among(COVERAGE.forms),
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Which persona gives each action of ECR, and how each differs from AWS's own managed policies."""
    chosen = COVERAGE.form(form, json=json)
    show(COVERAGE, coverage(call.catalog, target_of(call.catalog)), chosen)
