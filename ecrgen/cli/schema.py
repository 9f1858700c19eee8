"""`ecrgen schema`"""

from __future__ import annotations

from ecrgen.catalog.schema import json_schema
from ecrgen.cli.call import Call
from ecrgen.cli.options import Json
from ecrgen.cli.views import SCHEMA, show


def run(call: Call, json: Json = False) -> None:
    """The JSON Schema of a catalog file, for editors and other tools."""
    show(SCHEMA, json_schema())
