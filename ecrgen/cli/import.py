"""`ecrgen import`"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from ecrgen.audit.importing import imported
from ecrgen.catalog.load import builtin_file, default_catalog
from ecrgen.cli.call import Call, named_catalog
from ecrgen.cli.files import write_file
from ecrgen.cli.init import namespace_of
from ecrgen.cli.options import Json, Output
from ecrgen.cli.output import note
from ecrgen.cli.state import States, read_accounts
from ecrgen.cli.views import IMPORTED, show, shown
from ecrgen.cli.views.imported import Adopted, counted
from ecrgen.errors import EcrgenError


def run(call: Call, *, state: States = None, output: Output = None, json: Json = False) -> None:
    """A catalog of grants for the policies of accounts whose decisions the catalog's personas give."""
    if not state:
        raise EcrgenError("--state: name the file of an account; `ecrgen snapshot -o FILE` writes one")
    file = None if output in (None, "-") else Path(str(output))
    if file is not None and file.exists():
        raise EcrgenError(f"--output: {file}: exists already; name another file")
    accounts = read_accounts(state)
    found = imported(call.catalog, accounts.by_id.values())
    beside = sites_files(call)
    if beside and not call.catalog.regions:
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


def sites_files(call: Call) -> tuple[str, ...]:
    """The files of a site's own catalog, with which what is written is read; none of the built-in one."""
    files = named_catalog(call.context) or default_catalog()
    return tuple(str(each) for each in files if os.path.realpath(each) != os.path.realpath(builtin_file()))
