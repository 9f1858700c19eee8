"""`ecrgen import`"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ecrgen.audit.importing import imported
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.cli.call import Call, named_catalog
from ecrgen.cli.files import write_file
from ecrgen.cli.init import namespace_of
from ecrgen.cli.options import Json, Output
from ecrgen.cli.output import note
from ecrgen.cli.state import States, read_accounts
from ecrgen.cli.views import IMPORTED, show, shown
from ecrgen.cli.views.imported import Adopted, counted
from ecrgen.errors import EcrgenError

Site = Annotated[
    list[str] | None,
    typer.Option(
        "--catalog", "-c", metavar="FILE", help="A site's catalog whose personas to try; else the built-in one's."
    ),
]


def run(
    call: Call,
    *,
    state: States = None,
    output: Output = None,
    json: Json = False,
    catalog: Site = None,
) -> None:
    """A catalog of grants for the policies of accounts whose decisions the built-in personas give.

    Or, where --catalog names a site's, those of that catalog; what is written is read beside it then.
    """
    if not state:
        raise EcrgenError("--state: name the file of an account; `ecrgen snapshot -o FILE` writes one")
    file = None if output in (None, "-") else Path(str(output))
    if file is not None and file.exists():
        raise EcrgenError(f"--output: {file}: exists already; name another file")
    accounts = read_accounts(state)
    beside = tuple(each for each in catalog or named_catalog(call.context) if not is_builtin(each))
    site = call.catalog if beside else Catalog.load(builtin_file())
    found = imported(site, accounts.by_id.values())
    if beside and not site.regions:
        found = replace(found, home=replace(found.home, examples=found.home.examples | {"region"}))
    adopted = Adopted(found, namespace_of(file or Path("-")), beside)
    form = IMPORTED.form("", json=json)
    if file is None:
        show(IMPORTED, adopted, form)
    else:
        write_file(file, shown(IMPORTED, adopted, form))
    note("; ".join(counted(found)))
    for account in accounts.by_id.values():
        for words in account.unread:
            note(f"{account.source}: could not be read whole: {words}")


def is_builtin(file: str) -> bool:
    return os.path.realpath(file) == os.path.realpath(builtin_file())
