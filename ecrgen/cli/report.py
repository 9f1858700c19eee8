"""`ecrgen report`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ecrgen.audit.report import report
from ecrgen.cli.call import Call
from ecrgen.cli.files import write_file
from ecrgen.cli.options import Json, Output, format_option
from ecrgen.cli.output import note, waiting
from ecrgen.cli.state import States, read_accounts
from ecrgen.cli.views import REPORT, show, shown
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words

# The format that the name of a file asks for.
ENDINGS = {".csv": "csv", ".json": "json", ".md": "markdown"}


def run(
    call: Call,
    *,
    state: States = None,
    form: Annotated[
        str, format_option(REPORT.forms, "write the report", "Else as the name of --output ends, else html.")
    ] = "",
    output: Output = None,
    json: Json = False,
) -> None:
    """Who can do what on which repository, by all that accounts have."""
    form = REPORT.form(form or ("" if json else ENDINGS.get(Path(output or "").suffix, "")), json=json)
    if not state:
        raise EcrgenError("--state: name the file of an account; `ecrgen snapshot -o FILE` writes one")
    accounts = read_accounts(state)
    callers = sum(len(account.principals or ()) for account in accounts.by_id.values())
    with waiting("asking who can do what", callers):
        made = report(call.catalog, accounts)
    if output in (None, "-"):
        show(REPORT, made, form)
    else:
        write_file(Path(output or ""), shown(REPORT, made, form))
        note(f"wrote the access of {in_words(account.id for account in made.accounts)} to {output}")
