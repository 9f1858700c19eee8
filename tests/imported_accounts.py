"""Accounts of personas' policies, imported, and the catalog that is written, for the tests of import."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from whole_accounts import PROD, document

from ecrgen.account.read_account import read_account
from ecrgen.audit.imported import Imported
from ecrgen.audit.importing import imported
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.cli.views import IMPORTED, shown
from ecrgen.cli.views.imported import Adopted

__all__ = ["BUILTIN", "REGION", "Json", "found_in", "loaded", "of", "union"]

Json = dict[str, Any]
BUILTIN = Catalog.load(builtin_file())
REGION = "eu-central-1"


def of(name: str, guards: tuple[str, ...] = (), account: str = PROD, region: Any = REGION, **arguments: Any) -> Json:
    """The policy of a persona."""
    rendered: Json = BUILTIN.render(name, account=account, region=region, guards=guards, **arguments).to_dict()
    return rendered


def union(*documents: Json) -> Json:
    return document(*(statement for each in documents for statement in each["Statement"]))


def found_in(*states: Json) -> Imported:
    accounts = [read_account(f"{at}.json", json.dumps(each).encode()) for at, each in enumerate(states)]
    return imported(BUILTIN, accounts)


def loaded(found: Imported) -> Catalog:
    """The catalog that is written, as it is read again."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "access.yaml")
        file.write_text(shown(IMPORTED, Adopted(found, "site")) + "\n")
        return Catalog.load(file)
