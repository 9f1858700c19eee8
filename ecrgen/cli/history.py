"""`ecrgen history`"""

from __future__ import annotations

import json as json_values
from typing import Annotated, Any

import typer

from ecrgen.cli.account import EndpointUrl, Profile, connected
from ecrgen.cli.options import Json
from ecrgen.cli.output import print_json, print_table
from ecrgen.cli.personas import Call, plain_command
from ecrgen.provision.history import history
from ecrgen.provision.read import read_state, with_documents


def command() -> Any:
    return plain_command(run, "history")


def run(
    call: Call,
    *,
    grant: Annotated[str, typer.Argument(metavar="GRANT", help="A grant's name.")],
    profile: Profile = None,
    endpoint_url: EndpointUrl = None,
    json: Json = False,
) -> None:
    """The versions of a grant's policies, newest first, and which of them holds."""
    connection = connected(call.catalog, profile, endpoint_url)
    actual = read_state(connection, call.catalog.namespace)
    parts = history(with_documents(connection, actual, grant), grant)
    if json:
        print_json(
            [
                {
                    "policy": part.name,
                    "version": version.id,
                    "created": version.created,
                    "default": version.id == part.default_version,
                    "document": json_values.loads(version.text or "null"),
                }
                for part in parts
                for version in reversed(part.versions)
            ]
        )
        return
    print_table(
        ("policy", "version", "created", ""),
        [
            (part.name, version.id, version.created, "default" if version.id == part.default_version else "")
            for part in parts
            for version in reversed(part.versions)
        ],
    )
