"""The entry point: the commands, the global options, and the one place where an error becomes a message."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import typer

from ecrgen import __version__
from ecrgen.cli.options import CatalogFiles
from ecrgen.cli.output import output, print_text, warn_of_problems
from ecrgen.cli.parameters import light
from ecrgen.cli.personas import Command, LazyGroup
from ecrgen.errors import EcrgenError

__all__ = ["COMMANDS", "main"]

COMPLETING = "_ECRGEN_COMPLETE"


# Each by its module, which has its `run`, in the order of the help.
COMMANDS: Mapping[str, Command] = {
    "list": Command("ecrgen.cli.list"),
    "show": Command("ecrgen.cli.show"),
    "render": Command("ecrgen.cli.render", personas=True, group_only=("all_grants",)),
    "check": Command("ecrgen.cli.check"),
    "can": Command("ecrgen.cli.can", personas=True, instead="policy"),
    "diff": Command("ecrgen.cli.diff", catalog=False),
    "plan": Command("ecrgen.cli.plan", personas=True, group_only=("only",)),
    "apply": Command("ecrgen.cli.apply", personas=True, group_only=("only",)),
    "history": Command("ecrgen.cli.history"),
    "rollback": Command("ecrgen.cli.rollback"),
    "destroy": Command("ecrgen.cli.destroy"),
    "schema": Command("ecrgen.cli.schema", catalog=False),
    "init": Command("ecrgen.cli.init", catalog=False),
}


class Commands(LazyGroup):
    table: ClassVar[Mapping[str, Command]] = COMMANDS


# Without rich: help and errors are plain, quick, and show a catalog's texts as they are.
app = typer.Typer(
    rich_markup_mode=None,
    cls=Commands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Amazon ECR access from a catalog of personas: rendered to IAM policies, proven offline, applied safely.",
)


def print_version(value: bool) -> None:
    if value:
        print_text(f"ecrgen {__version__}")
        raise typer.Exit


@app.callback()
def options(
    catalog: CatalogFiles = None,
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> Any:
    """Run the command line; exit codes: 0 done, 1 the answer is no, 2 the input is wrong, 3 changes are pending."""
    try:
        with output():
            light(typer.main.get_command(app))(prog_name="ecrgen")
    except EcrgenError as error:
        if COMPLETING not in os.environ:  # a shell that asks for completions is in the middle of somebody's line
            warn_of_problems(error.problems)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
