"""`ecrgen list`"""

from __future__ import annotations

from ecrgen.cli.call import Call
from ecrgen.cli.options import Json
from ecrgen.cli.views import CATALOG, show


def run(call: Call, json: Json = False) -> None:
    """Personas, guards, operations and grants of the catalog."""
    show(CATALOG, call.catalog, CATALOG.form("", json=json))
