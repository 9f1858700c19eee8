"""`ecrgen diff`"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ecrgen.cli.documents import read_policies
from ecrgen.cli.options import Json
from ecrgen.cli.output import print_json, print_text
from ecrgen.cli.personas import Call, plain_command
from ecrgen.policy.access import Difference, diff


def command() -> Any:
    return plain_command(run, "diff")


def run(
    call: Call,
    *,
    old: Annotated[str, typer.Argument(metavar="OLD", help="A policy's file, or - for standard input.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Another.")],
    json: Json = False,
) -> None:
    """What a policy gives that another does not, and the reverse; exit 0 where they give the same, else 1."""
    before, after = read_policies((old, new))
    differences = diff(before, after)
    if json:
        print_json([as_json(each) for each in differences])
    else:
        for each in differences:
            print_text(each.words)
    if differences:
        raise typer.Exit(1)


def as_json(difference: Difference) -> dict[str, Any]:
    return {
        "direction": difference.direction,
        "effect": difference.effect,
        "actions": [str(names) for names in difference.actions],
        "resources": [str(names) for names in difference.resources],
        "words": difference.words,
    }
