"""`ecrgen coverage`"""

from __future__ import annotations

from typing import Annotated

from ecrgen.cli.call import Call, target_of
from ecrgen.cli.options import Json, format_option
from ecrgen.cli.views import COVERAGE, show
from ecrgen.proof.coverage import coverage


def run(
    call: Call,
    form: Annotated[str, format_option(COVERAGE.forms, "print it")] = "",
    json: Json = False,
) -> None:
    """Which persona gives each action of ECR, and how each differs from AWS's own managed policies."""
    chosen = COVERAGE.form(form, json=json)
    show(COVERAGE, coverage(call.catalog, target_of(call.catalog)), chosen)
