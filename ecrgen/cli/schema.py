"""`ecrgen schema`"""

from __future__ import annotations

from typing import Any

from ecrgen.catalog.schema import json_schema
from ecrgen.cli.options import Json
from ecrgen.cli.output import print_json
from ecrgen.cli.personas import Call, plain_command


def command() -> Any:
    return plain_command(run, "schema")


def run(call: Call, json: Json = False) -> None:
    """The JSON Schema of a catalog file, for editors and other tools."""
    print_json(json_schema())
